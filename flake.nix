{
  description = "Run graphs of typed stages hermetically with Nix, and keep every result";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  # A table of contents. Nix fetches nixpkgs only when an output that uses `pkgs` is asked for:
  # `lib`, `overlays` and `checks.<system>.core` evaluate and build without a network.
  outputs =
    { nixpkgs, self }:
    let
      eachSystem = import ./nix/each-system.nix;
      pkgsFor = system: nixpkgs.legacyPackages.${system};
    in
    {
      lib = import ./nix/project.nix;

      overlays.default = import ./nix/overlay.nix;

      packages = eachSystem (system: import ./nix/packages.nix { pkgs = pkgsFor system; });

      apps = eachSystem (system: import ./nix/apps.nix { packages = self.packages.${system}; });

      devShells = eachSystem (system: {
        default = (pkgsFor system).callPackage ./nix/dev-shell.nix { };
      });

      checks = eachSystem (
        system:
        import ./nix/checks-core.nix { inherit system; }
        // import ./nix/checks-full.nix {
          packages = self.packages.${system};
          pkgs = pkgsFor system;
        }
      );
    };
}
