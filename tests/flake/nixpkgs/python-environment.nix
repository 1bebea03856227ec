# `python3.withPackages`: a Python that has the chosen packages and what they need.
{ busybox, python3, runBusybox }:
choose:
runBusybox "${python3.name}-env" ./python-environment.sh {
  PATH = "${busybox}/bin";
  folders = map (package: "${package}/${python3.sitePackages}") (
    builtins.concatMap (package: [ package ] ++ package.requires) (choose python3.pkgs)
  );
  inherit (python3) interpreter;
  shell = "${busybox}/bin/sh";
}
// {
  inherit (python3) interpreter;
}
