"""Rigs of all kinds for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from maquette.core.rigs import (
    CameraRig,
    Card,
    EnvironmentSpec,
    LightRig,
    LightSpec,
    ListedView,
    Placement,
    Spread,
)

words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Finite numbers in a range, without negative zero."""
    return st.floats(low, high).map(lambda value: value + 0.0)


@st.composite
def spreads(draw: st.DrawFn, low: float, high: float) -> Spread:
    """Fixed, even and peaked ones."""
    ends = sorted(draw(st.lists(numbers(low, high), min_size=1, max_size=3)))
    return Spread(ends[0], ends[-1], ends[1] if len(ends) == 3 else None)


def fixed_spreads(low: float, high: float) -> st.SearchStrategy[Spread]:
    """Those of one number."""
    return numbers(low, high).map(lambda value: Spread(value, value))


views = st.builds(
    ListedView,
    azimuth_deg=numbers(-360, 360),
    elevation_deg=numbers(-90, 90),
    roll_deg=numbers(-180, 180),
    fov_deg=st.none() | numbers(5, 120),
    fill=st.none() | numbers(0.1, 1.0),
    offset=st.none() | st.tuples(*[numbers(-0.3, 0.3)] * 3),
)


@st.composite
def camera_rigs(draw: st.DrawFn) -> CameraRig:
    """Every placement and projection, with and without a shared distance."""
    placement = draw(st.sampled_from(list(Placement)))
    shared = placement not in (Placement.RANDOM, Placement.SHELL) and draw(st.booleans())
    kind = fixed_spreads if shared else spreads
    listed = placement is Placement.LISTED
    return CameraRig(
        name="mine",
        title=draw(words),
        azimuth_deg=draw(spreads(-360, 360)),
        elevation_deg=draw((kind if placement is Placement.EVEN else spreads)(-90, 90)),
        fov_deg=draw(kind(5, 120)),
        fill=draw(kind(0.1, 1.0)),
        offset=draw(kind(-0.2, 0.2)),
        views=draw(st.integers(1, 40)),
        placement=placement,
        rings_deg=tuple(draw(st.lists(numbers(-90, 90), min_size=1, max_size=4)))
        if placement is Placement.RINGS
        else (),
        listed=tuple(draw(st.lists(views, min_size=1, max_size=4))) if listed else (),
        projection=draw(st.sampled_from(["perspective", "orthographic"])),
        shared_distance=shared,
        front_first=draw(st.booleans()),
        turned=draw(st.booleans()),
    )


lights = st.builds(
    LightSpec,
    name=words,
    frame=st.sampled_from(["object", "camera", "view"]),
    azimuth_deg=spreads(-360, 360),
    elevation_deg=spreads(-90, 90),
    strength=spreads(0, 10),
    softness_deg=spreads(0, 180),
    warmth=spreads(-1, 1),
    probability=numbers(0, 1),
)
environments = st.builds(
    EnvironmentSpec,
    map=st.sampled_from(["sky", "studio"]),
    rotation_deg=spreads(-360, 360),
    strength=spreads(0.1, 10),
) | st.builds(
    EnvironmentSpec,
    map=st.just("file"),
    rotation_deg=spreads(-360, 360),
    strength=spreads(0.1, 10),
    path=words,
)


@st.composite
def light_rigs(draw: st.DrawFn) -> LightRig:
    """With and without surroundings, calibrated, exposed or neither."""
    card = draw(st.sampled_from(list(Card)))
    return LightRig(
        name="mine",
        title=draw(words),
        world=draw(spreads(0.01, 10)),
        lights=tuple(draw(st.lists(lights, max_size=4))),
        exposure=draw(st.none() | spreads(0.1, 3)) if card is Card.NONE else None,
        card=card,
        environment=draw(st.none() | environments),
        per_asset=draw(st.booleans()),
    )


coordinates = st.floats(-0.5, 0.5)
clouds = st.lists(st.tuples(coordinates, coordinates, coordinates), min_size=4, max_size=30)
