# What `import <nixpkgs> { }` is, as far as our own Nix files need it.
#
# Attributes have the names and meanings that they have in nixpkgs; nothing in ../../../nix knows
# of this set. What is compiled elsewhere comes from the machine that runs the test (seeds.json):
# its Python, its Nix, wheels of our lock file. Made of them for another system, the set
# evaluates, and does not build.
{
  config ? { },
  overlays ? [ ],
  system ? builtins.currentSystem,
}:
let
  packages =
    final:
    let
      inherit (final) callPackage;
      seeds = callPackage ./seeds.nix { };
    in
    {
      inherit config seeds system;

      callPackage =
        package: overrides:
        let
          function = if builtins.isFunction package then package else import package;
        in
        function (builtins.intersectAttrs (builtins.functionArgs function) final // overrides);

      bash = callPackage ./relocated.nix { seed = seeds.bash; };
      bashInteractive = final.bash;
      busybox = callPackage ./busybox.nix { };
      glibc = callPackage ./glibc.nix { };
      just = final.python3Packages.rust-just;
      lib = import ./lib.nix;
      mkShell = callPackage ./shell.nix { };
      nix = callPackage ./relocated.nix { seed = seeds.nix; };
      patchelf = callPackage ./patchelf.nix { };
      pkgs = final;
      python3 = callPackage ./python.nix { };
      python3Packages = final.python3.pkgs;
      ruff = final.python3Packages.ruff;
      runBusybox = callPackage ./run-busybox.nix { };
      stdenv.hostPlatform = { inherit system; };
      tzdata = callPackage ./tzdata.nix { };
    };

  extended = builtins.foldl' (
    made: overlay: final:
    let
      previous = made final;
    in
    previous // overlay final previous
  ) packages overlays;

  whole = extended whole;
in
whole
