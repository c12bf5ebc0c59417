"""The files that are written when all assets are rendered: splits, contents, card."""

from __future__ import annotations

from pathlib import Path

from .canonical import canonical_json, sha256_of, write_whole
from .card import card
from .contact import contact_sheet
from .layout import (
    SPLITS,
    asset_folder,
    asset_ids,
    quarantined,
    read_manifest,
    remove_leftovers,
)
from .manifest import Plan, read_plan


def finish_dataset(out: Path) -> Plan:
    """Write what describes the dataset as a whole; only while nobody renders into it.

    Splits name the assets that are there. ``contents.json`` holds the SHA-256 of every
    ``asset.json``, which in turn hold those of the pictures.

    Raises:
        MaquetteError: ``dataset-missing`` or ``dataset-damaged``; OSError, ValueError: an asset
            or the disk is damaged.
    """
    plan = read_plan(out)
    remove_leftovers(out)
    planned = {asset.id for asset in plan.assets}
    there = [asset for asset in asset_ids(out) if asset in planned]
    folders = [asset_folder(out, asset) for asset in there]
    manifests = [read_manifest(folder) for folder in folders]
    size = sum(int(file["bytes"]) for _, files in manifests for file in files.values())
    (out / SPLITS).mkdir(exist_ok=True)
    for name, assets in plan.splits().items():
        present = [asset for asset in assets if asset in there]
        write_whole(out / SPLITS / f"{name}.json", canonical_json(present))
    hashes = {folder.name: sha256_of(folder / "asset.json") for folder in folders}
    write_whole(out / "contents.json", canonical_json(hashes))
    reasons = {name: why for name, why in quarantined(out).items() if name not in hashes}
    records = [record for record, _ in manifests]
    sheet = contact_sheet(out, records)
    if sheet is not None:
        write_whole(out / "contact.png", sheet)
    text = card(plan, records, reasons, size, sheet is not None)
    write_whole(out / "README.md", text.encode())
    return plan
