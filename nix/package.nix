# noether-nix as a Python application; called with callPackage.
{
  callPackage,
  lib,
  nix,
  python3Packages,
}:
let
  project = import ./project.nix;
  toolchain = callPackage ./toolchain.nix { };
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

  # The Nix on the user's path comes first: it is the one that owns the user's store. Stages run
  # with the interpreter of the same nixpkgs, unless the user says otherwise.
  makeWrapperArgs = [
    "--set-default"
    "NOETHER_TOOLCHAIN_CLOSURE"
    "${toolchain}"
    "--set-default"
    "NOETHER_TOOLCHAIN_PROVIDER"
    "nixpkgs"
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
