"""A second Blender on the same service: ``other_blender.py import|die PICTURE``.

``import`` waits for its mesh and prints what it has; ``die`` ends without a word as soon
as its job is with the service, and before any mesh is taken into its scene.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


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
    end = time.monotonic() + 60
    if mode == "die":
        # Without a tick nothing is imported, however fast the service is.
        port_file = conftest.installed_part("client.portfile").read_port_file(Path(home))
        client = conftest.installed_part("client.http").ServiceClient(port_file)
        while row.id not in {job.id for job in client.jobs()} and time.monotonic() < end:
            time.sleep(0.02)
        os._exit(9)
    while session.jobs.get(row.id).phase not in ("imported", "failed") and time.monotonic() < end:
        tick()
        time.sleep(0.02)
    told = {
        "objects": bpy.data.objects.keys(),
        "jobs": [row.id for row in session.jobs.rows()],
        "pid": session.service.health.pid,
    }
    bpy.ops.preferences.addon_disable(module=conftest.PACKAGE)
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
