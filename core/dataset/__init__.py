"""Datasets of rendered pictures: the neutral form on disk, and what is made of it."""
