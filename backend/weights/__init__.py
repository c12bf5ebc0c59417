"""The embedded weights and their registry."""
