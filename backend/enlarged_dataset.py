"""A rendered dataset with its pictures enlarged: for pairs of low and high, and for finer pictures.

The new dataset holds the same assets, views and splits. Poses stay; intrinsics, in pixels, are
multiplied. Colour with its alpha is enlarged; the mask, where there was one, is the new alpha. All
other passes are numbers of a surface that no network knows: they are left out, which the asset
says, and can be rendered at the new size. The pictures as rendered lie beside the new ones, in
``low/rgba/NNN.png``; their intrinsics are the new ones divided by the factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..core.cameras import Camera
from ..core.dataset.finish import finish_dataset
from ..core.dataset.layout import is_complete, picture_name, read_manifest, write_asset
from ..core.dataset.manifest import Plan, write_plan
from ..core.dataset.pictures import decode_pass, encode_pass
from ..core.dataset.reading import open_dataset
from ..core.dataset.records import AssetRecord
from ..core.errors import MaquetteError
from .imaging.picture_file import Picture
from .imaging.upscaler_loading import LoadedUpscaler
from .imaging.upscaling import enlarge

LOW = "low"


@dataclass(frozen=True)
class Made:
    """What was done.

    Attributes:
        assets, views: in the new dataset.
        kept: assets that were there already.
        left_out: passes that were not taken over.
    """

    assets: int
    views: int
    kept: int
    left_out: tuple[str, ...]


def enlarge_dataset(
    folder: Path,
    out: Path,
    loaded: LoadedUpscaler,
    scale: int,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Made:
    """Write the enlarged dataset; assets that are complete there already are kept.

    Args:
        progress: called with the number of assets done and of all.

    Raises:
        MaquetteError: ``dataset-missing``, ``dataset-damaged``, ``dataset-empty``,
            ``dataset-needs-colour``, or ``dataset-other-recipe`` when ``out`` holds another one;
            OSError, ValueError: a picture is missing or damaged, or the disk is full.
    """
    source = open_dataset(folder)
    old = source.plan.recipe
    if "rgba" not in old.passes:
        raise MaquetteError(
            "dataset-needs-colour", "Only colour can be enlarged, and this dataset has no “rgba”."
        )
    if old.enlarged != 1:
        raise MaquetteError(
            "dataset-enlarged", "These pictures are enlarged ones already; take the rendered ones."
        )
    passes = tuple(name for name in ("rgba", "mask") if name in old.passes)
    recipe = replace(
        old,
        width=old.width * scale,
        height=old.height * scale,
        passes=passes,
        enlarged=scale,
        enlarged_by=f"{loaded.name}, SHA-256 {loaded.sha256}",
    )
    left_out = tuple(name for name in old.passes if name not in passes)
    planned = {asset.id: asset for asset in source.plan.assets}
    present = tuple(planned[name] for name in source.ids)
    name = f"{source.plan.name}, enlarged {scale} times"
    write_plan(out, Plan(name, recipe, present, source.plan.shares))
    views = kept = 0
    for done, asset in enumerate(source.assets):
        progress(done, len(source.ids))
        views += asset.views
        if is_complete(out, asset.id, recipe):
            kept += 1
            continue
        about = {"scale": scale, "by": recipe.enlarged_by, "left_out": list(left_out)}
        record = replace(
            asset.record,
            recipe=recipe,
            views=tuple(
                replace(view, camera=scaled(view.camera, scale)) for view in asset.record.views
            ),
            report={**asset.record.report, "enlarged": {**about, "rendered": old.digest()}},
        )
        _write(out, asset.folder, record, loaded, scale)
    progress(len(source.ids), len(source.ids))
    finish_dataset(out)
    return Made(len(source.ids), views, kept, left_out)


def scaled(camera: Camera, scale: int) -> Camera:
    """The camera of the enlarged picture: same pose, pixels of a fraction of the size."""
    k = np.diag([scale, scale, 1.0]) @ camera.intrinsics
    width, height = camera.width * scale, camera.height * scale
    return replace(camera, intrinsics=k, width=width, height=height)


def _write(
    out: Path, folder: Path, record: AssetRecord, loaded: LoadedUpscaler, scale: int
) -> None:
    lows = {
        f"{LOW}/{picture_name('rgba', view)}": (folder / picture_name("rgba", view)).read_bytes()
        for view in range(len(record.views))
    }
    _, files = read_manifest(folder)
    passes = {name.partition("/")[0] for name in files if "/" in name}
    others = {
        name: (folder / name).read_bytes()
        for name in files
        if name.partition("/")[0] not in passes  # e.g. mesh.ply
    }

    def pictures() -> Iterator[tuple[str, int, bytes]]:
        for view in range(len(record.views)):
            large = enlarged(decode_pass("rgba", lows[f"{LOW}/{picture_name('rgba', view)}"]))
            yield "rgba", view, encode_pass("rgba", large)
            if "mask" in record.recipe.passes:
                yield "mask", view, encode_pass("mask", np.ascontiguousarray(large[..., 3]))

    def enlarged(rgba: np.ndarray) -> np.ndarray:
        made = np.concatenate(list(enlarge(Picture(rgba, True), loaded, scale).rows))
        made[made[..., 3] == 0] = 0  # pixels that show nothing are 0
        return made

    write_asset(out, record, pictures(), {**others, **lows})
