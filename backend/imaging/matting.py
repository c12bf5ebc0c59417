"""Cut an object out of any photograph with U²-Net, run by rembg."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

#: Best first: the full network, then the small one.
MODELS = ("u2net", "u2netp")


def find_weights(weights_dir: Path) -> Path | None:
    """Return the best weights file on this machine, or None.

    Looked at, in this order: ``$U2NET_HOME``, ``weights_dir``, and where rembg itself stores
    what it fetched.
    """
    user = Path.home()
    for model in MODELS:
        places = [weights_dir, user / ".rembg" / "models" / model, user / ".u2net"]
        if os.environ.get("U2NET_HOME"):
            places.insert(0, Path(os.environ["U2NET_HOME"]))
        for place in places:
            path = place / f"{model}.onnx"
            if path.is_file():
                return path
    return None


class Matting:
    """Holds the network between pictures; it is read at the first use."""

    def __init__(self, weights_dir: Path) -> None:
        self._weights_dir = weights_dir
        self._session: Any = None
        self._path: Path | None = None

    def available(self) -> bool:
        """True when weights are there now."""
        return find_weights(self._weights_dir) is not None

    def prepare(self) -> None:
        """Import what the network runs on, if there are weights for it.

        The first time after an installation this takes most of a minute: a package that rembg
        imports compiles itself then.
        """
        if self.available():
            with contextlib.suppress(ImportError):
                _session_classes()

    def alpha(self, rgb: np.ndarray) -> np.ndarray:
        """Return the matte.

        Args:
            rgb: (H, W, 3) uint8, sRGB.

        Returns:
            (H, W) uint8, 255 on the most salient object.

        Raises:
            FileNotFoundError: there are no weights; see :meth:`available`.
            ImportError: rembg is not installed.
        """
        path = find_weights(self._weights_dir)
        if path is None:
            raise FileNotFoundError("no U²-Net weights")
        if self._session is None or path != self._path:
            self._session, self._path = _session(path), path
        (mask,) = self._session.predict(Image.fromarray(rgb))
        return np.asarray(mask)


def _session_classes() -> dict[str, Any]:
    """Import rembg; returns its session class for each model.

    Raises:
        ImportError: rembg, or onnxruntime, without which rembg ends the process, is missing.
    """
    import onnxruntime  # noqa: F401  # see above
    from rembg.sessions.u2net import U2netSession
    from rembg.sessions.u2netp import U2netpSession

    return {"u2net": U2netSession, "u2netp": U2netpSession}


def _session(path: Path) -> Any:
    """A rembg session that reads exactly this file and never downloads."""
    import onnxruntime

    base = _session_classes()[path.stem]

    class LocalSession(base):  # type: ignore[misc, valid-type]
        @classmethod
        def download_models(cls, *args: Any, **kwargs: Any) -> str:
            return str(path)

    options = onnxruntime.SessionOptions()
    return LocalSession(path.stem, options, providers=["CPUExecutionProvider"])
