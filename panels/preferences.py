"""The extension's preferences."""

# Preferences are annotations that Blender reads as values: no postponed evaluation.

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..core.backend_env import Compute
from ..core.service_view import ServiceState
from ..core.session import SESSION
from .backend import PACKAGE, draw_install, draw_service


class MAQUETTE_AP_preferences(bpy.types.AddonPreferences):
    """Where the service lives and how it is installed"""

    bl_idname = PACKAGE

    compute: EnumProperty(
        name="Backend for",
        items=(
            (Compute.CPU.value, "CPU", "Works everywhere; about 1.5 GB"),
            (Compute.CUDA.value, "CUDA", "For NVIDIA GPUs; about 6 GB"),
        ),
        description="The processor for which the backend is installed",
    )
    backend_python: StringProperty(
        name="Backend Python",
        description="A Python with maquette[backend] to use in place of the installed one",
        subtype="FILE_PATH",
    )
    home: StringProperty(
        name="Home",
        description="Folder of the service's jobs, logs and weights; empty for the usual one",
        subtype="DIR_PATH",
    )
    checkpoints: StringProperty(
        name="Checkpoints",
        description="Folder with weights of released models that were fetched by other means, "
        "for machines without a network. Takes effect when the service starts",
        subtype="DIR_PATH",
    )
    compile_networks: BoolProperty(
        name="Compile Networks",
        description="Compile the networks of released models. The first mesh of each takes "
        "some 20 seconds longer on a processor, later ones a little less. Needs a C++ compiler, on "
        "a graphics card also Triton. Takes effect when the service starts",
        default=False,
    )
    package_index: StringProperty(
        name="Package Index",
        description="Where packages come from when the backend is installed; empty for PyPI",
    )
    idle_minutes: IntProperty(
        name="Minutes Until Idle Stop",
        description="Minutes without work after which the service ends by itself",
        default=30,
        min=1,
        max=24 * 60,
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Settings, then the service's state."""
        layout = self.layout
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(self, "backend_python")
        column.prop(self, "home")
        column.prop(self, "checkpoints")
        column.prop(self, "compile_networks")
        column.prop(self, "package_index")
        column.prop(self, "idle_minutes")
        box = layout.box()
        draw_service(box, context)
        box.operator("maquette.check_service", icon="LINKED")
        draw_install(box, context)
        if SESSION.service.state is not ServiceState.NOT_INSTALLED and not SESSION.install.running:
            row = box.row(align=True)
            row.prop(self, "compute", expand=True)
            row.operator("maquette.install_backend", text="Install Again", icon="IMPORT")


CLASSES = (MAQUETTE_AP_preferences,)
