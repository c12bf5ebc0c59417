"""Entry point of ``maquette`` and ``python -m maquette.backend``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .cli import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    return run(sys.argv[1:] if arguments is None else list(arguments))


if __name__ == "__main__":
    sys.exit(main())
