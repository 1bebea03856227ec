# What needs nixpkgs: the package builds, the development shell is whole, the pure tests pass on it.
{ packages, pkgs }:
{
  package = packages.noether;

  dev-shell = pkgs.callPackage ./dev-shell.nix { };

  unit-tests = packages.noether.overridePythonAttrs (old: {
    pname = "noether-nix-unit-tests";

    src = pkgs.lib.fileset.toSource {
      root = ../.;
      fileset = pkgs.lib.fileset.unions [
        ../LICENSE
        ../README.md
        ../noether_nix
        ../pyproject.toml
        ../tests
      ];
    };

    nativeCheckInputs = [
      pkgs.python3Packages.hypothesis
      pkgs.python3Packages.pytest-timeout
      pkgs.python3Packages.pytest-xdist
      pkgs.python3Packages.pytestCheckHook
    ];

    pytestFlags = [ "tests/unit" ];
  });
}
