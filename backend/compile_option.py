"""Whether networks are compiled: an option of the whole service, off by default.

Compiling itself is in :mod:`.networks.compiling`; here is nothing that needs torch.
"""

from __future__ import annotations

import os

#: Environment variable that turns it on, for this process and those that it starts.
VARIABLE = "MAQUETTE_COMPILE"
COMPILE_HELP = (
    "compile the networks of released models: the first mesh takes some 20 seconds longer on a "
    "processor, later ones a little less; needs a C++ compiler, on a graphics card also Triton"
)


def turn_on() -> None:
    """Have engines that are loaded from now on compile their networks."""
    os.environ[VARIABLE] = "1"


def wanted() -> bool:
    """Whether a person asked for compiled networks."""
    return os.environ.get(VARIABLE, "").strip().lower() in ("1", "yes", "true", "on")
