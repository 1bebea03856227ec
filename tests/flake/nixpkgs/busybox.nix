{ runBusybox, seeds }: runBusybox "busybox" ./busybox.sh { seed = "${seeds.busybox}/bin/busybox"; }
