"""After `check` no reference is unresolved and no edge untyped; later rooms rely on it."""
