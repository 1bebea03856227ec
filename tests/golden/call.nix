# One call of a stage. The path of this derivation is the key of its result, and its output
# is exactly the bytes of the value. Every input is a store path, so nothing is built first
# and the key is the same wherever the toolchain came from.
let
  inStore = path: builtins.appendContext path { ${path} = { path = true; }; };
  toolchain = (inStore "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-noether-python-3.11.2");
in
derivation {
  name = "noether-call";
  system = "x86_64-linux";
  builder = "${toolchain}/lib/${"ld-linux-x86-64.so.2"}";
  args = [
    "--library-path"
    "${toolchain}/lib"
    "${toolchain}/bin/python3"
    "-s"
    "-S"
    "-P"
    "-X"
    "utf8"
    (inStore "/nix/store/00000000000000000000000000000000-contract.py")
  ];
  LANG = "C.UTF-8";
  LC_ALL = "C.UTF-8";
  PYTHONHASHSEED = "0";
  contract = (inStore "/nix/store/qs711wbdayrr4imx5alsaaq2prbz9hx6-contract.json");
  helpers = "${(inStore "/nix/store/5spkmryq6n8j6d38qjw065g309fxyxxi-helper-a_table.py")} ${(inStore "/nix/store/m52q1hhqglsh1xz079bs81yr4lf2hmj8-helper-numerals.py")}";
  stage = (inStore "/nix/store/fjmhmw05x45s0n96294kmyv7b3p97wx2-stage.py");
  input = (inStore "/nix/store/mxm07dqwp7rwhhr9f5axwcswzm18dxcv-value.json");
}
