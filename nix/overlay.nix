# What the flake's package is, for those who compose their own nixpkgs. Needs no nixpkgs itself.
# (Nix 2.8 insists on the names of the arguments.)
final: prev: {
  noether = final.callPackage ./package.nix { };
}
