"""Returns Nix text, writes nothing; no user's value becomes Nix code."""
