{
  busybox,
  runBusybox,
  seeds,
}:
runBusybox "tzdata" ./tzdata.sh {
  PATH = "${busybox}/bin";
  seed = seeds.python;
}
