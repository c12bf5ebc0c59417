"""Memory of a training step, kept for the next one.

The tensors of a step are large, are freed, and are asked for again in the next. The GNU C library
gives them back to the system each time, which then has to fill the same pages with zeros once more.
"""

from __future__ import annotations

import ctypes
import sys

# Of malloc.h; see mallopt(3).
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_MOST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Have this process keep what it frees, for as long as it runs.

    Returns:
        Whether it does; other C libraries than GNU's decide for themselves.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    # Everything from the heap, whose end stays where it is.
    return bool(mallopt(_MMAP_MAX, 0) and mallopt(_TRIM_THRESHOLD, _MOST))
