{
  description = "Keeps chat apps answering when their cloud does not";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  # The tree that this folder is part of.
  inputs.understudy = {
    url = "path:../..";
    flake = false;
  };

  outputs = { self, nixpkgs, understudy }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
    in
    {
      packages = each (pkgs: { default = pkgs.callPackage ./package.nix { source = understudy; }; });

      nixosModules.default = import ./module.nix self;

      # `nix flake check` boots a machine with the service.
      checks = each (pkgs: {
        service = pkgs.testers.runNixOSTest {
          name = "understudy";
          nodes.machine = {
            imports = [ self.nixosModules.default ];
            services.understudy.enable = true;
          };
          testScript = ''
            machine.wait_for_unit("understudy.service")
            machine.wait_until_succeeds("understudy check --local")
            machine.succeed("systemctl reload understudy.service")
          '';
        };
      });
    };
}
