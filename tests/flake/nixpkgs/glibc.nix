# The C library: the loader, what is loaded with every program, and the locale C.UTF-8.
{
  busybox,
  runBusybox,
  seeds,
}:
runBusybox "glibc" ./glibc.sh {
  PATH = "${busybox}/bin";
  seed = seeds.glibc;
  interpreter = seeds.python;
}
