"""Decides whether a value may flow; knows no stage."""
