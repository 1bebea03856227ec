# A region of calls in one build (noether_nix/inside/scheduler.py). Its output is never found
# again: the nonce is random, and it succeeds also when calls failed. What its calls gave is
# kept under the calls' own keys. This is no template: the arguments are store paths, words of
# ours, and a folder with `plan.json`, `values` (store paths, one a line) and `new` (names of
# files in the folder that become values, one a line).
{ folder, inside, levels, loader, nonce, start, system, toolchain }:
let
  inStore = path: builtins.appendContext path { ${path} = { path = true; }; };
  lines = name: builtins.filter (line: builtins.isString line && line != "")
    (builtins.split "\n" (builtins.readFile (folder + "/${name}")));
  file = name: source: builtins.path { inherit name; path = folder + "/${source}"; recursive = false; };
  closure = inStore toolchain;
in
derivation {
  name = "noether-region";
  inherit levels nonce system;
  builder = "${closure}/lib/${loader}";
  args = [
    "--library-path" "${closure}/lib"
    "${closure}/bin/python3" "-s" "-S" "-P" "-X" "utf8"
    "-c" start
  ];
  LANG = "C.UTF-8";
  LC_ALL = "C.UTF-8";
  PYTHONHASHSEED = "0";
  allowSubstitutes = false;
  inside = inStore inside;
  plan = file "plan.json" "plan.json";
  preferLocalBuild = true;
  values = map inStore (lines "values") ++ map (file "value.json") (lines "new");
  visible = closure;
}
