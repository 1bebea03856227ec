"""Typed stages, wired into graphs, run hermetically by Nix, their results kept."""

__version__ = "0.1.0"
