"""Rendering many assets: tasks, worker processes, and what survives when one of them dies."""
