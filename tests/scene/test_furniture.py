"""The furniture source as Blender objects."""

from __future__ import annotations

import importlib

import bpy
import numpy as np
import pytest

CATEGORIES = ("table", "chair", "bookshelf", "bed", "sofa")


@pytest.fixture
def furniture(maquette_package):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return importlib.import_module(maquette_package.__name__ + ".scene.furniture")


@pytest.fixture
def shapes(maquette_package):
    return importlib.import_module(maquette_package.__name__ + ".core.furniture.shapes")


@pytest.fixture
def primitives(maquette_package):
    return importlib.import_module(maquette_package.__name__ + ".core.furniture.primitives")


def _vertices(mesh):
    values = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", values)
    return values.reshape(-1, 3)


@pytest.mark.parametrize("category", CATEGORIES)
def test_mesh_agrees_with_the_piece(furniture, shapes, primitives, category):
    piece = shapes.draw_piece(category, 7)
    obj = furniture.build_piece(piece, bpy.context.scene.collection)
    low, high = primitives.bounds(piece)
    vertices = _vertices(obj.data)
    assert np.abs(vertices.min(axis=0) - low).max() < 1e-3
    assert np.abs(vertices.max(axis=0) - high).max() < 1e-3
    assert not obj.data.validate(verbose=True)  # True would mean that it had to mend something
    assert len(obj.data.materials) == len(piece.materials)
    slots = np.empty(len(obj.data.polygons), dtype=np.int32)
    obj.data.polygons.foreach_get("material_index", slots)
    assert set(slots.tolist()) == {p.material for p in piece.primitives}


def test_normalised_pieces_fit_the_unit_cube(furniture, shapes):
    obj = furniture.build_piece(
        shapes.draw_piece("sofa", 3), bpy.context.scene.collection, normalised=True
    )
    vertices = _vertices(obj.data)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    assert (high - low).max() == pytest.approx(0.95, abs=2e-3)
    assert low + high == pytest.approx(np.zeros(3), abs=2e-3)


def test_custom_normals_are_the_exact_ones(furniture, primitives, maquette_package):
    tessellation = importlib.import_module(maquette_package.__name__ + ".core.furniture.tessellate")
    box = primitives.Box((0, 0, 0.3), (0.4, 0.3, 0.3), 0.05)
    piece = primitives.Piece("table", 0, (box,))
    obj = furniture.build_piece(piece, bpy.context.scene.collection)
    mesh = obj.data
    corner = np.empty(3 * len(mesh.loops), dtype=np.float32)
    mesh.corner_normals.foreach_get("vector", corner)
    index = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.loops.foreach_get("vertex_index", index)
    exact = tessellation.tessellate(piece).normals[index]
    assert np.einsum("ij,ij->i", corner.reshape(-1, 3), exact).min() > 0.9995


def test_materials_carry_colour_and_pattern(furniture, primitives):
    wood = primitives.Material((0.4, 0.2, 0.1), "wood", 0.4, 0.5)
    plain = primitives.Material((0.1, 0.2, 0.3), roughness=0.25, metallic=1.0)
    grained = furniture.build_material("wood", wood)
    painted = furniture.build_material("paint", plain)
    bsdf = painted.node_tree.nodes["Principled BSDF"]
    assert bsdf.inputs["Base Color"].default_value[:3] == pytest.approx((0.1, 0.2, 0.3))
    assert bsdf.inputs["Roughness"].default_value == pytest.approx(0.25)
    assert bsdf.inputs["Metallic"].default_value == pytest.approx(1.0)
    assert not bsdf.inputs["Base Color"].is_linked
    grain = grained.node_tree.nodes["Principled BSDF"].inputs["Base Color"]
    assert grain.is_linked
    names = [n.attribute_name for n in grained.node_tree.nodes if n.type == "ATTRIBUTE"]
    assert names == [furniture.GRAIN_ATTRIBUTE]
    unknown = primitives.Material((0.4, 0.2, 0.1), "chintz", 0.4)
    assert len(furniture.build_material("c", unknown).node_tree.nodes) == 2


def _picture(render, camera, path, *, samples=8):
    settings = render.RenderSettings(samples=samples, bounces=2, threads=1)
    render.render_pictures(bpy.context.scene, [camera], [path], settings)
    return render.read_png(path).astype(float) / 255


def test_patterns_keep_the_mean_colour_and_the_mask(
    furniture, primitives, maquette_package, tmp_path
):
    """Colour labels of the source hold for the pictures, and glass is no hole in the mask."""
    part = maquette_package.__name__
    render, rigs, cameras, lights, colour = (
        importlib.import_module(f"{part}.{name}")
        for name in ("scene.render", "scene.rigs", "core.cameras", "core.light_rigs", "core.colour")
    )
    lighting = rigs.LightingObjects(bpy.context.scene)
    key = lights.Light("key", (-0.4, -0.5, 0.77), 0.6, 40.0, (1.0, 1.0, 1.0))
    lighting.apply(lights.Lighting(0.5, (key,)))
    pose = cameras.orbit(30.0, 35.0, 4.0, np.array([0.0, 0.0, 0.3]))
    camera = cameras.Camera(pose, cameras.intrinsics_from_fov(18.0, 64, 64), 64, 64)
    means, masks = {}, {}
    for pattern in ("plain", "wood", "fabric", "leather", "painted", "metal", "marble", "glass"):
        clear = 0.9 if pattern == "glass" else 0.0
        surface = primitives.Material((0.4, 0.25, 0.15), pattern, 0.3, 0.6, 0.0, clear)
        box = primitives.Box((0.0, 0.0, 0.3), (0.4, 0.3, 0.3), 0.02)
        piece = primitives.Piece("table", 3, (box,), (surface,))
        obj = furniture.build_piece(piece, bpy.context.scene.collection)
        rgba = _picture(render, camera, tmp_path / f"{pattern}.png")
        furniture.remove_piece(obj)
        solid = rgba[..., 3] > 0.99
        means[pattern] = colour.srgb_to_linear(rgba[solid][:, :3]).mean(axis=0)
        masks[pattern] = rgba[..., 3]
    lighting.remove()
    assert masks["plain"].sum() > 500
    for pattern, mean in means.items():
        assert np.abs(masks[pattern] - masks["plain"]).max() < 0.15, pattern
        if pattern != "glass":
            assert mean == pytest.approx(means["plain"], rel=0.25), pattern
    assert means["glass"].min() > 0.02  # few bounces do not turn it black


def test_removed_pieces_leave_nothing(furniture, shapes):
    stores = (bpy.data.objects, bpy.data.meshes, bpy.data.materials)
    before = [len(store) for store in stores]
    for seed in range(30):
        piece = shapes.draw_piece(CATEGORIES[seed % 5], seed)
        furniture.remove_piece(furniture.build_piece(piece, bpy.context.scene.collection))
    assert [len(store) for store in stores] == before
