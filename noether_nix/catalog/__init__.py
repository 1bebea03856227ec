"""Stages by id; names are references that move, and nothing is deleted by moving them."""
