# The functions of nixpkgs' `lib` that our own Nix files call.
let
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;

  isWithin = folder: path: path == toString folder || hasPrefix "${toString folder}/" path;

  # A set of files: a path with all that is below it, or what a predicate says.
  covers =
    files: path: type:
    if builtins.isPath files then isWithin files path else files.covers path type;

  # Whether a folder has to be looked into.
  leadsTo =
    files: path:
    builtins.any (root: isWithin path (toString root) || isWithin root path) (
      if builtins.isPath files then [ files ] else files.roots
    );
in
{
  fileset = {
    fileFilter = predicate: root: {
      covers =
        path: type:
        let
          name = baseNameOf path;
          length = builtins.stringLength name;
        in
        isWithin root path
        && type != "directory"
        && predicate {
          inherit name type;
          hasExt =
            extension:
            let
              suffix = ".${extension}";
              suffixLength = builtins.stringLength suffix;
            in
            length >= suffixLength
            && builtins.substring (length - suffixLength) suffixLength name == suffix;
        };
      roots = [ root ];
    };

    # nixpkgs leaves folders out that end up empty; here they stay.
    toSource =
      { fileset, root }:
      let
        origin = builtins.path {
          name = "source";
          path = root;
          filter =
            path: type: if type == "directory" then leadsTo fileset path else covers fileset path type;
        };
      in
      {
        inherit origin;
        outPath = origin;
      };

    unions = sets: {
      covers = path: type: builtins.any (files: covers files path type) sets;
      roots = builtins.concatMap (files: if builtins.isPath files then [ files ] else files.roots) sets;
    };
  };

  licenses.asl20.spdxId = "Apache-2.0";

  makeBinPath = packages: builtins.concatStringsSep ":" (map (package: "${package}/bin") packages);

  platforms.linux = [
    "aarch64-linux"
    "x86_64-linux"
  ];
}
