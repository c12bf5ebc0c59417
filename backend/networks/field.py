"""What the network makes of one picture, as functions of numpy points."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .camera_fit import correspondences, fit_camera
from .confidence import doubts
from .encoding import Encoding
from .reconstructor import Reconstructor, picture_tensor

_QUERY_CHUNK = 32768


@torch.inference_mode()
def look(
    model: Reconstructor, framed: np.ndarray, device: torch.device
) -> tuple[Encoding, torch.Tensor, float]:
    """Encode a framed picture and fit its camera.

    Args:
        framed: (P, P, 4) uint8 of the edge that the network looks at (``config.picture``), straight
            alpha, as ``imaging.framing`` makes it.

    Returns:
        the encoding, the (1, 3, 4) camera matrix, and the median distance in the picture
        (1 is its edge) by which the correspondences miss.
    """
    picture = picture_tensor(torch.from_numpy(framed.copy())[None].to(device))
    encoding = model.encode(picture.contiguous(memory_format=torch.channels_last))
    seen = shown(picture)
    points, uv, weight = correspondences(encoding, seen)
    matrix = fit_camera(points, uv, weight)
    ends = points @ matrix[:, :, :3].transpose(1, 2) + matrix[:, None, :, 3]
    off = (ends[..., :2] / ends[..., 2:] - uv).norm(dim=-1)[seen.flatten(1)]
    return encoding, matrix, float(off.median()) if len(off) else 1.0


@torch.inference_mode()
def confidence(
    model: Reconstructor, framed: np.ndarray, encoding: Encoding, miss: float
) -> float | None:
    """The IoU to expect, 0..1, of what :func:`look` found; None where the weights do not tell."""
    if model.confidence is None:
        return None
    seen = shown(picture_tensor(torch.from_numpy(framed.copy())[None].to(encoding.maps.device)))
    missed = torch.tensor([miss], device=encoding.maps.device)
    return float(model.confidence(encoding.context, doubts(encoding, seen, missed)))


def shown(picture: Tensor) -> Tensor:
    """(B, 4, P, P) as encoded -> (B, P / 2, P / 2) bool: where it shows the object."""
    return F.avg_pool2d(picture[:, 3:], 2)[:, 0] > 0.5


class NetworkField:
    """The network's field for one picture, in numpy and in chunks."""

    def __init__(
        self, model: Reconstructor, encoding: Encoding, matrix: torch.Tensor, device: torch.device
    ) -> None:
        self._model, self._encoding, self._matrix, self._device = model, encoding, matrix, device
        with torch.inference_mode():
            self._planes = model.planes(encoding, matrix)

    @torch.inference_mode()
    def _ask(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        distance, colour = [], []
        for i in range(0, len(points), _QUERY_CHUNK):
            part = torch.from_numpy(points[i : i + _QUERY_CHUNK]).to(self._device)[None]
            d, c = self._model.field(self._encoding, self._planes, self._matrix, part)
            distance.append((d[0] - self._model.config.level).cpu().numpy())
            colour.append(c[0].cpu().numpy())
        return np.concatenate(distance), np.concatenate(colour)

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 -> (N,) float32 signed distance from the surface (``config.level``)."""
        return self._ask(points)[0]

    def colour(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 -> (N, 3) float32, sRGB 0..1."""
        return self._ask(points)[1]
