# An interpreter of nixpkgs as one folder that runs from anywhere; called with callPackage.
#
# What the folder holds is decided by noether_nix/toolchain/closure.py, which makes the closures of
# the machine's interpreters too. It names nothing outside of itself that it needs, so it is added
# to a store by its content, and calls have the same keys wherever and however it was built.
{
  python3,
  stdenv,
  tzdata,
}:
let
  package = toString ../.;

  rooms = [
    "__init__.py"
    "errors.py"
    "formats"
    "frozen.py"
    "plan"
    "process"
    "toolchain"
  ];

  # What runs in the build, and nothing that would have it run again for no reason.
  isNeeded =
    path: type:
    let
      room = builtins.match "([^/]+)(/.*)?" (
        builtins.substring (builtins.stringLength package + 1) (-1) path
      );
    in
    path == package
    || room != null
      && builtins.substring 0 (builtins.stringLength package + 1) path == "${package}/"
      && builtins.elem (builtins.head room) rooms
      && (type == "directory" || builtins.match ".*[.]py" path != null);

  source = builtins.path {
    name = "noether-toolchain-source";
    path = ../..;
    filter = isNeeded;
  };
in
derivation {
  name = "noether-python-${python3.version}";
  inherit (stdenv.hostPlatform) system;
  builder = python3.interpreter;
  args = [
    "-I"
    "-S"
    "-B"
    "-c"
    ''
      import sys
      sys.path.insert(0, sys.argv.pop(1))
      from noether_nix.toolchain.build import main
      main(*sys.argv[1:])
    ''
    source
    (placeholder "out")
    stdenv.hostPlatform.system
    "${tzdata}/share/zoneinfo"
  ];
  # By its name alone, as Nix starts a builder, an interpreter does not find its own program.
  PATH = "${python3}/bin";
}
