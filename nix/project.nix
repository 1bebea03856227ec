# What pyproject.toml and the package say about the project, as Nix values. Needs no nixpkgs.
let
  inherit (builtins.fromTOML (builtins.readFile ../pyproject.toml)) project;

  # "pydantic>=2.7" is about pydantic
  nameOf = requirement: builtins.head (builtins.match "([A-Za-z0-9._-]+).*" requirement);
in
{
  inherit (project) description;

  dependencies = map nameOf project.dependencies;

  developmentDependencies = map nameOf project.optional-dependencies.dev;

  version = builtins.head (
    builtins.match ''.*__version__ = "([^"]+)".*'' (builtins.readFile ../noether_nix/__init__.py)
  );
}
