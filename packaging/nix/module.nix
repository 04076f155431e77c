# services.understudy: the unit that the package brings, with the settings of the system's configuration.
self:
{ config, lib, pkgs, ... }:

let
  cfg = config.services.understudy;
  ini = pkgs.formats.ini { };
in
{
  options.services.understudy = {
    enable = lib.mkEnableOption "understudy, which keeps chat apps answering when their cloud does not";

    package = lib.mkOption {
      type = lib.types.package;
      default = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
      description = "The package to use.";
    };

    settings = lib.mkOption {
      type = ini.type;
      default = { };
      example = lib.literalExpression ''
        {
          route.priority = "openai, ollama";
          "provider ollama".model = "ministral-3:3b, auto";
        }
      '';
      description = "/etc/understudy/understudy.ini, which everybody can read: no keys. See understudy.ini(5).";
    };

    apiKeyFile = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      example = "/run/secrets/openai-api-key";
      description = "The file of root's that holds OpenAI's key. It is handed over by systemd and not copied to the store.";
    };

    socketActivation = lib.mkEnableOption "the socket unit, by which no connection is refused during a restart";
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc."understudy/understudy.ini".source = ini.generate "understudy.ini" cfg.settings;
    systemd.packages = [ cfg.package ];

    systemd.services.understudy = {
      wantedBy = [ "multi-user.target" ];
      reloadTriggers = [ config.environment.etc."understudy/understudy.ini".source ];
      serviceConfig.LoadCredential = lib.mkIf (cfg.apiKeyFile != null) [ "openai-api-key:${cfg.apiKeyFile}" ];
    };
    systemd.sockets.understudy.wantedBy = lib.mkIf cfg.socketActivation [ "sockets.target" ];

    users.users.understudy = {
      isSystemUser = true;
      group = "understudy";
      description = "Understudy";
    };
    users.groups.understudy = { };
  };
}
