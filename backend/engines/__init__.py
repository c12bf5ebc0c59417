"""Reconstruction methods, one file each, behind one small interface."""
