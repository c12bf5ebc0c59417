"""Cut an object out of any photograph: with a network run by rembg, or with the embedded one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...core.cutouts import AUTO, EMBEDDED, PREFERRED

#: The networks that rembg runs, as ``auto`` prefers them.
FETCHED = tuple(name for name in PREFERRED if name != EMBEDDED)
#: Module and class of each in rembg.
_CLASSES = {
    "birefnet-general": ("birefnet_general", "BiRefNetSessionGeneral"),
    "birefnet-general-lite": ("birefnet_general_lite", "BiRefNetSessionGeneralLite"),
    "isnet-general-use": ("dis_general_use", "DisSession"),
    "u2net": ("u2net", "U2netSession"),
    "u2netp": ("u2netp", "U2netpSession"),
}
EMBEDDED_WEIGHTS = Path(__file__).parent.parent / "weights" / "cutout-v2.safetensors"


class DamagedWeightsError(Exception):
    """A file of weights does not hold the network that it is named after.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


@dataclass(frozen=True)
class Matte:
    """What a network made of a picture.

    Attributes:
        alpha: (H, W) uint8, 255 on the most salient object.
        model: name of the network, as in ``core.cutouts``.
    """

    alpha: np.ndarray
    model: str


def find_weights(weights_dir: Path, models: Sequence[str] = FETCHED) -> Path | None:
    """Return the first of the models' weights files on this machine, or None.

    Looked at, in this order: ``$U2NET_HOME``, ``weights_dir``, and where rembg itself stores
    what it fetched.
    """
    user = Path.home()
    for model in models:
        places = [weights_dir, user / ".rembg" / "models" / model, user / ".u2net"]
        if os.environ.get("U2NET_HOME"):
            places.insert(0, Path(os.environ["U2NET_HOME"]))
        for place in places:
            path = place / f"{model}.onnx"
            if path.is_file():
                return path
    return None


class Matting:
    """Holds the networks between pictures; each is read at its first use."""

    def __init__(self, weights_dir: Path) -> None:
        self._weights_dir = weights_dir
        self._session: Any = None
        self._path: Path | None = None
        self._embedded: Any = None

    def available(self, model: str = AUTO) -> bool:
        """True when the model's weights are there now; ``auto`` always has the embedded one."""
        return model in (AUTO, EMBEDDED) or find_weights(self._weights_dir, [model]) is not None

    def prepare(self) -> None:
        """Import what the networks run on, if there are weights for it.

        The first time after an installation this takes most of a minute: a package that rembg
        imports compiles itself then.
        """
        if find_weights(self._weights_dir) is not None:
            with contextlib.suppress(ImportError):
                _session_class("u2net")

    def matte(self, rgb: np.ndarray, model: str = AUTO) -> Matte:
        """Return the matte of the most salient object.

        Args:
            rgb: (H, W, 3) uint8, sRGB.
            model: as in ``core.cutouts``; ``auto`` takes the best whose weights are there, and
                the embedded network without any.

        Raises:
            FileNotFoundError: the model's weights are not there; see :meth:`available`.
            ImportError: rembg is not installed, and the model was asked for by name.
            DamagedWeightsError: the file is damaged, or holds another network.
        """
        path = find_weights(self._weights_dir, FETCHED if model == AUTO else [model])
        if model == EMBEDDED or (model == AUTO and path is None):
            return Matte(self._own(rgb), EMBEDDED)
        if path is None:
            raise FileNotFoundError(f"no weights of {model}")
        try:
            if self._session is None or path != self._path:
                self._session, self._path = _session(path), path
        except ImportError:
            if model != AUTO:
                raise
            return Matte(self._own(rgb), EMBEDDED)
        with _naming_damaged(path):
            (mask,) = self._session.predict(Image.fromarray(rgb))
        return Matte(np.asarray(mask), path.stem)

    def _own(self, rgb: np.ndarray) -> np.ndarray:
        from ..networks.cutout_net import restore
        from .embedded_cutout import embedded_alpha

        if self._embedded is None:
            self._embedded = restore(EMBEDDED_WEIGHTS)
        return embedded_alpha(self._embedded, rgb)


def _session_class(model: str) -> Any:
    """Import rembg; returns its session class for a model.

    Raises:
        ImportError: rembg, or onnxruntime, without which rembg ends the process, is missing.
    """
    import onnxruntime  # noqa: F401  # see above

    module, name = _CLASSES[model]
    return getattr(import_module(f"rembg.sessions.{module}"), name)


def _session(path: Path) -> Any:
    """A rembg session that reads exactly this file and never downloads."""
    import onnxruntime

    base = _session_class(path.stem)

    class LocalSession(base):  # type: ignore[misc, valid-type]
        @classmethod
        def download_models(cls, *args: Any, **kwargs: Any) -> str:
            return str(path)

    options = onnxruntime.SessionOptions()
    with _naming_damaged(path):
        return LocalSession(path.stem, options, providers=["CPUExecutionProvider"])


@contextlib.contextmanager
def _naming_damaged(path: Path) -> Iterator[None]:
    """Tell what onnxruntime says of a wrong file apart from what else may fail, as memory does."""
    from onnxruntime.capi import onnxruntime_pybind11_state as told

    try:
        yield
    except (
        told.InvalidArgument,
        told.InvalidGraph,
        told.InvalidProtobuf,
        told.NoModel,
    ) as error:
        raise DamagedWeightsError(path) from error
