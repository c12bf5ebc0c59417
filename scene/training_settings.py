"""What a person chooses for training views; stored in the scene as ``scene.maquette.training``."""

# Blender reads the annotations of a PropertyGroup as values, so they must not be strings:
# no "from __future__ import annotations" here.

import bpy
from bpy.props import (
    CollectionProperty,
    EnumProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..core.upscalers import SCALES
from . import camera_settings, light_settings, spread_settings
from .camera_settings import MAQUETTE_PG_camera_rig
from .compat import RELATIVE_PATH
from .light_settings import MAQUETTE_PG_light_rig

_SOURCES = (
    ("SELECTED", "Selected", "The selected objects, together, as one asset"),
    ("COLLECTION", "Collection", "Everything in a collection, as one asset"),
    ("FOLDER", "Folder", "Every model file in a folder, each as one asset"),
)
_PASSES = (
    ("depth", "Depth", "Distance along the viewing direction"),
    ("normal_world", "Normal", "Surface direction in world axes"),
    ("normal_camera", "Camera Normal", "Surface direction in camera axes"),
    ("position", "Position", "Place in the world"),
    ("albedo", "Albedo", "Base colour without light"),
    ("mask", "Mask", "Where the object is"),
    ("object_index", "Objects", "A number for every object"),
    ("material_index", "Materials", "A number for every material"),
    ("roughness", "Roughness", "How rough the surface is"),
    ("metallic", "Metallic", "Whether the surface is metal"),
)
_FORMATS = (
    ("openlrm", "OpenLRM", "What OpenLRM's training code reads"),
    ("zero123", "Zero123", "What Zero123's training code reads"),
    ("nerf", "NeRF", "transforms_train.json and its like"),
    ("ngp", "Instant NGP", "transforms.json of instant-ngp"),
    ("colmap", "COLMAP", "COLMAP's text model with points"),
    ("bop", "BOP", "Scenes of the 6D pose benchmark"),
    ("coco", "COCO", "Boxes and outlines of objects"),
    ("webdataset", "WebDataset", "Shards of tar files"),
)
_UPSCALE = (
    ("NONE", "None", "The pictures as they were rendered", "NONE", 0),
    *(
        (f"X{s}", f"{s}x", f"Also a data set {s} times as wide and as high", "NONE", s)
        for s in SCALES
    ),
)
_ENGINES = (
    ("cycles", "Cycles", "Path tracing; the same pictures on every machine"),
    ("eevee", "EEVEE", "Faster and plainer; needs a graphics card"),
)
_DEVICES = (
    ("CPU", "CPU", "The processor"),
    ("CUDA", "CUDA", "NVIDIA graphics cards"),
    ("OPTIX", "OptiX", "NVIDIA graphics cards with ray tracing"),
    ("HIP", "HIP", "AMD graphics cards"),
    ("METAL", "Metal", "Apple's graphics cards"),
    ("ONEAPI", "oneAPI", "Intel's graphics cards"),
)


class MAQUETTE_PG_subject(bpy.types.PropertyGroup):
    """One of the objects that a rig is shown around."""

    object: PointerProperty(type=bpy.types.Object)


class MAQUETTE_PG_training(bpy.types.PropertyGroup):
    """Settings of the panel Training Views."""

    rig: StringProperty(
        name="Cameras", description="The preset that places the cameras", default="turntable"
    )
    light: StringProperty(
        name="Light", description="The preset that lights the object", default="studio"
    )
    quality: StringProperty(
        name="Quality", description="How much work a picture is worth", default="normal"
    )
    cameras: PointerProperty(type=MAQUETTE_PG_camera_rig)
    lights: PointerProperty(type=MAQUETTE_PG_light_rig)
    views: IntProperty(
        name="Views",
        description="Pictures of each asset; 0 takes as many as the rig says",
        default=0,
        min=0,
        soft_max=200,
        max=10000,
    )
    resolution: IntProperty(
        name="Resolution",
        description="Edge of the pictures in pixels",
        default=512,
        min=16,
        soft_max=2048,
        max=16384,
        subtype="PIXEL",
    )
    source: EnumProperty(name="Source", description="What is rendered", items=_SOURCES)
    collection: PointerProperty(
        name="Collection", description="The collection to render", type=bpy.types.Collection
    )
    folder: StringProperty(
        name="Folder",
        description="The folder whose model files are rendered",
        subtype="DIR_PATH",
        options=RELATIVE_PATH,
    )
    passes: EnumProperty(
        name="Passes",
        description="What is written beside the pictures",
        items=_PASSES,
        options={"ENUM_FLAG"},
        default={"depth", "normal_world", "mask"},
    )
    formats: EnumProperty(
        name="Formats",
        description="Training formats to write from the same pictures",
        items=_FORMATS,
        options={"ENUM_FLAG"},
        default=set(),
    )
    output: StringProperty(
        name="Output",
        description="Folder of the data set",
        default="//training-views",
        subtype="DIR_PATH",
        options=RELATIVE_PATH,
    )
    engine: EnumProperty(name="Engine", description="What renders", items=_ENGINES)
    device: EnumProperty(name="Device", description="Where Cycles renders", items=_DEVICES)
    workers: IntProperty(
        name="Workers", description="Blender processes at a time", default=1, min=1, max=256
    )
    seed: IntProperty(
        name="Seed", description="Another seed draws other cameras and lights", default=0, min=0
    )
    upscale: EnumProperty(
        name="Upscale",
        description="Also make a data set of enlarged pictures, with the network for renders",
        items=_UPSCALE,
    )
    # The rig that is shown in the scene; see ``rig_objects``.
    rig_collection: PointerProperty(type=bpy.types.Collection)
    rig_subjects: CollectionProperty(type=MAQUETTE_PG_subject)
    rig_asset: StringProperty()
    rig_world: PointerProperty(type=bpy.types.World)
    former_world: PointerProperty(type=bpy.types.World)


CLASSES = (
    *spread_settings.CLASSES,
    *camera_settings.CLASSES,
    *light_settings.CLASSES,
    MAQUETTE_PG_subject,
    MAQUETTE_PG_training,
)
