"""Camera rigs: where cameras stand around an object, and drawing one of them.

A rig says directions, optics and how much of the frame the object fills. The distance is solved
from these for every object, so that nothing is cropped and nothing is small, whatever its shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import placements
from .cameras import (
    ORTHOGRAPHIC,
    PERSPECTIVE,
    Camera,
    intrinsics_from_fov,
    intrinsics_from_scale,
    look_at,
    orbit_direction,
    rolled,
    solve_distance,
    solve_scale,
)
from .placements import DRAWN, PlaceFunction, Placement
from .spread import Spread


@dataclass(frozen=True)
class ListedView:
    """One view of a rig that lists its views.

    Attributes:
        azimuth_deg, elevation_deg: as in ``core.cameras.orbit_direction``.
        roll_deg: as in ``core.cameras.rolled``.
        fov_deg, fill: in place of the rig's.
        offset: (3,), in place of the rig's, along the world's axes.
    """

    azimuth_deg: float
    elevation_deg: float
    roll_deg: float = 0.0
    fov_deg: float | None = None
    fill: float | None = None
    offset: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class CameraRig:
    """Where cameras stand around an object.

    Attributes:
        name, title: file stem, and name for a person.
        azimuth_deg, elevation_deg: as in ``core.cameras.orbit_direction``.
        fov_deg: vertical; without meaning to orthographic cameras.
        fill: see ``core.cameras.solve_distance``.
        offset: of the point looked at from the middle of the object's bounding box, per axis,
            in longest edges of that box.
        views: how many pictures the rig takes unless asked otherwise.
        placement: how the views are spread.
        rings_deg: elevations, for rings.
        listed: the views of a rig that lists them; view n takes entry n modulo their number.
        projection: of ``core.cameras``.
        shared_distance: all views keep the same distance (or scale), the one at which the view
            that needs most room fills the frame as asked; the others fill less.
        front_first: view 0 stands in front at eye level, whatever the placement.
        turned: the whole arrangement is turned for every asset; see :func:`draw_phase`.
        place: a placement that somebody else programmed; it wins over ``placement``.
    """

    name: str
    title: str
    azimuth_deg: Spread
    elevation_deg: Spread
    fov_deg: Spread
    fill: Spread
    offset: Spread
    views: int = 1
    placement: Placement = Placement.RANDOM
    rings_deg: tuple[float, ...] = ()
    listed: tuple[ListedView, ...] = ()
    projection: str = PERSPECTIVE
    shared_distance: bool = False
    front_first: bool = False
    turned: bool = False
    place: PlaceFunction | None = None


@dataclass(frozen=True, eq=False)
class Shot:
    """A drawn camera with the numbers it was made from.

    Attributes:
        azimuth_deg, elevation_deg, distance: of the camera around ``target`` (world units).
        fov_deg: vertical; 0 for an orthographic camera.
        fill: share of the frame that the object reaches, at most where the distance is shared.
    """

    camera: Camera
    azimuth_deg: float
    elevation_deg: float
    distance: float
    target: tuple[float, float, float]
    fov_deg: float
    fill: float

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict, the camera flattened into it."""
        return {
            **self.camera.to_json(),
            "azimuth_deg": self.azimuth_deg,
            "elevation_deg": self.elevation_deg,
            "distance": self.distance,
            "target": list(self.target),
            "fov_deg": self.fov_deg,
            "fill": self.fill,
        }


@dataclass(frozen=True, eq=False)
class _Aim:
    """A view before its distance: everything that is drawn."""

    azimuth_deg: float
    elevation_deg: float
    roll_deg: float
    fov_deg: float
    fill: float
    target: np.ndarray

    @property
    def direction(self) -> np.ndarray:
        return orbit_direction(self.azimuth_deg, self.elevation_deg)


def draw_phase(rig: CameraRig, rng: np.random.Generator) -> tuple[float, float]:
    """Draw by how much an asset's arrangement is turned; (0, 0) when the rig turns nothing.

    Args:
        rng: the asset's own generator; all its views get the phase drawn from it.
    """
    azimuth, height = rng.random(2).tolist()
    return (azimuth, height) if rig.turned else (0.0, 0.0)


def draw_shot(
    rig: CameraRig,
    points: np.ndarray,
    size: tuple[int, int],
    rng: np.random.Generator,
    *,
    view: int = 0,
    views: int = 1,
    phase: tuple[float, float] = (0.0, 0.0),
    reach: float | None = None,
) -> Shot:
    """Draw one camera that sees all points.

    Args:
        points: (N, 3), world; vertices of the object, or corners around it.
        size: (width, height) of the picture, pixels.
        view, views: number of this picture and of all pictures; they matter to rigs that do not
            draw their directions.
        phase: what :func:`draw_phase` drew for this asset.
        reach: what :func:`shared_reach` returned for the same points and views, to save working
            it out again for every view.
    """
    aim = _draw_aim(rig, points, rng, view, views, phase)
    if rig.shared_distance and reach is None:
        reach = shared_reach(rig, points, size, views=views, phase=phase)
    if rig.projection == ORTHOGRAPHIC:
        scale = _solve(rig, aim, points, size) if reach is None else reach
        intrinsics = intrinsics_from_scale(scale, *size)
        # Any place before the object gives the same picture.
        distance = 2.0 * float(np.linalg.norm(points - aim.target, axis=1).max())
    else:
        intrinsics = intrinsics_from_fov(aim.fov_deg, *size)
        distance = _solve(rig, aim, points, size) if reach is None else reach
    pose = look_at(aim.target + distance * aim.direction, aim.target)
    if aim.roll_deg:
        pose = rolled(pose, aim.roll_deg)
    camera = Camera(pose, intrinsics, *size, rig.projection)
    x, y, z = aim.target.tolist()
    fov = 0.0 if camera.orthographic else aim.fov_deg
    return Shot(camera, aim.azimuth_deg, aim.elevation_deg, distance, (x, y, z), fov, aim.fill)


def shared_reach(
    rig: CameraRig,
    points: np.ndarray,
    size: tuple[int, int],
    *,
    views: int,
    phase: tuple[float, float] = (0.0, 0.0),
) -> float | None:
    """Return what all views of a rig with a shared distance have in common.

    The largest of the views' distances in world units, or of orthographic cameras the smallest
    of their scales in pixels per unit; None for a rig that shares nothing.
    """
    if not rig.shared_distance:
        return None
    # Nothing is drawn by such a rig, so any generator does.
    rng = np.random.default_rng(0)
    aims = [_draw_aim(rig, points, rng, view, views, phase) for view in range(views)]
    solved = [_solve(rig, aim, points, size) for aim in aims]
    return min(solved) if rig.projection == ORTHOGRAPHIC else max(solved)


def why_not_shared(rig: CameraRig) -> str:
    """Say what keeps a rig's views from sharing a distance; "" when nothing does.

    Each view is made by itself, so all must follow from their numbers.
    """
    spreads = {"fov_deg": rig.fov_deg, "fill": rig.fill, "offset": rig.offset}
    if rig.placement is Placement.EVEN:  # which draws its height
        spreads["elevation_deg"] = rig.elevation_deg
    loose = [name for name, spread in spreads.items() if not spread.fixed]
    if rig.placement in DRAWN or rig.place is not None:
        loose.append("the placement")
    return " and ".join(loose)


def _solve(rig: CameraRig, aim: _Aim, points: np.ndarray, size: tuple[int, int]) -> float:
    if rig.projection == ORTHOGRAPHIC:
        return solve_scale(
            points, aim.direction, aim.target, size=size, fill=aim.fill, roll_deg=aim.roll_deg
        )
    return solve_distance(
        points,
        aim.direction,
        aim.target,
        intrinsics=intrinsics_from_fov(aim.fov_deg, *size),
        size=size,
        fill=aim.fill,
        roll_deg=aim.roll_deg,
    )


def _draw_aim(
    rig: CameraRig,
    points: np.ndarray,
    rng: np.random.Generator,
    view: int,
    views: int,
    phase: tuple[float, float],
) -> _Aim:
    # Every rig takes the same draws in the same order, whether it needs them or not.
    azimuth, elevation = rig.azimuth_deg.draw(rng), rig.elevation_deg.draw(rng)
    fov, fill = rig.fov_deg.draw(rng), rig.fill.draw(rng)
    offset = np.array([rig.offset.draw(rng) for _ in range(3)])
    roll = 0.0
    azimuth, elevation = _placed(rig, (azimuth, elevation), rng, view, views, phase)
    if rig.front_first and view == 0:
        azimuth = elevation = 0.0
    elif rig.listed and rig.place is None:
        entry = rig.listed[view % len(rig.listed)]
        azimuth, elevation, roll = entry.azimuth_deg, entry.elevation_deg, entry.roll_deg
        fov = fov if entry.fov_deg is None else entry.fov_deg
        fill = fill if entry.fill is None else entry.fill
        offset = offset if entry.offset is None else np.array(entry.offset)
    low, high = points.min(axis=0), points.max(axis=0)
    target = (low + high) / 2 + offset * (high - low).max()
    return _Aim(azimuth, elevation, roll, fov, fill, target)


def _placed(
    rig: CameraRig,
    drawn: tuple[float, float],
    rng: np.random.Generator,
    view: int,
    views: int,
    phase: tuple[float, float],
) -> tuple[float, float]:
    """Azimuth and elevation, degrees; ``drawn`` are those that were drawn from their ranges."""
    azimuth, elevation = drawn
    if rig.place is not None:
        return rig.place(view, views, rng)
    ranges = (rig.azimuth_deg, rig.elevation_deg)
    match rig.placement:
        case Placement.EVEN:
            azimuth = placements.even(rig.azimuth_deg, view, views) + phase[0] * 360.0
        case Placement.RINGS:
            azimuth, elevation = placements.ring(rig.azimuth_deg, rig.rings_deg, view, views)
            azimuth += phase[0] * 360.0
        case Placement.SHELL:
            band = rig.elevation_deg
            share = 0.0 if band.fixed else (elevation - band.low) / (band.high - band.low)
            elevation = placements.on_sphere(band, share)
        case Placement.FIBONACCI:
            azimuth, elevation = placements.fibonacci(*ranges, view, views, phase)
        case Placement.HAMMERSLEY:
            azimuth, elevation = placements.hammersley(*ranges, view, views, phase)
    return azimuth, elevation
