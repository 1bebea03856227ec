"""Runs calls through Nix; a failed call is an answer, not an exception."""
