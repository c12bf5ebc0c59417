"""Rendering one asset into a dataset: the one way from a source to its folder.

Made for a process of its own, whose scene shows nothing else. Settings, lights and what Cycles
has built stay from one asset to the next as long as the recipe is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core.batch.scratch import picture_folder
from ..core.cameras import Camera, project
from ..core.dataset.developing import automatic_gain, exposure, straight_srgb
from ..core.dataset.layout import AssetWriter
from ..core.dataset.pictures import encode_pass
from ..core.dataset.recipe import Recipe
from ..core.dataset.records import AssetRecord, ViewRecord
from ..core.dataset.seeds import asset_seed, view_seed
from ..core.dataset.sources import AssetSource
from ..core.exr import read_exr
from ..core.presets import load_camera_rig, load_light_rig, load_quality
from ..core.rigs import (
    CameraRig,
    Environment,
    LightRig,
    Shot,
    draw_lighting,
    draw_phase,
    draw_shot,
    shared_reach,
)
from . import passes
from .assets.load import LoadedAsset, load_asset
from .assets.surface import surface_ply
from .devices import device_in_use
from .overrides import Overrides
from .render import (
    Preparation,
    RenderSettings,
    Window,
    forget_built_data,
    render_picture,
    window_around,
)
from .rigs import LightingObjects, read_camera
from .surroundings import read_map
from .value_outputs import add_value_outputs, declare_outputs, undeclare_outputs

#: Largest disagreement between a camera as drawn and as Blender holds it, in single precision.
_CAMERA_PX = 0.02
_LARGEST_MESH = 2_000_000
#: At most, in the file that all passes of a picture are read from.
_BYTES_PER_PIXEL = 32 * 4


def render_asset(
    source: AssetSource,
    recipe: Recipe,
    out: Path,
    progress: Callable[[int], None] = lambda view: None,
) -> None:
    """Render every picture of an asset and put its folder into the dataset at ``out``.

    Args:
        progress: called with the number of each view whose picture is done.

    Raises:
        MaquetteError: the asset or the recipe cannot be used; see ``scene.assets.load``.
        OSError: a file cannot be read or written.
        RuntimeError: Blender could not render.
    """
    _renderer(recipe).render(source, out, progress)


def close_renderer() -> None:
    """Put the scene's settings back and take lights and camera out; harmless when none are."""
    _drop()
    if _forget in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_forget)


class AssetRenderer:
    """A scene that is ready to render assets by one recipe."""

    def __init__(self, recipe: Recipe) -> None:
        """Prepare the current scene.

        Raises:
            MaquetteError: a preset of the recipe is unknown, or the denoiser is missing.
        """
        self.recipe = recipe
        self.device = device_in_use()
        self._cameras: CameraRig = load_camera_rig(recipe.cameras)
        self._lights: LightRig = load_light_rig(recipe.lights)
        quality = load_quality(recipe.quality)
        self._views = recipe.views or self._cameras.views
        self._colour = [name for name in passes.COLOUR_PASSES if name in recipe.passes]
        self._geometry = [name for name in passes.GEOMETRY_PASSES if name in recipe.passes]
        self._values = passes.needs_values(recipe.passes, recipe.engine)
        settings = RenderSettings(
            samples=recipe.samples or quality.samples,
            bounces=quality.bounces,
            threads=self.device.threads,
            engine=recipe.engine,
            gpu=self.device.kind != "CPU",
            denoise=recipe.denoise,
            adaptive_threshold=recipe.adaptive_threshold,
            raw=True,
        )
        self._scene = bpy.context.scene
        self._folder = picture_folder(_BYTES_PER_PIXEL * recipe.width * recipe.height)
        self._file = Path(self._folder.name, "picture.exr")
        self._preparation = Preparation(self._scene, settings)
        self._camera = self._preparation.camera
        self._lighting = LightingObjects(self._scene)
        self._environment: Environment | None = None
        if self._values:
            declare_outputs(self._scene.view_layers[0])

    def close(self) -> None:
        """Put everything back."""
        if self._values:
            undeclare_outputs(self._scene.view_layers[0])
        self._lighting.remove()
        self._preparation.close()
        self._folder.cleanup()

    def render(self, source: AssetSource, out: Path, progress: Callable[[int], None]) -> None:
        """See :func:`render_asset`."""
        asset = load_asset(source)
        try:
            self.render_loaded(source, asset, out, progress)
        finally:
            pictures = asset.has_pictures
            asset.remove()
            if pictures:
                forget_built_data(self._scene)

    def render_loaded(
        self,
        source: AssetSource,
        asset: LoadedAsset,
        out: Path,
        progress: Callable[[int], None] = lambda view: None,
    ) -> None:
        """Render an asset that is in the scene already, as :func:`render_asset` does."""
        if self._values:
            for material in asset.materials:
                if not add_value_outputs(material):
                    asset.report["notes"].append(f"“{material.name}” has no base colour")
        with AssetWriter(out, source.id) as writer:
            shots = self._draw(source, asset)
            views = self._colours(source, asset, shots, writer, progress)
            self._geometries(asset, shots, writer, None if self._colour else progress)
            if asset.report["triangles"] <= _LARGEST_MESH:
                writer.add_file("mesh.ply", surface_ply(asset.objects))
            writer.commit(self._record(source, asset, views))

    def _draw(self, source: AssetSource, asset: LoadedAsset) -> list[_DrawnView]:
        """Draw cameras and lights; each from its own generator, whatever else is rendered."""
        recipe, size = self.recipe, (self.recipe.width, self.recipe.height)
        phase = draw_phase(self._cameras, asset_seed(recipe.seed, source.id))
        reach = shared_reach(self._cameras, asset.points, size, views=self._views, phase=phase)
        drawn = []
        for view in range(self._views):
            rng = view_seed(recipe.seed, source.id, view)
            shot = draw_shot(
                self._cameras,
                asset.points,
                size,
                rng,
                view=view,
                views=self._views,
                phase=phase,
                reach=reach,
            )
            shared = asset_seed(recipe.seed, source.id) if self._lights.per_asset else rng
            lighting = draw_lighting(
                self._lights,
                shot.azimuth_deg,
                shared,
                camera_elevation_deg=shot.elevation_deg,
                read_map=read_map,
            )
            drawn.append(_DrawnView(shot, lighting, int(rng.integers(2**31 - 1))))
        return drawn

    def _colours(
        self,
        source: AssetSource,
        asset: LoadedAsset,
        shots: list[_DrawnView],
        writer: AssetWriter,
        progress: Callable[[int], None],
    ) -> list[ViewRecord]:
        records = []
        with Overrides() as overrides:
            passes.select_passes(self._scene, self._colour, self.recipe.engine, overrides)
            for view, drawn in enumerate(shots):
                light: dict[str, Any] = {}
                report: dict[str, Any] = {}
                if self._colour:
                    if drawn.lighting.environment != self._environment:
                        self._environment = drawn.lighting.environment
                        forget_built_data(self._scene)
                    self._lighting.apply(drawn.lighting)
                    self._scene.cycles.seed = drawn.seed
                    picture = self._picture(drawn.shot.camera, asset.points)
                    light, report = self._keep_colours(view, *picture, writer)
                    progress(view)
                light = {**asdict(drawn.lighting), "seed": drawn.seed, **light}
                records.append(ViewRecord(drawn.shot.camera, light, report))
        return records

    def _keep_colours(
        self, view: int, channels: passes.Channels, window: Window, writer: AssetWriter
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Write the colour passes; returns the gain of the light, and what was measured."""
        linear = passes.combined(channels)
        gain = automatic_gain(linear) if self.recipe.exposure_gain else 1.0
        if gain != 1.0:
            linear = linear * np.array([gain, gain, gain, 1.0], dtype=np.float32)
        picture = straight_srgb(linear)
        for name in self._colour:
            if name == "rgba":
                pixels = picture
            elif name == "mask":
                pixels = picture[..., 3]
            else:
                pixels = passes.read_value_pass(name, channels)
            writer.add(name, view, self._encoded(name, pixels, window))
        frame = self.recipe.width * self.recipe.height
        return {"gain": gain}, exposure(linear, frame).to_json()

    def _encoded(self, name: str, pixels: np.ndarray, window: Window) -> bytes:
        return encode_pass(name, window.paste(pixels, self.recipe.width, self.recipe.height))

    def _geometries(
        self,
        asset: LoadedAsset,
        shots: list[_DrawnView],
        writer: AssetWriter,
        progress: Callable[[int], None] | None,
    ) -> None:
        if not self._geometry:
            return
        with Overrides() as overrides:
            passes.select_passes(self._scene, self._geometry, self.recipe.engine, overrides)
            passes.one_ray_per_pixel(self._scene, self.recipe.engine, overrides)
            for view, drawn in enumerate(shots):
                camera = drawn.shot.camera
                channels, window = self._picture(camera, asset.points)
                for name in self._geometry:
                    found = passes.read_geometry_pass(name, channels, camera, self.recipe.engine)
                    writer.add(name, view, self._encoded(name, found, window))
                if progress is not None:
                    progress(view)

    def _picture(self, camera: Camera, points: np.ndarray) -> tuple[passes.Channels, Window]:
        """Render the part of the picture that shows the asset, and nothing of the rest."""
        window = window_around(camera, points)
        render_picture(self._scene, self._camera, camera, self._file, window=window)
        # Only the view layer's update makes the camera's matrix the one that was rendered.
        held = read_camera(self._camera, camera.width, camera.height)
        far = np.abs(project(held, points[:64])[0] - project(camera, points[:64])[0]).max()
        if not far < _CAMERA_PX:
            raise RuntimeError(f"Blender's camera is {far:.3g} px beside the one that was drawn")
        channels = read_exr(self._file)
        expected = (window.bottom - window.top, window.right - window.left)
        if any(plane.shape != expected for plane in channels.values()):
            raise RuntimeError("Blender has rendered another part of the picture")
        return channels, window

    def _record(
        self, source: AssetSource, asset: LoadedAsset, views: list[ViewRecord]
    ) -> AssetRecord:
        return AssetRecord(
            id=source.id,
            recipe=self.recipe,
            source=source.record(),
            category=source.category,
            labels=tuple(source.extra.get("labels", ())),
            centre=asset.centre,
            scale=asset.scale,
            unit=asset.unit,
            objects=asset.records,
            report=asset.report,
            views=tuple(views),
        )


@dataclass(frozen=True, eq=False)
class _DrawnView:
    shot: Shot
    lighting: Any
    seed: int


def _renderer(recipe: Recipe) -> AssetRenderer:
    current = _STATE.get("renderer")
    if current is not None and (current.recipe, current.device) == (recipe, device_in_use()):
        return current
    close_renderer()
    # Another file takes the scene with it, and nothing is left to put back.
    bpy.app.handlers.load_pre.append(_forget)
    _STATE["renderer"] = AssetRenderer(recipe)
    return _STATE["renderer"]


def _drop() -> None:
    if (renderer := _STATE.pop("renderer", None)) is not None:
        renderer.close()


@bpy.app.handlers.persistent
def _forget(*_: Any) -> None:
    # It stays in the list: Blender goes through it right now.
    _drop()


_STATE: dict[str, AssetRenderer] = {}
