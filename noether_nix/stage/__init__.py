"""Identity is content: equal stages have equal ids on every machine; nothing is imported or run."""
