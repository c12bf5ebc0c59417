"""``maquette render SOURCE... --out DIR``: assets to training views, with Blender in workers."""

from __future__ import annotations

import argparse

from ...core.batch.arguments import add_arguments
from ...core.batch.blender import find_blender
from ...core.batch.run import render
from ..rendering.sources import helpers

__all__ = ["add_arguments", "run"]


def run(args: argparse.Namespace) -> int:
    """Render; returns 0 when everything is there or in quarantine.

    Raises:
        MaquetteError: it cannot be done, or stopped on the way.
    """
    cluster = None
    if args.ray:
        from ..rendering.ray_cluster import connect

        cluster = connect(args.ray, args.device)
    return render(args, find_blender, helpers(), cluster=cluster)
