"""Equal inputs give equal keys, and everything that may change a result is in the key."""
