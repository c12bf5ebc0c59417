"""``maquette weights list|fetch|verify``: the released weights on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ...core.errors import MaquetteError
from ...core.upscalers import UPSCALERS, UpscalerInfo, upscaler_named
from ...core.weights import WeightsState
from ..checkpoints.catalogue import CATALOGUE, Release, release_of
from ..checkpoints.folder import WeightsFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--folder", type=Path, help="folder of the weights; without it that of the service"
    )
    parser.add_argument(
        "--checkpoints", type=Path, help="folder with files that were fetched by other means"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|fetch|verify")
    verbs.add_parser("list", help="show what there is, with licence, size and state")
    fetch = verbs.add_parser("fetch", help="fetch weights, or bring in those of --checkpoints")
    fetch.add_argument("names", nargs="+", metavar="NAME")
    fetch.add_argument(
        "--accept-licence",
        action="store_true",
        help="say that you have read the licence and accept it",
    )
    fetch.add_argument(
        "--json", action="store_true", help="one JSON object per line: step and share, or problem"
    )
    verify = verbs.add_parser("verify", help="compare stored weights with their hash and model")
    verify.add_argument("names", nargs="*", metavar="NAME", help="all that are here, if none")


def run(args: argparse.Namespace) -> int:
    """Carry out the verb; returns 1 when something failed.

    Raises:
        MaquetteError: a name is not in the catalogue.
    """
    usual = WeightsFolder.usual()
    folder = WeightsFolder(args.folder or usual.root, args.checkpoints or usual.other)
    if args.verb == "list":
        return _list(folder)
    upscalers = [info for name in args.names if (info := upscaler_named(name))]
    releases = [release_of(name) for name in args.names if upscaler_named(name) is None]
    if args.verb == "fetch":
        for info in upscalers:
            _fetch_upscaler(folder, info)
        return _fetch(folder, releases, args.accept_licence, args.json)
    return _verify(folder, releases, upscalers)


def _list(folder: WeightsFolder) -> int:
    for release in CATALOGUE.values():
        use = "any use" if release.commercial else "not commercial"
        print(
            f"{release.name:24} {release.size / 1e9:5.2f} GB  "
            f"{release.licence:13} {use:15} {folder.state(release).value}"
        )
    from ..imaging.upscaler_weights import missing, whole

    for info in UPSCALERS.values():
        state = WeightsState.MISSING if missing(folder, whole(info)) else WeightsState.PRESENT
        size = f"{info.size / 1e9:5.2f} GB"
        print(f"{info.name:24} {size}  {info.licence:13} {'any use':15} {state.value}")
    return 0


def _fetch_upscaler(folder: WeightsFolder, info: UpscalerInfo) -> None:
    """Fetch all files of a network that enlarges; its licence asks for nothing beforehand."""
    from ..imaging.upscaler_weights import fetch, paths, whole

    fetch(folder, whole(info), lambda share: None)
    for path in paths(folder, whole(info)):
        print(f"{info.name}: {path}")


def _fetch(folder: WeightsFolder, releases: list[Release], accept: bool, as_json: bool) -> int:
    from ..checkpoints.fetching import fetch

    for release in releases:
        show = _Lines(release) if as_json else _Bar(release)
        if not as_json and not folder.accepted(release):
            print(f"{release.title}: {release.licence}, {release.licence_url}")
            print(f"  {release.terms}")
            if not accept:
                print("  If you accept it, say so with --accept-licence.")
        if accept:
            folder.accept(release)
        try:
            path = fetch(folder, release, show.progress)
        except MaquetteError as error:
            if not as_json:
                raise
            print(json.dumps({"problem": error.problem.to_json()}), flush=True)
            return 1
        show.done(path)
    return 0


class _Lines:
    """For programs."""

    def __init__(self, release: Release) -> None:
        self._last = ("", -1.0)

    def progress(self, step: str, share: float) -> None:
        """Tell a step's share when it has moved by a hundredth."""
        if step != self._last[0] or abs(share - self._last[1]) >= 0.01:
            self._last = (step, share)
            print(json.dumps({"step": step, "share": share}), flush=True)

    def done(self, path: Path) -> None:
        """Tell where the file is."""
        print(json.dumps({"stored": str(path)}), flush=True)


class _Bar:
    """For persons."""

    def __init__(self, release: Release) -> None:
        self._name = release.name
        self._shown = ""

    def progress(self, step: str, share: float) -> None:
        """Draw one line anew."""
        text = f"\r{self._name}: {step} {share:4.0%}"
        if text != self._shown:
            self._shown = text
            print(text, end="", file=sys.stderr, flush=True)

    def done(self, path: Path) -> None:
        """End the line and say where the file is."""
        print(file=sys.stderr)
        print(f"{self._name}: {path}")


def _verify(folder: WeightsFolder, releases: list[Release], upscalers: list[UpscalerInfo]) -> int:
    from ..checkpoints.storing import verify
    from ..imaging import upscaler_weights as upscaling

    if not releases and not upscalers:
        releases = [r for r in CATALOGUE.values() if folder.state(r) is WeightsState.PRESENT]
        upscalers = [
            info
            for info in UPSCALERS.values()
            if not upscaling.missing(folder, upscaling.whole(info))
        ]
    checks: list[tuple[str, Callable[[], str]]] = [
        *((r.name, partial(verify, folder, r)) for r in releases),
        *((u.name, partial(upscaling.verify, folder, upscaling.whole(u))) for u in upscalers),
    ]
    failed = 0
    for name, check in checks:
        try:
            print(f"{name}: {check()}")
        except MaquetteError as error:
            failed += 1
            print(f"{name}: {error.problem.message} [{error.problem.code}]")
    if not checks:
        print("There are no weights on this machine yet.")
    return 1 if failed else 0
