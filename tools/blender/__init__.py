"""What the tools run inside Blender as a Python module; uses the installed extension only."""
