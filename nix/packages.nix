{ pkgs }:
let
  noether = pkgs.callPackage ./package.nix { };
in
{
  inherit noether;
  default = noether;
  toolchain = pkgs.callPackage ./toolchain.nix { };
}
