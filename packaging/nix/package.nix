# The package; ./flake.nix and nixpkgs' callPackage take it.
{ lib, stdenv, pkg-config, check, curl, inih, jansson, libmicrohttpd, zlib, source ? ../.. }:

stdenv.mkDerivation {
  pname = "understudy";
  version = "0.1.0";
  src = source;

  strictDeps = true;
  nativeBuildInputs = [ pkg-config ];
  buildInputs = [ curl inih jansson libmicrohttpd zlib ];
  nativeCheckInputs = [ check ];
  checkInputs = [ check ];
  enableParallelBuilding = true;

  # What the program is configured by stays in /etc; what is shipped is an example.
  makeFlags = [
    "prefix=${placeholder "out"}"
    "sysconfdir=${placeholder "out"}/share/doc/understudy/examples"
    "CC=${stdenv.cc.targetPrefix}cc"
  ];
  doCheck = true;
  checkTarget = "check";

  meta = {
    description = "Keeps chat apps answering when their cloud does not";
    license = lib.licenses.mit;
    mainProgram = "understudy";
    platforms = lib.platforms.linux;
  };
}
