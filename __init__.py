"""Maquette: pictures to meshes, and scenes to training sets.

The folder that holds this file is a Blender extension and, installed with pip,
the Python package ``maquette``. Importing it does not need Blender.
"""


def register() -> None:
    """Add Maquette's operators, panels and settings to the running Blender."""
    from . import registration

    registration.register()


def unregister() -> None:
    """Remove everything that :func:`register` added."""
    from . import registration

    registration.unregister()
