"""Where interpreters come from; taken once, changed only on request."""
