# The peer: the calls of a plan, each as one derivation, as one would write it with plain Nix.
{
  arguments,
  builder,
  folder,
  system,
  toolchain,
}:

let
  plan = builtins.fromJSON (builtins.readFile (/. + "${folder}/plan.json"));

  value = json: builtins.toFile "value.json" (builtins.toJSON json);

  call =
    stage: input:
    derivation {
      inherit input system;
      name = "call";
      builder = builtins.appendContext builder { ${toolchain} = { path = true; }; };
      args = builtins.fromJSON arguments ++ [ ./call.py ];
      stage = /. + "${folder}/${stage}";
      PYTHONHASHSEED = "0";
    };
in

if plan ? chain then
  builtins.foldl' (input: stage: call stage input) (value plan.input) plan.chain
else
  map (name: call plan.stage (value plan.input.${name})) (builtins.attrNames plan.input)
