"""The files that are written when all assets are rendered: splits, contents, card."""

from __future__ import annotations

from pathlib import Path

from .canonical import canonical_json, sha256_of, write_whole
from .card import Summary, card
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
    there = {asset.id for asset in plan.assets}.intersection(asset_ids(out))
    assets, hashes = [], {}
    for name in sorted(there):
        folder = asset_folder(out, name)
        record, files = read_manifest(folder)
        assets.append(Summary.of(record, sum(int(file["bytes"]) for file in files.values())))
        hashes[name] = sha256_of(folder / "asset.json")
    (out / SPLITS).mkdir(exist_ok=True)
    for name, ids in plan.splits().items():
        present = [asset for asset in ids if asset in there]
        write_whole(out / SPLITS / f"{name}.json", canonical_json(present))
    write_whole(out / "contents.json", canonical_json(hashes))
    reasons = {name: why for name, why in quarantined(out).items() if name not in hashes}
    sheet = contact_sheet(out, sorted(there)) if "rgba" in plan.recipe.passes else None
    if sheet is not None:
        write_whole(out / "contact.png", sheet)
    text = card(plan, assets, reasons, sheet is not None)
    write_whole(out / "README.md", text.encode())
    return plan
