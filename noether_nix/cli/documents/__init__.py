"""Knows the form of everything that commands print for programs, and no command."""
