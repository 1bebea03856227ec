# The machine's Python, started from the store alone, with the packages of our lock file.
{
  busybox,
  callPackage,
  glibc,
  patchelf,
  runBusybox,
  seeds,
}:
let
  version = builtins.replaceStrings [ "noether-python-" ] [ "" ] seeds.python.name;

  python = runBusybox "python3-${version}" ./python.sh {
    inherit glibc;
    PATH = "${busybox}/bin:${patchelf}/bin";
    seed = seeds.python;
  };

  minor = builtins.head (builtins.match "([0-9]+[.][0-9]+)[.].*" version);
in
python
// {
  inherit version;
  executable = "python${minor}";
  interpreter = "${python}/bin/python${minor}";
  pkgs = callPackage ./python-packages.nix { };
  sitePackages = "lib/python${minor}/site-packages";
  withPackages = callPackage ./python-environment.nix { };
}
