"""What Cycles renders on: the processor, or graphics cards of one kind."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import bpy

from ..core.batch.plan import Device

#: Kinds that Cycles knows, in the order of their usual speed.
KINDS = ("OPTIX", "CUDA", "HIP", "METAL", "ONEAPI")


def count_devices() -> dict[str, int]:
    """Return the number of graphics cards that Cycles can use here, by kind, fastest first.

    A card that answers to two kinds counts in both.
    """
    preferences = _preferences()
    known = {item[0] for item in preferences.get_device_types(bpy.context)}
    found = {}
    for kind in KINDS:
        if kind in known and (cards := _cards(preferences, kind)):
            found[kind] = len(cards)
    return found


def use_device(device: Device) -> Device:
    """Have Cycles render on a device from now on; returns the one that it is.

    When the machine has no such card, the processor does it, and the log says so.
    """
    if device.kind == "CPU":
        return _remember(device)
    preferences = _preferences()
    cards = _cards(preferences, device.kind) if count_devices().get(device.kind) else []
    if device.index >= len(cards):
        print(
            f"There is no device {device.kind} {device.index} here; the processor renders.",
            file=sys.stderr,
        )
        return _remember(replace(device, kind="CPU", index=0))
    preferences.compute_device_type = device.kind
    chosen = cards[device.index].id
    for entry in preferences.devices:
        entry.use = entry.type == device.kind and entry.id == chosen
    return _remember(device)


def device_in_use() -> Device:
    """Return what :func:`use_device` chose last; the processor before."""
    return _STATE["device"]


def _remember(device: Device) -> Device:
    _STATE["device"] = device
    return device


def _preferences() -> Any:
    return bpy.context.preferences.addons["cycles"].preferences


def _cards(preferences: Any, kind: str) -> list[Any]:
    devices = preferences.get_devices_for_type(kind) or []
    return [entry for entry in devices if entry.type == kind]


_STATE = {"device": Device()}
