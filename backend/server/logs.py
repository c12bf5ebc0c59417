"""The service's log file."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path


def start_logging(path: Path) -> None:
    """Log to a file of at most 2 MB, with one predecessor, and warnings to stderr."""
    # A full disk must not turn every log line into a traceback on stderr.
    logging.raiseExceptions = False
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    file = RotatingFileHandler(path, maxBytes=2_000_000, backupCount=1, encoding="utf-8")
    file.setFormatter(formatter)
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(formatter)
    console.setLevel(logging.WARNING)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers[:] = [file, console]
