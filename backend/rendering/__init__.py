"""Rendering training views from outside Blender: lists, downloads, clusters."""
