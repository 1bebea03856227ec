# noether-nix as a Python application; called with callPackage.
{
  lib,
  nix,
  python3Packages,
}:
let
  project = import ./project.nix;
in
python3Packages.buildPythonApplication {
  pname = "noether-nix";
  inherit (project) version;
  pyproject = true;

  # Only what ends up in the package, so that a word in the documents causes no rebuild.
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../LICENSE
      ../README.md
      ../pyproject.toml
      (lib.fileset.fileFilter (file: !file.hasExt "pyc") ../noether_nix)
    ];
  };

  build-system = [ python3Packages.hatchling ];

  dependencies = map (name: python3Packages.${name}) project.dependencies;

  # The Nix on the user's path comes first: it is the one that owns the user's store.
  makeWrapperArgs = [
    "--suffix"
    "PATH"
    ":"
    (lib.makeBinPath [ nix ])
  ];

  pythonImportsCheck = [ "noether_nix" ];

  meta = {
    inherit (project) description;
    license = lib.licenses.asl20;
    mainProgram = "noether";
    platforms = lib.platforms.linux;
  };
}
