# Programs of the machine, with the libraries and the loader that they were found to need.
{
  busybox,
  patchelf,
  runBusybox,
  seed,
}:
runBusybox seed.name ./relocated.sh {
  inherit seed;
  PATH = "${busybox}/bin:${patchelf}/bin";
}
