"""``blender --command maquette render ...``: the same as ``maquette render`` outside Blender."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import bpy

from ..core.batch.arguments import add_arguments
from ..core.batch.run import render
from ..core.dataset.sources import Helpers
from ..core.errors import MaquetteError
from ..scene.catalogs import list_catalog
from .render_run import this_blender

NAME = "maquette"
_registered: list[Any] = []


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit status. Expected failures are told in one sentence."""
    parser = argparse.ArgumentParser(prog=f"blender --command {NAME}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_arguments(commands.add_parser("render", help="render assets into training views"))
    args = parser.parse_args(arguments)
    blender = this_blender()
    try:
        if args.ray:
            raise MaquetteError(
                "ray-elsewhere", "A cluster is used by the command maquette render, not by Blender."
            )
        helpers = Helpers(list_catalog=list_catalog)
        return render(args, lambda: blender, helpers, finisher=blender)
    except MaquetteError as error:
        print(f"maquette: {error.problem.message} [{error.problem.code}]", file=sys.stderr)
        if error.problem.detail:
            print(f"  {error.problem.detail}", file=sys.stderr)
        return 1


def start() -> None:
    """Register the command."""
    _registered.append(bpy.utils.register_cli_command(NAME, run))


def stop() -> None:
    """Take the command away again."""
    while _registered:
        bpy.utils.unregister_cli_command(_registered.pop())
