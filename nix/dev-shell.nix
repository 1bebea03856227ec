# What a developer has on the path: `nix develop`, then `just`.
#
# Development tools that nixpkgs does not have come into .venv by scripts/test, as everywhere.
{
  just,
  mkShell,
  nix,
  python3,
  ruff,
}:
let
  project = import ./project.nix;

  python = python3.withPackages (
    packages:
    map (name: packages.${name}) (
      builtins.filter (name: packages ? ${name}) (
        project.dependencies ++ project.developmentDependencies
      )
    )
  );
in
mkShell {
  packages = [
    just
    nix
    python
    ruff
  ];

  NOETHER_PYTHON = python3.interpreter;
}
