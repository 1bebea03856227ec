# Built as a package, a shell is the variables that it sets: as in nixpkgs.
source "$stdenv/setup"
export >"$out"
