# A stage as a program: JSON on standard input, JSON on standard output. This is the stage as
# it would run anywhere, without the sandbox of a call; `noether run` does not use it.
let
  inStore = path: builtins.appendContext path { ${path} = { path = true; }; };
  toolchain = (inStore "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-noether-python-3.11.2");
in
derivation {
  name = "noether-stage-count_words";
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
    (inStore "/nix/store/00000000000000000000000000000000-package.py")
  ];
  LANG = "C.UTF-8";
  LC_ALL = "C.UTF-8";
  PYTHONHASHSEED = "0";
  contract = (inStore "/nix/store/qs711wbdayrr4imx5alsaaq2prbz9hx6-contract.json");
  contract_code = (inStore "/nix/store/00000000000000000000000000000000-contract.py");
  helpers = "${(inStore "/nix/store/5spkmryq6n8j6d38qjw065g309fxyxxi-helper-a_table.py")} ${(inStore "/nix/store/m52q1hhqglsh1xz079bs81yr4lf2hmj8-helper-numerals.py")}";
  input_type = (inStore "/nix/store/kf6zp97fzi5d66x8gr65vf69kzdiv55l-input.json");
  loader = "${toolchain}/lib/${"ld-linux-x86-64.so.2"}";
  program = "count_words";
  program_code = (inStore "/nix/store/00000000000000000000000000000000-program.py");
  stage = (inStore "/nix/store/fjmhmw05x45s0n96294kmyv7b3p97wx2-stage.py");
  inherit toolchain;
}
