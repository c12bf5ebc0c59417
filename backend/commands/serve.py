"""``maquette serve``: run the reconstruction service until it is idle or told to end."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ...core.locations import service_home
from ...core.protocol import DEFAULT_ENGINE
from ..compile_option import COMPILE_HELP, turn_on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--home", type=Path, default=service_home(), help="folder of the service")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:N")
    parser.add_argument(
        "--preload",
        default=DEFAULT_ENGINE,
        metavar="ENGINE",
        help="engine that is loaded at the start; none waits for the first job",
    )
    parser.add_argument(
        "--checkpoints",
        type=Path,
        help="folder with released weights that were fetched by other means",
    )
    parser.add_argument("--compile", action="store_true", help=COMPILE_HELP)
    idle = parser.add_mutually_exclusive_group()
    idle.add_argument(
        "--idle-timeout",
        type=float,
        default=900.0,
        metavar="SECONDS",
        help="end when nothing was asked and nothing done for so long; 0 never ends",
    )
    idle.add_argument("--idle-minutes", type=float, metavar="MINUTES", help="the same in minutes")


def run(args: argparse.Namespace) -> int:
    """Run the service; returns 0 at its end, or at once when one runs in the same home."""
    from ..checkpoints.folder import OTHER_VARIABLE
    from ..server.serve import serve
    from ..server.worker import WorkerOptions

    if args.checkpoints is not None:
        os.environ[OTHER_VARIABLE] = str(args.checkpoints.absolute())  # the worker reads it too
    if args.compile:
        turn_on()
    seconds = args.idle_timeout if args.idle_minutes is None else args.idle_minutes * 60.0
    return serve(args.home, args.port, WorkerOptions(args.device, args.preload), seconds)
