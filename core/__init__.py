"""Plain Python shared by Blender and the service: no bpy, no torch."""
