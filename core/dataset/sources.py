"""Where assets come from: files, folders, lists, collections of .blend files, procedural pieces.

What a person names is resolved into one :class:`AssetSource` per asset before anything is
rendered, so that the number of assets, their ids and their seeds are known beforehand and do not
depend on who renders them.
"""

from __future__ import annotations

import glob
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import Fix, MaquetteError
from ..furniture.fingerprint import fingerprint
from ..furniture.shapes import draw_piece
from ..furniture.splits import SPLITS, seeds
from ..protocol import CATEGORIES
from .canonical import sha256_of

FILE, FURNITURE, BLEND_OBJECTS = "file", "furniture", "blend-objects"
#: Endings of files that hold one asset each.
MESH_SUFFIXES = (
    *(".glb", ".gltf", ".obj", ".fbx", ".usd", ".usda", ".usdc", ".usdz", ".ply", ".stl"),
    ".blend",
)
LIST_SUFFIXES = (".csv", ".parquet")

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True)
class AssetSource:
    """One asset before it is loaded.

    Attributes:
        id: its folder in the dataset.
        kind: ``"file"``, ``"furniture"`` or ``"blend-objects"`` (objects of a .blend file).
        uri: what the dataset says about its origin; without folders of this machine.
        path: the file on this machine; empty for furniture.
        category: class label, or empty.
        extra: JSON-ready. For furniture ``seed``; for objects of a .blend ``collection``,
            ``catalog_asset`` or ``objects`` (names); for files ``unit`` (metres per unit) and
            ``up`` (``"Y"`` or ``"Z"``) where the format does not say; ``licence``, ``author``
            and ``labels`` where they are known.
    """

    id: str
    kind: str
    uri: str
    path: str = ""
    category: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AssetSource:
        """Read what :meth:`to_json` wrote; raises KeyError, TypeError."""
        return cls(**{**data, "extra": dict(data["extra"])})

    def sha256(self) -> str:
        """Return the hash of what the asset is made from: its file, or every number of a piece.

        Files that a .gltf, .obj or .usd refers to do not count.

        Raises:
            OSError: the file cannot be read.
        """
        if self.kind == FURNITURE:
            return fingerprint(draw_piece(self.category, int(self.extra["seed"])))
        return sha256_of(Path(self.path))

    def record(self) -> dict[str, Any]:
        """Return what ``asset.json`` says about the source; raises OSError."""
        kept = {k: v for k, v in self.extra.items() if k != "labels"}
        return {"kind": self.kind, "uri": self.uri, "sha256": self.sha256(), **kept}


@dataclass(frozen=True)
class Helpers:
    """What resolving needs from outside: packages, the network, or Blender itself.

    Attributes:
        read_parquet: rows of a Parquet file, each a dict.
        fetch_objaverse: local paths by UID.
        list_catalog: names of the assets of a .blend file that are in a catalog of this name.
    """

    read_parquet: Callable[[Path], list[dict[str, Any]]] | None = None
    fetch_objaverse: Callable[[Sequence[str]], dict[str, Path]] | None = None
    list_catalog: Callable[[Path, str], list[str]] | None = None


def resolve_sources(
    arguments: Sequence[str], *, helpers: Helpers | None = None, base: Path | None = None
) -> list[AssetSource]:
    """Return the assets that a person means, in a stable order, with unique ids.

    Each argument is one of

    - a file: ``chair.glb``; or a folder, searched with everything in it; or a pattern with ``*``;
    - ``list.csv`` or ``list.parquet``: a column ``path`` with any of these, relative to the list,
      and optional columns ``id``, ``category``, ``labels``, ``licence``, ``author``, ``unit``,
      ``up``;
    - ``file.blend#collection=Name``, ``file.blend#catalog=Name`` or ``file.blend#objects=A,B``;
    - ``furniture:chair:0-99`` (seeds), ``furniture:all:test:0-9`` (places in a split);
    - ``objaverse:UID``, which is fetched from the network.

    Args:
        base: what relative paths are relative to; the working directory otherwise.

    Raises:
        MaquetteError: ``source-missing``, ``source-invalid``, ``source-empty`` or
            ``source-needs`` when a helper is missing.
    """
    found: list[AssetSource] = []
    for argument in arguments:
        found.extend(_resolve(argument, helpers or Helpers(), base or Path()))
    if not found:
        raise MaquetteError("source-empty", "There is nothing to render in what was named.")
    return _with_unique_ids(found)


def _resolve(argument: str, helpers: Helpers, base: Path) -> Iterator[AssetSource]:
    scheme, _, rest = argument.partition(":")
    if scheme == "furniture":
        yield from _furniture(argument, rest)
    elif scheme == "objaverse":
        yield from _objaverse(rest.split(","), helpers)
    elif "#" in argument and ".blend#" in argument.lower():
        yield from _of_blend(argument, helpers, base)
    else:
        yield from _files(argument, helpers, base)


def _furniture(argument: str, rest: str) -> Iterator[AssetSource]:
    parts = rest.split(":")
    category, split, numbers = parts[0], parts[1] if len(parts) == 3 else "", parts[-1]
    span = _RANGE.fullmatch(numbers)
    names = CATEGORIES if category == "all" else (category,)
    if span is None or len(parts) not in {2, 3} or names[0] not in CATEGORIES:
        raise _invalid(
            argument, f"say furniture:CATEGORY:0-99, CATEGORY one of all, {', '.join(CATEGORIES)}"
        )
    low, high = int(span[1]), int(span[2] or span[1])
    if high < low or (split and split not in SPLITS):
        raise _invalid(argument, f"a split is one of {', '.join(SPLITS)}; numbers must rise")
    chosen: Sequence[int] = range(low, high + 1)
    if split:
        try:
            chosen = seeds(split, high - low + 1, low)
        except ValueError as error:
            raise _invalid(argument, str(error)) from error
    for seed in chosen:
        for name in names:
            yield AssetSource(
                f"{name}-{seed}", FURNITURE, f"furniture:{name}:{seed}", "", name, {"seed": seed}
            )


def _objaverse(uids: Sequence[str], helpers: Helpers) -> Iterator[AssetSource]:
    if not all(re.fullmatch(r"[0-9a-f]{32}", uid) for uid in uids):
        raise _invalid(f"objaverse:{','.join(uids)}", "an Objaverse UID has 32 hexadecimal digits")
    if helpers.fetch_objaverse is None:
        raise _needs("Objaverse assets", "objaverse")
    paths = helpers.fetch_objaverse(uids)
    for uid in uids:
        if uid not in paths:
            raise _missing(f"objaverse:{uid}")
        yield AssetSource(uid, FILE, f"objaverse:{uid}", str(paths[uid]))


def _of_blend(argument: str, helpers: Helpers, base: Path) -> Iterator[AssetSource]:
    name, _, fragment = argument.rpartition("#")
    key, _, value = fragment.partition("=")
    path = base / name
    if not path.is_file():
        raise _missing(name)
    uri = f"{path.name}#{fragment}"

    def one(label: str, extra: dict[str, Any]) -> AssetSource:
        return AssetSource(f"{path.stem}-{label}", BLEND_OBJECTS, uri, str(path), "", extra)

    if key == "collection" and value:
        yield one(value, {"collection": value})
    elif key == "objects" and value:
        yield one(value.split(",")[0], {"objects": value.split(",")})
    elif key == "catalog" and value:
        if helpers.list_catalog is None:
            raise MaquetteError(
                "source-needs", "Only Blender can say what is in a catalog of a .blend file."
            )
        for asset in helpers.list_catalog(path, value):
            yield replace(
                one(asset, {"catalog_asset": asset}), uri=f"{path.name}#catalog={value}/{asset}"
            )
    else:
        raise _invalid(argument, "say #collection=NAME, #catalog=NAME or #objects=NAME,NAME")


def _files(argument: str, helpers: Helpers, base: Path) -> Iterator[AssetSource]:
    path = base / argument
    suffix = path.suffix.lower()
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.suffix.lower() in MESH_SUFFIXES)
        yield from (_file(p, p.relative_to(path), path) for p in files if p.is_file())
    elif path.is_file() and suffix in LIST_SUFFIXES:
        yield from _listed(path, helpers)
    elif path.is_file():
        if suffix not in MESH_SUFFIXES:
            raise _invalid(argument, f"files of {', '.join(MESH_SUFFIXES)} can be read")
        yield _file(path, Path(path.name), None)
    elif glob.has_magic(argument):
        # What is before the first pattern names no asset, it only says where they are.
        fixed = Path(*_before_magic(path.parts)) if path.parts else Path()
        files = sorted(fixed.glob(str(path.relative_to(fixed))))
        wanted = [p for p in files if p.suffix.lower() in MESH_SUFFIXES and p.is_file()]
        yield from (_file(p, p.relative_to(fixed), fixed) for p in wanted)
    else:
        raise _missing(argument)


def _before_magic(parts: Sequence[str]) -> Iterator[str]:
    for part in parts:
        if glob.has_magic(part):
            return
        yield part


def _file(path: Path, name: Path, folder: Path | None) -> AssetSource:
    # Two folders with files of the same names are two origins.
    uri = PurePosixPath(folder.resolve().name if folder else "", name).as_posix()
    return AssetSource("-".join(name.with_suffix("").parts), FILE, uri, str(path))


def _listed(path: Path, helpers: Helpers) -> Iterator[AssetSource]:
    from .source_lists import read_csv, with_row

    if path.suffix.lower() == ".parquet":
        if helpers.read_parquet is None:
            raise _needs("Parquet lists", "pyarrow")
        rows = helpers.read_parquet(path)
    else:
        rows = read_csv(path)
    for number, row in enumerate(rows, start=1):
        if not row.get("path"):
            raise _invalid(path.name, f"row {number} has no “path”")
        for source in _resolve(str(row["path"]), helpers, path.parent):
            yield with_row(source, row, f"{path.name}, row {number}")


def _with_unique_ids(sources: Sequence[AssetSource]) -> list[AssetSource]:
    """Make ids that are folder names; equal ones get their file's ending, then a hash."""
    named = [replace(source, id=_folder_name(source.id)) for source in sources]
    for distinguish in (_by_suffix, _by_uri):
        # A file system may not tell capitals.
        counts = Counter(source.id.lower() for source in named)
        named = [s if counts[s.id.lower()] == 1 else distinguish(s) for s in named]
    twice = [key for key, count in Counter(s.id.lower() for s in named).items() if count > 1]
    if twice:
        raise MaquetteError("source-invalid", f"“{twice[0]}” is named more than once.")
    return named


def _by_suffix(source: AssetSource) -> AssetSource:
    suffix = Path(source.path).suffix.lstrip(".").lower()
    return replace(source, id=f"{source.id}-{suffix}") if suffix else source


def _by_uri(source: AssetSource) -> AssetSource:
    digest = hashlib.sha256(source.uri.encode()).hexdigest()[:8]
    return replace(source, id=f"{source.id}-{digest}")


def _folder_name(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-") or "asset"
    if len(name) > 96 or name != text:
        name = name[:96].rstrip(".")
    return name


def _invalid(argument: str, why: str) -> MaquetteError:
    return MaquetteError("source-invalid", f"“{argument}” cannot be used: {why}.")


def _missing(argument: str) -> MaquetteError:
    return MaquetteError("source-missing", f"There is no file or folder “{argument}”.")


def _needs(what: str, package: str) -> MaquetteError:
    return MaquetteError(
        "source-needs",
        f"{what} need the Python package {package}: pip install “maquette[datasets]”.",
        Fix.NONE,
        f"install {package} beside maquette and use the command maquette render",
    )
