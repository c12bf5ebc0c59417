"""``maquette evaluate``: measure engines on pictures of shapes that are known."""

from __future__ import annotations

import argparse
import datetime
import shlex
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import MaquetteError
from ...core.locations import service_home
from ...core.protocol import DEFAULT_ENGINE, Detail
from ..evaluation.alignment import TITLES, Alignment

if TYPE_CHECKING:
    from ..evaluation.cases import Cases, DatasetCases, Item
    from ..evaluation.methods import MethodPlan
    from ..evaluation.results import Evaluation
    from ..evaluation.running import Job


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    what = parser.add_argument_group("what is measured (one of)").add_mutually_exclusive_group(
        required=True
    )
    what.add_argument("--dataset", type=Path, metavar="DIR", help="made by maquette render")
    what.add_argument(
        "--pairs", type=Path, metavar="DIR", help="meshes, each with a picture of the same name"
    )
    what.add_argument(
        "--meshes", type=Path, nargs=2, metavar=("TRUE", "MADE"), help="one mesh against another"
    )
    parser.add_argument("--views", type=int, default=0, metavar="N", help="pictures a piece (all)")
    parser.add_argument("--count", type=int, default=0, metavar="N", help="pieces a category (all)")
    parser.add_argument(
        "--engines",
        nargs="+",
        default=[DEFAULT_ENGINE],
        metavar="NAME",
        help="the first is the one of interest; silhouette-box and nearest need no learning",
    )
    parser.add_argument(
        "--others",
        type=int,
        default=0,
        metavar="N",
        help="pieces a category on which engines after the first are measured (all)",
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="of the embedded engine")
    parser.add_argument("--detail", choices=[d.value for d in Detail], default="normal")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda:N")
    parser.add_argument(
        "--align", choices=[a.value for a in Alignment], default="none", help="(%(default)s)"
    )
    parser.add_argument(
        "--nearest-pieces",
        type=int,
        default=200,
        metavar="N",
        help="training pieces a category to choose the nearest from (%(default)s)",
    )
    parser.add_argument(
        "--points",
        type=int,
        default=100_000,
        metavar="N",
        help="drawn in each shape's box and on its surface (%(default)s)",
    )
    parser.add_argument("--lpips", type=Path, metavar="DIR", help="with the weights of LPIPS")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="(%(default)s)")
    out = parser.add_argument_group("results")
    out.add_argument(
        "--out", type=Path, metavar="DIR", help="for evaluation.json, evaluation.md and report.html"
    )
    out.add_argument("--title", default="", help="of the report")
    out.add_argument(
        "--shown", type=int, default=2, metavar="N", help="best and worst a category, in pictures"
    )
    out.add_argument("--docs", type=Path, metavar="PAGE", help="Markdown page to write into")
    out.add_argument("--section", default="evaluation", metavar="NAME", help="of the page")


def run(args: argparse.Namespace) -> int:
    """Measure, print and write; returns the exit status.

    Raises:
        MaquetteError: something cannot be read, an engine is missing, or nothing is there.
    """
    from ..evaluation.page import put_section, report

    if args.meshes is not None:
        evaluation, strips = _two_meshes(args)
    else:
        evaluation, strips = _many(args)
    text = report(evaluation)
    print(text)
    if args.out is not None:
        _write(args.out, evaluation, strips, text, args.shown)
    if args.docs is not None:
        put_section(args.docs, args.section, text)
    return 0


def _two_meshes(args: argparse.Namespace) -> tuple[Evaluation, dict[Any, Any]]:
    from ..evaluation.picture_metrics import load_perceptual
    from ..evaluation.results import Evaluation
    from ..evaluation.two_meshes import compare_meshes

    true, made = args.meshes
    perceptual = load_perceptual(args.lpips) if args.lpips else None
    result, strip = compare_meshes(true, made, Alignment(args.align), perceptual, args.points)
    about = _about(args, f"{made.name} against {true.name}", 1)
    return Evaluation(about, (made.name,), (result,)), {result.key: {made.name: strip}}


def _many(args: argparse.Namespace) -> tuple[Evaluation, dict[Any, Any]]:
    from ..device import resolve_device
    from ..evaluation.chosen import strips_of
    from ..evaluation.methods import NEAREST, MethodPlan, make_index
    from ..evaluation.results import Evaluation
    from ..evaluation.running import Job, run, workers

    begin = time.monotonic()
    cases = _cases(args)
    items = cases.items()
    names = tuple(dict.fromkeys(args.engines))
    _check(args, names)
    index = None
    if NEAREST in names:
        with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
            index = make_index(args.nearest_pieces, pool if args.workers > 1 else None)
    plan: MethodPlan = MethodPlan(
        names, Detail(args.detail), resolve_device(args.device), args.weights, index
    )
    job: Job = Job(
        cases, plan, Alignment(args.align), args.lpips, args.points, _alone(items, args.others)
    )
    with workers(job, args.workers) as pool:
        results = tuple(run(pool, items, _Progress(begin)))
        pictures = sum(item.views for item in items)
        about = _about(args, f"{len(items)} pieces, {pictures} pictures", args.workers)
        evaluation = Evaluation(about, names, results)
        strips = {} if args.out is None else strips_of(pool, evaluation, items, args.shown)
    about["seconds"] = round(time.monotonic() - begin, 1)
    return evaluation, strips


def _cases(args: argparse.Namespace) -> Cases:
    from ..evaluation.cases import DatasetCases, PairCases

    if args.dataset is not None:
        cases: DatasetCases = DatasetCases(args.dataset, args.views, args.count)
        return cases
    return PairCases(args.pairs, service_home() / "weights")


def _alone(items: list[Item], others: int) -> frozenset[str]:
    """Names of the pieces of each category after the first ``others``; none when that is 0."""
    seen: Counter[str] = Counter()
    found = []
    for item in items:
        seen[item.category] += 1
        if others and seen[item.category] > others:
            found.append(item.name)
    return frozenset(found)


def _check(args: argparse.Namespace, names: tuple[str, ...]) -> None:
    """Say what is missing before any process starts."""
    from ..engines.registry import check_engine, engine_infos
    from ..evaluation.methods import NEAREST
    from ..evaluation.picture_metrics import load_perceptual

    if args.weights is not None and not args.weights.is_file():
        raise MaquetteError("weights-missing", f"There is no file “{args.weights}”.")
    if args.lpips is not None:
        load_perceptual(args.lpips)
    infos = {info.name: info for info in engine_infos()}
    for name in names:
        if name == NEAREST:
            continue
        check_engine(name)
        if not infos[name].available:
            raise MaquetteError(
                "engine-unavailable", f"The engine “{name}” cannot be used. {infos[name].reason}"
            )


class _Progress:
    """Tells now and then how far it is."""

    def __init__(self, begin: float) -> None:
        self._begin, self._last = begin, begin

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._last < 30 and done < of:
            return
        self._last = now
        left = (now - self._begin) / done * (of - done)
        print(f"{done} of {of} pieces, about {left:.0f} s left", file=sys.stderr, flush=True)


def _about(args: argparse.Namespace, pictures: str, workers: int) -> dict[str, Any]:
    from ..evaluation.measuring import COMPARED, PICTURE

    given = args.dataset or args.pairs
    source = given.name if given else " ".join(path.name for path in args.meshes)
    return {
        "title": args.title or f"Evaluation of {source}",
        "source": source,
        "pictures": pictures,
        "frame": TITLES[Alignment(args.align)],
        "detail": args.detail,
        "weights": args.weights.name if args.weights else "the engines' own",
        "points": f"{args.points:,} in the true shape's box and on each surface",
        "compared pictures": f"up to {COMPARED} a shape, at most {PICTURE} px, vertex colours "
        "without light on white",
        "date": datetime.date.today().isoformat(),
        "workers": workers,
        "command": _command(args),
    }


def _command(args: argparse.Namespace) -> str:
    """The command that repeats it, without the folders of this machine."""
    kind = next(k for k in ("dataset", "pairs", "meshes") if getattr(args, k) is not None)
    given = args.meshes or [getattr(args, kind)]
    words = ["maquette", "evaluate", f"--{kind}", *(path.name for path in given)]
    for name, usual in (
        ("views", 0),
        ("count", 0),
        ("others", 0),
        ("nearest-pieces", 200),
        ("detail", "normal"),
        ("align", "none"),
        ("points", 100_000),
    ):
        value = getattr(args, name.replace("-", "_"))
        if value != usual:
            words += [f"--{name}", str(value)]
    if kind != "meshes":
        words += ["--engines", *args.engines]
        words += ["--weights", args.weights.name] if args.weights else []
    return shlex.join(words)


def _write(
    out: Path, evaluation: Evaluation, strips: dict[Any, Any], text: str, shown: int
) -> None:
    from ..evaluation.chosen import best_and_worst
    from ..evaluation.web_page import web_page

    out.mkdir(parents=True, exist_ok=True)
    evaluation.write_json(out / "evaluation.json")
    (out / "evaluation.md").write_text(f"{text}\n", encoding="utf-8")
    page = web_page(evaluation, strips, *best_and_worst(evaluation, shown))
    (out / "report.html").write_text(page, encoding="utf-8")
