"""From a configuration to a plan and its task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.errors import MaquetteError
from .config_file import build
from .plan import Plan
from .tasks import Task

_SECTIONS = ("data", "model", "losses")


def configured(table: dict[str, Any]) -> tuple[Plan, Task]:
    """Make both from a table that was read.

    Raises:
        MaquetteError: ``config-wrong``.
    """
    common = {key: value for key, value in table.items() if key not in _SECTIONS}
    plan: Plan = build(Plan, common)
    if plan.task not in _TASKS:
        raise MaquetteError(
            "config-wrong", f"“task” must be one of {', '.join(_TASKS)}, not “{plan.task}”."
        )
    sections = {key: table.get(key, {}) for key in _SECTIONS}
    return plan, _TASKS[plan.task](sections)


def _furniture(sections: dict[str, Any]) -> Task:
    from ..networks.reconstructor import Config
    from .furniture_task import Data, FurnitureTask
    from .losses import Weights

    return FurnitureTask(
        build(Data, sections["data"], "data"),
        build(Config, sections["model"], "model"),
        build(Weights, sections["losses"], "losses"),
    )


def _views(sections: dict[str, Any]) -> Task:
    from .view_losses import Weights
    from .view_model import Model
    from .views_task import Data, ViewsTask

    return ViewsTask(
        build(Data, sections["data"], "data"),
        build(Model, sections["model"], "model"),
        build(Weights, sections["losses"], "losses"),
    )


_TASKS: dict[str, Callable[[dict[str, Any]], Task]] = {
    "furniture": _furniture,
    "views": _views,
}
