"""What happened: runs, their calls and their logs, kept also when they failed."""
