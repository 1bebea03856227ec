# What needs nixpkgs: package and toolchain build, the development shell is whole, the pure tests
# pass with nixpkgs' packages.
{ packages, pkgs }:
{
  inherit (packages) toolchain;

  package = packages.noether;

  dev-shell = pkgs.callPackage ./dev-shell.nix { };

  unit-tests = packages.noether.overridePythonAttrs (old: {
    pname = "noether-nix-unit-tests";

    src = pkgs.lib.fileset.toSource {
      root = ../.;
      fileset = pkgs.lib.fileset.unions [
        ../LICENSE
        ../README.md
        ../benchmarks
        ../changes
        ../docs
        ../examples
        ../flake.lock
        ../noether_nix
        ../pyproject.toml
        ../requirements
        ../scripts
        ../stdlib
        ../tests
      ];
    };

    nativeCheckInputs = [
      pkgs.python3Packages.hypothesis
      pkgs.python3Packages.pytest-timeout
      pkgs.python3Packages.pytest-xdist
      pkgs.python3Packages.pytestCheckHook
    ];

    # What is looked for is how the code gets on with other packages and another Python: a few
    # examples of each law, and none of those that search for long, which scripts/test has.
    enabledTestPaths = [ "tests/unit" ];

    disabledTestPaths = [
      "tests/unit/database/test_damage.py"
      "tests/unit/run/test_run_properties.py"
      "tests/unit/store/test_results.py"
      "tests/unit/types/test_laws.py"
      # These ask for what a build of Nix does not have: programs of /bin and /usr/bin, users,
      # attributes of files. What is tested of the other two rooms hangs on no package.
      "tests/unit/inside"
      "tests/unit/process"
      "tests/unit/store/test_claims.py"
      "tests/unit/toolchain/test_shared_libraries.py"
    ];

    pytestFlags = [ "--hypothesis-profile=few" ];
  });
}
