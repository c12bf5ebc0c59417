"""The only code that touches Blender data."""
