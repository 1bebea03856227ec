# A derivation whose builder is a shell script beside this file; it finds the seeds' own shell,
# the programs of ./busybox.nix once there are any, and its attributes as variables.
{ seeds, system }:
name: script: attributes:
derivation (
  {
    inherit name system;
    builder = "${seeds.busybox}/bin/busybox";
    args = [
      "sh"
      "-eu"
      script
    ];
  }
  // attributes
)
