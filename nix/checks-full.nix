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

    enabledTestPaths = [ "tests/unit" ];

    # What is looked for is how the code gets on with other packages: a few examples of each law.
    pytestFlags = [ "--hypothesis-profile=few" ];
  });
}
