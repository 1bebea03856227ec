"""The only room that opens SQLite; never reads a damaged or newer file as truth."""
