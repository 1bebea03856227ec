"""Bytes and text that others defined: every reader has a writer, tested on Nix's own data."""
