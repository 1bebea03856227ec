"""Knows the order of things, and no detail."""
