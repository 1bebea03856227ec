# `nix run .#noether -- run graph.json`
{ packages }:
let
  noether = {
    type = "app";
    program = "${packages.noether}/bin/noether";
  };
in
{
  inherit noether;
  default = noether;
}
