"""A second Blender on the same service: ``other_blender.py import|die PICTURE``.

``import`` waits for its mesh and prints what it has; ``die`` ends without a word as soon
as its job is with the service.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(mode: str, picture: str) -> None:
    """Click, then wait or die."""
    home = os.environ["MAQUETTE_HOME"]
    import conftest  # sets folders of its own, and MAQUETTE_HOME, before bpy is imported

    os.environ["MAQUETTE_HOME"] = home
    import bpy

    bpy.ops.extensions.package_install_files(
        repo="user_default", filepath=str(conftest._build_zip()), enable_on_install=True
    )
    session = conftest.installed_part("core.session").SESSION
    tick = conftest.installed_part("operators.pump").tick
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.maquette.open_image(filepath=picture)
    bpy.context.scene.maquette.engine = "silhouette-box"
    bpy.ops.maquette.reconstruct()
    (row,) = session.jobs.rows()
    waited_for = {"import": ("imported", "failed"), "die": ("queued", "running", "fetching")}[mode]
    end = time.monotonic() + 60
    while session.jobs.get(row.id).phase not in waited_for and time.monotonic() < end:
        tick()
        time.sleep(0.02)
    if mode == "die":
        os._exit(9)
    told = {
        "objects": bpy.data.objects.keys(),
        "jobs": [row.id for row in session.jobs.rows()],
        "pid": session.service.health.pid,
    }
    bpy.ops.preferences.addon_disable(module=conftest.PACKAGE)
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
