# The interpreter that stages run with, as one folder; called with callPackage.
import ../noether_nix/nixexpr/toolchain.nix
