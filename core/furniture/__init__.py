"""Procedural furniture: seeded shapes with exact geometry, in plain numpy."""
