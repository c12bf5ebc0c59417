"""Renders training views: begin, estimate, cancel, go on, look at them."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy
from bpy.props import BoolProperty, StringProperty

from ..core import presets
from ..core.batch.arguments import add_afterwards, add_arguments
from ..core.batch.request import read
from ..core.dataset.canonical import canonical_json, write_whole
from ..core.dataset.layout import LOGS
from ..core.dataset.sources import AssetSource, Helpers, resolve_sources
from ..core.errors import MaquetteError
from ..core.session import SESSION
from ..scene import rig_choice
from ..scene.catalogs import list_catalog
from ..scene.selection import write_objects
from .pump import redraw
from .render_run import RENDER
from .rigs import name_of, subjects
from .runtime import RUNTIME

#: In the dataset's logs: what was asked for last, so that another Blender can go on.
_REQUEST = "request.json"


class _Render(bpy.types.Operator):
    """Shared by the operators that begin a batch."""

    estimate = False

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One at a time, and there must be something to render."""
        if RENDER.active:
            cls.poll_message_set("Training views are being rendered")
            return False
        training = context.scene.maquette.training
        if training.source == "SELECTED" and not context.selected_objects:
            cls.poll_message_set("Select the objects to render")
            return False
        if training.source == "COLLECTION" and training.collection is None:
            cls.poll_message_set("Choose a collection first")
            return False
        if training.source == "FOLDER" and not training.folder:
            cls.poll_message_set("Choose a folder first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begin; the timer does the rest."""
        training = context.scene.maquette.training
        try:
            out = output_folder(training.output)
            words = arguments(training, out)
            assets = find_assets(context, out)
            begin(out, words, assets, estimate=self.estimate)
        except MaquetteError as error:
            SESSION.trouble = error.problem
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        SESSION.trouble = None
        redraw()
        return {"FINISHED"}


class MAQUETTE_OT_render_training_views(_Render):
    """Render the views in Blenders of their own, while this one stays free"""

    bl_idname = "maquette.render_training_views"
    bl_label = "Render Views"
    bl_options = {"REGISTER"}


class MAQUETTE_OT_estimate_training_views(_Render):
    """Render two pictures to tell how long all will take and how large they will be"""

    bl_idname = "maquette.estimate_training_views"
    bl_label = "Estimate"
    bl_options = {"REGISTER"}
    estimate = True


class MAQUETTE_OT_resume_training_views(bpy.types.Operator):
    """Go on with what was begun in the output folder, with the settings it was begun with"""

    bl_idname = "maquette.resume_training_views"
    bl_label = "Resume"
    bl_options = {"REGISTER"}

    folder: StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    again: BoolProperty(
        name="Quarantine Too",
        description="Try the assets in quarantine once more",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One at a time."""
        if RENDER.active:
            cls.poll_message_set("Training views are being rendered")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Go on; assets that are complete are not rendered again."""
        try:
            out = output_folder(self.folder or context.scene.maquette.training.output)
            words, assets = _kept(out)
            begin(out, words, assets, again=self.again)
        except MaquetteError as error:
            SESSION.trouble = error.problem
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        SESSION.trouble = None
        redraw()
        return {"FINISHED"}


class MAQUETTE_OT_cancel_training_views(bpy.types.Operator):
    """Stop rendering; assets that are complete stay"""

    bl_idname = "maquette.cancel_training_views"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """End the workers now."""
        RENDER.cancel()
        redraw()
        return {"FINISHED"}


class MAQUETTE_OT_open_training_views(bpy.types.Operator):
    """Open the folder of the rendered views"""

    bl_idname = "maquette.open_training_views"
    bl_label = "Open Folder"
    bl_options = {"INTERNAL"}

    folder: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Show it in the system's file browser."""
        if not Path(self.folder).is_dir():
            self.report({"WARNING"}, "The folder is not there yet")
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=self.folder)
        return {"FINISHED"}


class MAQUETTE_OT_dismiss_training_views(bpy.types.Operator):
    """Take this row away; the rendered views stay"""

    bl_idname = "maquette.dismiss_training_views"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Forget what the panel says about the last batch."""
        if not RENDER.active:
            SESSION.training = None
        redraw()
        return {"FINISHED"}


def output_folder(chosen: str) -> Path:
    """Return the absolute folder that a person has chosen.

    Raises:
        MaquetteError: ``output-unknown`` when it is relative to a file that was never saved.
    """
    if not chosen or (chosen.startswith("//") and not bpy.data.filepath):
        raise MaquetteError(
            "output-unknown",
            "The output folder is beside the .blend file, which was never saved. Save the file, or "
            "choose another folder.",
        )
    return Path(bpy.path.abspath(chosen)).resolve()


def arguments(training: bpy.types.PropertyGroup, out: Path) -> list[str]:
    """Return the settings as ``maquette render`` takes them, but for the sources.

    Raises:
        MaquetteError: edited rigs make no rig.
    """
    scratch = Path(RUNTIME.scratch)
    rig = rig_choice.preset_for_rendering(training, presets.CAMERAS, scratch)
    light = rig_choice.preset_for_rendering(training, presets.LIGHTS, scratch)
    words = [
        *("--out", str(out), "--rig", rig, "--light", light, "--quality", training.quality),
        *("--resolution", str(training.resolution), "--seed", str(training.seed)),
        *("--engine", training.engine, "--device", training.device.lower()),
        *("--passes", ",".join(["rgba", *sorted(training.passes)])),
        *("--workers", str(training.workers)),
    ]
    if training.views:
        words += ["--views", str(training.views)]
    if training.formats:
        words += ["--format", ",".join(sorted(training.formats))]
    if training.upscale != "NONE":
        words += ["--upscale", training.upscale.removeprefix("X")]
    return words


def find_assets(context: bpy.types.Context, out: Path) -> list[AssetSource]:
    """Return what the panel's source amounts to; objects are written into the dataset's logs.

    Raises:
        MaquetteError: there is nothing, or it cannot be read or written.
    """
    training = context.scene.maquette.training
    if training.source == "FOLDER":
        helpers = Helpers(list_catalog=list_catalog)
        return resolve_sources([bpy.path.abspath(training.folder)], helpers=helpers)
    objects = subjects(context)
    return [write_objects(objects, name_of(context, objects), out / LOGS / "sources")]


def begin(
    out: Path,
    words: Sequence[str],
    assets: Sequence[AssetSource],
    *,
    estimate: bool = False,
    again: bool = False,
) -> None:
    """Begin a batch and note what was asked for.

    Args:
        words: arguments of ``maquette render`` but for the sources.
        estimate: only measure.
        again: try what is in quarantine as well.

    Raises:
        MaquetteError: it cannot be done.
    """
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    add_afterwards(parser)
    # The parser wants a source; the assets are known already.
    args = parser.parse_args(["assets", *words])
    request = read(args, Helpers(), assets)
    request = replace(request, measure=estimate, estimate_only=estimate, again=again)
    RENDER.start(request, 1 if estimate else args.upscale or 1)
    if not estimate:
        kept = {"arguments": list(words), "assets": [asset.to_json() for asset in assets]}
        write_whole(out / LOGS / _REQUEST, canonical_json(kept))


def _kept(out: Path) -> tuple[list[str], list[AssetSource]]:
    """What was asked for last in a folder."""
    try:
        kept = json.loads((out / LOGS / _REQUEST).read_text("utf-8"))
        return kept["arguments"], [AssetSource.from_json(asset) for asset in kept["assets"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MaquetteError(
            "nothing-to-resume",
            f"Nothing was begun in “{out}” that could be gone on with.",
            detail=str(error),
        ) from error


CLASSES = (
    MAQUETTE_OT_render_training_views,
    MAQUETTE_OT_estimate_training_views,
    MAQUETTE_OT_resume_training_views,
    MAQUETTE_OT_cancel_training_views,
    MAQUETTE_OT_open_training_views,
    MAQUETTE_OT_dismiss_training_views,
)
