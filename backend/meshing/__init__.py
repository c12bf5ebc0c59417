"""Fields to meshes, and meshes to files."""
