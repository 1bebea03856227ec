# `mkShell`, as far as `nix develop` and `nix build` look at it.
{
  bash,
  busybox,
  system,
}:
{ packages, ... }@attributes:
derivation (
  removeAttrs attributes [ "packages" ]
  // {
    inherit system;
    name = "nix-shell";
    builder = "${bash}/bin/bash";
    args = [ ./shell.sh ];
    nativeBuildInputs = packages;
    outputs = [ "out" ];
    stdenv = ./stdenv;
    PATH = "${busybox}/bin";
  }
)
