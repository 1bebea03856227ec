# One attribute for each system that we support, made by the given function. Needs no nixpkgs.
#
# x86_64-linux is tested; aarch64-linux has its system call table and is not.
make:
builtins.listToAttrs (
  map
    (system: {
      name = system;
      value = make system;
    })
    [
      "aarch64-linux"
      "x86_64-linux"
    ]
)
