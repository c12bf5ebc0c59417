"""The dataset's README: what is in it, from where, under which licences, made how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .manifest import CONVENTIONS, Plan
from .passes import PASSES
from .recipe import Recipe
from .records import AssetRecord
from .splits import SPLITS


@dataclass(frozen=True)
class Summary:
    """What the card needs of one asset; small, because a dataset may have very many."""

    id: str
    category: str
    licence: str
    kind: str
    views: int
    bytes: int

    @classmethod
    def of(cls, record: AssetRecord, size: int) -> Summary:
        """Summarise a record; ``size`` in bytes of all its files."""
        licence = str(record.source.get("licence") or "not stated")
        kind = str(record.source.get("kind", "unknown"))
        return cls(record.id, record.category or "none", licence, kind, len(record.views), size)


def card(
    plan: Plan,
    assets: Sequence[Summary],
    reasons: Mapping[str, Mapping[str, Any]],
    sheet: bool,
) -> str:
    """Return the text, Markdown; equal datasets have equal cards.

    Args:
        assets: those that are there.
        reasons: of those in quarantine, by id.
        sheet: there is a ``contact.png`` beside the text.
    """
    recipe = plan.recipe
    splits = plan.splits()
    there = {asset.id for asset in assets}
    views = sum(asset.views for asset in assets)
    size = sum(asset.bytes for asset in assets)
    lines = [
        f"# {plan.name}",
        "",
        f"{len(assets)} assets, {views} views, {views * len(recipe.passes)} pictures, "
        f"{size / 1e6:.1f} MB.",
        "",
        *(["![The first view of some assets](contact.png)", ""] if sheet else []),
        *_section("Categories", _counts(asset.category for asset in assets)),
        *_section(
            "Splits",
            [f"- {name}: {len(there.intersection(splits[name]))} assets" for name in SPLITS],
            "By asset: all views of an object, and objects of one group, are in one split.",
        ),
        *_section(
            "Licences",
            _counts(asset.licence for asset in assets),
            "Of the assets, as their sources state them. Pictures of an asset are its derivatives.",
        ),
        *_section("Sources", _counts(asset.kind for asset in assets)),
        *_section("How the pictures were made", _made(plan)),
        *_section(
            "Passes",
            [_pass(name) for name in sorted(recipe.passes)],
        ),
        *_section(
            "Conventions",
            [f"- {key.replace('_', ' ')}: {text}" for key, text in CONVENTIONS.items()],
        ),
    ]
    if reasons:
        told = [f"- {name}: {reason.get('message', '')}" for name, reason in reasons.items()]
        lines += _section("Not rendered", told)
    return "\n".join(lines).rstrip() + "\n"


def _made(plan: Plan) -> list[str]:
    recipe = plan.recipe
    return [
        f"- Maquette {recipe.maquette or 'unknown'}, Blender {recipe.blender or 'unknown'}, "
        f"{recipe.engine.capitalize()}",
        f"- camera rig {recipe.cameras}, light rig {recipe.lights}, quality {recipe.quality}",
        f"- {recipe.width} x {recipe.height} pixels, seed {recipe.seed}",
        *_enlarged(recipe),
        f"- recipe {recipe.digest()}",
    ]


def _enlarged(recipe: Recipe) -> list[str]:
    if recipe.enlarged == 1:
        return []
    width, height = recipe.width // recipe.enlarged, recipe.height // recipe.enlarged
    return [
        f"- rendered at {width} x {height} pixels and enlarged {recipe.enlarged} times by "
        f"{recipe.enlarged_by}; the pictures as rendered are beside them, in `low/`"
    ]


def _pass(name: str) -> str:
    stored = PASSES[name]
    return f"- `{name}/NNN.{stored.suffix}`, {stored.dtype}: {stored.meaning}"


def _section(title: str, lines: Iterable[str], text: str = "") -> list[str]:
    return [f"## {title}", "", *([text, ""] if text else []), *lines, ""]


def _counts(words: Iterable[str]) -> list[str]:
    return [f"- {word}: {count}" for word, count in sorted(Counter(words).items())]
