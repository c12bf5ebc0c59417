"""The command line: a table of commands, each in a module that is imported only when run."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from ..core.errors import MaquetteError
from ..core.version import version

#: Command to (module with ``add_arguments`` and ``run``, one line of help).
COMMANDS = {
    "serve": (".commands.serve", "run the reconstruction service"),
    "render": (".commands.render", "render assets into training views, in Blender"),
    "reconstruct": (".commands.reconstruct", "turn pictures into GLB meshes"),
    "upscale": (".commands.upscale", "enlarge pictures"),
    "cutout": (".commands.cutout", "cut objects out of pictures"),
    "weights": (".commands.weights", "list, fetch and check released weights"),
    "dataset": (".commands.dataset", "verify, describe and convert rendered datasets"),
    "synthesize": (".commands.synthesize", "cast rays at furniture to make training shards"),
    "pack": (".commands.pack", "turn furniture renders into training shards"),
    "train": (".commands.train", "train a model as a configuration says"),
    "export": (".commands.export", "turn a training checkpoint into weights"),
    "average": (".commands.average", "average weights that come from one beginning"),
    "fit-confidence": (".commands.fit_confidence", "let weights say how far they can be trusted"),
    "train-cutout": (".training.cutout_train", "train the embedded cut-out network"),
    "evaluate-cutout": (".training.cutout_evaluate", "measure cut-out networks on composites"),
    "train-upscaler": (".training.upscaler_train", "train the embedded upscaler"),
    "evaluate-upscaler": (".training.upscaler_evaluate", "measure upscalers on renders"),
    "evaluate": (".commands.evaluate", "measure engines on pictures of known shapes"),
}


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code. Expected failures are told in one sentence."""
    parser = argparse.ArgumentParser(prog="maquette", description="Pictures to meshes.")
    parser.add_argument("--version", action="version", version=f"maquette {version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((a for a in arguments if not a.startswith("-")), None)
    for name, (module, text) in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == chosen:
            import_module(module, __package__).add_arguments(sub)
    args = parser.parse_args(arguments)
    try:
        return int(import_module(COMMANDS[args.command][0], __package__).run(args))
    except MaquetteError as error:
        print(f"maquette: {error.problem.message} [{error.problem.code}]", file=sys.stderr)
        if error.problem.detail:
            print(f"  {error.problem.detail}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
