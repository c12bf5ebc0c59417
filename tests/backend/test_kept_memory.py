"""A training process keeps what it frees."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FREED_AND_ASKED_FOR = """
import resource
import torch
from maquette.backend.training.kept_memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(16 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

{keep}
faults()
print(min(faults() for _ in range(3)))
"""


def _faults(keep: str) -> int:
    """Pages that the system fetched for a tensor of 64 MB like one that was freed."""
    code = FREED_AND_ASKED_FOR.format(keep=keep)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others decide for themselves")
def test_what_was_freed_is_not_fetched_again() -> None:
    assert _faults("assert keep_freed_memory()") < 100
    assert _faults("") > 1000, "the test shows nothing: it was not fetched again anyway"
