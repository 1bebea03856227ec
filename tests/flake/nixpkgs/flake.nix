{
  description = "A few packages in the shape of nixpkgs, made of what a test put into the store";

  outputs =
    { self }:
    {
      legacyPackages = builtins.listToAttrs (
        map
          (system: {
            name = system;
            value = import self { inherit system; };
          })
          [
            "aarch64-linux"
            "x86_64-linux"
          ]
      );
    };
}
