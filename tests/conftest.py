"""What holds for every tier."""

from __future__ import annotations

from hypothesis import settings

# How long one example takes says nothing on a machine that does other work as well.
settings.register_profile("maquette", deadline=None)
settings.load_profile("maquette")
