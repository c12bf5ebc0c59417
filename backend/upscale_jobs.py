"""Enlarge pictures for the service: the network stays loaded between jobs."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Protocol

from ..core.protocol import ResultInfo, Stage
from ..core.upscalers import UPSCALERS, UpscaleSettings
from ..core.version import version
from .checkpoints.folder import WeightsFolder
from .imaging.upscaled_file import MEDIA, upscale_file
from .imaging.upscaler_loading import LoadedUpscaler, load_upscaler
from .imaging.upscaler_weights import Choice, choose, fetch, missing, paths


class Report(Protocol):
    """Hears how far a stage is, 0 to 1; may raise to stop the work."""

    def __call__(self, stage: Stage, fraction: float) -> None:
        """Take it."""


class UpscaleJobs:
    """Holds one network at a time."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._key: tuple[str, float] | None = None
        self._loaded: LoadedUpscaler | None = None

    def run(
        self, data: bytes, settings: UpscaleSettings, target: Path, report: Report
    ) -> ResultInfo:
        """Fetch the network if that is allowed and needed, enlarge, write.

        Args:
            data: the picture file's bytes.
            target: of any name; PNG or OpenEXR, as the result's ``media`` says.

        Raises:
            MaquetteError: weights or picture cannot be used; OSError: the disk.
        """
        choice = choose(settings.model, None, settings.denoise)
        began = time.perf_counter()
        loaded = self._network(choice, settings.may_fetch, report)
        ready = time.perf_counter()
        made = upscale_file(
            data,
            loaded,
            settings.scale,
            target,
            lambda share: report(Stage.UPSCALE, share),
            settings.packed_alpha,
        )
        return ResultInfo(
            vertices=0,
            faces=0,
            category="",
            size_m=(0.0, 0.0, 0.0),
            image_sha256=hashlib.sha256(data).hexdigest(),
            weights_sha256=loaded.sha256,
            engine=choice.name,
            engine_version="",
            backend_version=version(),
            timings_s={
                Stage.FETCH.value: round(ready - began, 4),
                Stage.UPSCALE.value: round(time.perf_counter() - ready, 4),
            },
            notes=made.notes,
            licence=UPSCALERS[settings.model].licence,
            media=MEDIA[made.suffix],
            pixels=(made.width, made.height),
        )

    def _network(self, choice: Choice, may_fetch: bool, report: Report) -> LoadedUpscaler:
        key = (choice.name, choice.denoise)
        if self._loaded is None or key != self._key:
            folder = WeightsFolder.usual()
            if may_fetch and missing(folder, choice):
                fetch(folder, choice, lambda share: report(Stage.FETCH, share))
            self._loaded = None  # two may not fit into a GPU together
            files = paths(folder, choice)
            self._loaded = load_upscaler(files, choice.name, self._device, choice.denoise)
            self._key = key
        return self._loaded
