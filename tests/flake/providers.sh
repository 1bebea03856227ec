# On the bare machine, in one home: toolchains of both providers, and one that is made again.
#
# Called as: sh -eu providers.sh NOETHER. Prints one answer a line; they are compared outside.
noether=$1

answer() {
  "$noether" "$@" --json | tr -d '\n'
  echo
}

answer toolchain update --provider nixpkgs --nixpkgs /small
answer run examples/hello/graph.json --input '"A title"'
answer toolchain show
# All of the store is lost; what comes next has the same made again, of the same nixpkgs.
chmod -R u+w "$HOME/.local/share/noether/nix"
rm -rf "$HOME/.local/share/noether/nix"
answer run examples/hello/graph.json --input '"Another title"'
answer toolchain update --provider host
answer run examples/hello/graph.json --input '"A title"'
