"""A grey card in the middle of every light rig, rendered."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Vector

SIZE = (12, 12)
# Of 255 in the picture; noise, 8 bits and the measured map's pixels all are below it.
TOLERANCE = 2.0
SEEDS = (0, 1)

PRESETS = Path(__file__).resolve().parents[2] / "render_presets" / "lights"
CALIBRATED = sorted(p.stem for p in PRESETS.glob("*.toml") if p.stem != "reference")


@pytest.fixture
def studio(part, tmp_path):
    """Gives the luminance, of 255, that a grey card shows from a side of the middle."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene, calibration = bpy.context.scene, part("core.calibration")
    cameras, render, rigs = part("core.cameras"), part("scene.render"), part("scene.rigs")
    mesh = bpy.data.meshes.new("card")
    mesh.from_pydata([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)], [], [(0, 1, 2, 3)])
    card = bpy.data.objects.new("card", mesh)
    scene.collection.objects.link(card)
    material = bpy.data.materials.new("card")
    tree = part("scene.compat").node_tree(material)
    tree.nodes.clear()
    diffuse = tree.nodes.new("ShaderNodeBsdfDiffuse")
    diffuse.inputs["Color"].default_value = (*[calibration.ALBEDO] * 3, 1.0)
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(diffuse.outputs[0], output.inputs["Surface"])
    mesh.materials.append(material)
    lighting = rigs.LightingObjects(scene)
    settings = render.RenderSettings(samples=256, bounces=1, threads=1)
    intrinsics = cameras.intrinsics_from_fov(10.0, *SIZE)

    def reading(lights, azimuth_deg, elevation_deg=0.0):
        lighting.apply(lights)
        normal = Vector(cameras.orbit_direction(azimuth_deg, elevation_deg))
        card.rotation_mode = "QUATERNION"
        card.rotation_quaternion = normal.to_track_quat("-Y", "Z")
        pose = cameras.orbit(azimuth_deg, elevation_deg, 3.0, np.zeros(3))
        camera, path = cameras.Camera(pose, intrinsics, *SIZE), tmp_path / "card.png"
        render.render_pictures(scene, [camera], [path], settings)
        colour = render.read_png(path)[..., :3].mean(axis=(0, 1)) / 255
        linear = np.where(colour > 0.04045, ((colour + 0.055) / 1.055) ** 2.4, colour / 12.92)
        return float(linear @ part("core.environments").LUMINANCE)

    yield reading
    lighting.remove()


def _srgb_255(part, linear):
    return 255 * float(part("core.colour").linear_to_srgb(np.array([linear]))[0])


@pytest.mark.parametrize("name", CALIBRATED)
def test_the_card_reads_mid_grey(part, studio, name):
    rig = part("core.presets").load_light_rig(name)
    Card, rigs = part("core.rigs").Card, part("core.rigs")
    assert rig.card is not Card.NONE
    for seed in SEEDS if rig.per_asset else SEEDS[:1]:
        lighting = rigs.draw_lighting(rig, 0.0, np.random.default_rng(seed))
        sides = [0] if rig.card is Card.FRONT else [0, 90, 180, 270]
        linear = [studio(lighting, side) for side in sides]
        seen = _srgb_255(part, sum(linear) / len(linear))
        assert seen == pytest.approx(part("core.calibration").SRGB_255, abs=TOLERANCE)
        # Each side alone is as the model of the card says, and none is black.
        for value in linear:
            assert 0.05 < value < 0.5


def test_lights_of_the_camera_keep_the_card_grey_wherever_it_stands(part, studio):
    rigs, presets = part("core.rigs"), part("core.presets")
    for name, azimuth, elevation in [("softbox", 130.0, 0.0), ("headlight", -70.0, 50.0)]:
        lighting = rigs.draw_lighting(
            presets.load_light_rig(name),
            azimuth,
            np.random.default_rng(0),
            camera_elevation_deg=elevation,
        )
        seen = _srgb_255(part, studio(lighting, azimuth, elevation))
        assert seen == pytest.approx(part("core.calibration").SRGB_255, abs=TOLERANCE)


def test_a_picture_of_the_surroundings_is_turned_and_measured_as_it_is_rendered(
    part, studio, tmp_path
):
    """A map with one bright quarter, as a file: the side that faces it is lit."""
    rigs, light_rigs = part("core.rigs"), part("core.light_rigs")
    surroundings = part("scene.surroundings")
    picture = np.full((32, 64, 3), 0.1, dtype=np.float32)
    # Azimuth 0 is at three quarters of the width.
    picture[8:24, 40:56] = (4.0, 3.0, 2.0)
    channels = {name: picture[..., number].copy() for number, name in enumerate("RGB")}
    path = str(tmp_path / "map.exr")
    Path(path).write_bytes(part("core.exr").encode_exr(channels))
    read = surroundings.read_map(path)
    assert read.shape == (32, 64, 3)
    assert np.allclose(read, picture, rtol=1e-3)
    turn = rigs.Spread(90.0, 90.0)
    around = rigs.EnvironmentSpec("file", turn, rigs.Spread(1.0, 1.0), path)
    none = rigs.Spread(0.0, 0.0)
    rig = rigs.LightRig("mine", "Mine", none, (), card=rigs.Card.ROUND, environment=around)
    lighting = rigs.draw_lighting(rig, 0.0, np.random.default_rng(0), read_map=read_map_of(part))
    seen = {side: studio(lighting, side) for side in (0, 90, 180, 270)}
    assert max(seen, key=seen.get) == 90
    for side, value in seen.items():
        normal = part("core.cameras").orbit_direction(side, 0.0)
        turned = part("core.environments").turned_map(read, 90.0)
        expected = 0.18 * part("core.calibration").map_reading(normal, turned)
        assert value == pytest.approx(expected * lighting.environment.strength, rel=0.05)
    assert sum(seen.values()) / 4 == pytest.approx(0.18, rel=0.03)
    with pytest.raises(ValueError, match="reader"):
        light_rigs.draw_lighting(rig, 0.0, np.random.default_rng(0))


def read_map_of(part):
    return part("scene.surroundings").read_map


def test_surroundings_follow_each_other_while_data_is_kept(part, studio, tmp_path):
    """Cycles knows pictures by where they lie in memory, and a new one may lie where one was."""
    rigs, render = part("core.rigs"), part("scene.render")
    cameras, environments = part("core.cameras"), part("core.environments")
    none, one = rigs.Spread(0.0, 0.0), rigs.Spread(1.0, 1.0)
    rig = rigs.LightRig(
        "mine", "Mine", none, (), environment=rigs.EnvironmentSpec("sky", rigs.Spread(0, 360), one)
    )
    scene = bpy.context.scene
    lighting = part("scene.rigs").LightingObjects(scene)
    pose = cameras.orbit(0.0, 0.0, 3.0, np.zeros(3))
    camera = cameras.Camera(pose, cameras.intrinsics_from_fov(10.0, *SIZE), *SIZE)
    settings = render.RenderSettings(samples=128, bounces=1, threads=1)
    front = cameras.orbit_direction(0.0, 0.0)
    with render.rendering(scene, settings) as camera_object:
        for seed in range(6):
            drawn = rigs.draw_lighting(rig, 0.0, np.random.default_rng(seed))
            lighting.apply(drawn)
            render.render_picture(scene, camera_object, camera, tmp_path / "card.png")
            colour = render.read_png(tmp_path / "card.png")[..., :3].mean(axis=(0, 1)) / 255
            linear = ((colour + 0.055) / 1.055) ** 2.4
            around = drawn.environment
            picture = environments.turned_map(around.picture(), around.rotation_deg)
            expected = 0.18 * part("core.calibration").map_reading(front, picture)
            seen = float(linear @ environments.LUMINANCE)
            assert seen == pytest.approx(expected, rel=0.06), seed
    lighting.remove()
