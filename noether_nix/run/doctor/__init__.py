"""What a run needs of this machine: where the doctor refuses, a run does so in the same words."""
