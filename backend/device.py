"""Which processor the networks run on, and how much memory it has left."""

from __future__ import annotations

from ..core.errors import Fix, MaquetteError

#: How torch, the driver and NVIDIA's libraries say that memory is lacking, in plain errors.
_LACKING = ("can't allocate memory", "CUDA error: out of memory", "STATUS_ALLOC_FAILED")


def resolve_device(wanted: str) -> str:
    """Return ``"cpu"`` or ``"cuda:N"`` for ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Imports torch unless the answer is plain.

    Raises:
        MaquetteError: ``device-unavailable`` when that GPU is not there.
    """
    if wanted == "cpu":
        return "cpu"
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "auto":
        return "cuda:0" if count else "cpu"
    kind, _, index = wanted.partition(":")
    if kind == "cuda" and (index or "0").isdigit() and int(index or "0") < count:
        return f"cuda:{index or 0}"
    raise MaquetteError(
        "device-unavailable",
        f"There is no device “{wanted}” here; {count} CUDA devices are seen.",
        Fix.OPEN_PREFERENCES,
    )


def describe_device(device: str) -> str:
    """Name a device that :func:`resolve_device` returned, e.g. ``"cuda:0 NVIDIA A100"``."""
    if device == "cpu":
        return device
    import torch

    return f"{device} {torch.cuda.get_device_name(device)}"


def free_memory_bytes(device: str) -> int:
    """Free GPU memory for a GPU, available system memory for the CPU."""
    if device == "cpu":
        import psutil

        return int(psutil.virtual_memory().available)
    import torch

    return int(torch.cuda.mem_get_info(device)[0])


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was lacking, on the graphics card or beside it."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _LACKING)
