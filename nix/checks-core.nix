# What can be checked by evaluation alone. Needs no nixpkgs, so it runs where nothing can be fetched.
{ system }:
let
  project = import ./project.nix;
  flakeLock = builtins.fromJSON (builtins.readFile ../flake.lock);
  runtimeLock = builtins.readFile ../requirements/runtime.txt;
  developmentLock = builtins.readFile ../requirements/dev.txt;

  # What noether itself takes toolchains from, wherever it was installed.
  pin = builtins.fromJSON (builtins.readFile ../noether_nix/toolchain/nixpkgs.json);

  # "click==8.1.7 \" and the like, without their hashes
  pins =
    lock:
    builtins.filter (line: builtins.isString line && builtins.match "[a-z].*==.*" line != null) (
      builtins.split "\n" lock
    );

  pinsOf = name: builtins.filter (pin: builtins.match "${name}==.*" pin != null);

  problems =
    map (pin: "requirements/dev.txt lacks ${pin}") (
      builtins.filter (pin: !builtins.elem pin (pins developmentLock)) (pins runtimeLock)
    )
    ++ map (name: "requirements/runtime.txt does not lock ${name}") (
      builtins.filter (name: pinsOf name (pins runtimeLock) == [ ]) project.dependencies
    )
    ++ map (lock: "a lock file names a host") (
      builtins.filter (lock: builtins.match ".*://.*" lock != null) [
        developmentLock
        runtimeLock
      ]
    )
    ++ (
      if builtins.attrNames flakeLock.nodes == [ "nixpkgs" "root" ] then
        [ ]
      else
        [ "flake.lock has another input than nixpkgs" ]
    )
    ++ (
      if pin == builtins.intersectAttrs pin flakeLock.nodes.nixpkgs.locked then
        [ ]
      else
        [ "noether_nix/toolchain/nixpkgs.json is not the pin of flake.lock" ]
    );

  summary = builtins.toFile "core.json" (
    builtins.toJSON {
      inherit (project) dependencies version;
      nixpkgs = flakeLock.nodes.nixpkgs.locked.rev;
    }
  );
in
{
  core =
    if problems != [ ] then
      throw (builtins.concatStringsSep "\n" problems)
    else
      # The one builder that every Nix brings along: no shell is needed, in no sandbox.
      derivation {
        name = "noether-nix-core";
        inherit system;
        builder = "builtin:buildenv";
        derivations = "";
        manifest = summary;
      };
}
