"""What holds for every tier."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "support"))

# How long one example takes says nothing on a machine that does other work as well.
settings.register_profile("maquette", deadline=None)
settings.load_profile("maquette")
