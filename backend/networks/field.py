"""What the network makes of one picture, as functions of numpy points."""

from __future__ import annotations

import numpy as np
import torch

from .camera_fit import correspondences, fit_camera
from .reconstructor import Encoding, Reconstructor, picture_tensor

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
    seen = torch.nn.functional.avg_pool2d(picture[:, 3:], 2)[:, 0] > 0.5
    points, uv, weight = correspondences(encoding, seen)
    matrix = fit_camera(points, uv, weight)
    ends = points @ matrix[:, :, :3].transpose(1, 2) + matrix[:, None, :, 3]
    off = (ends[..., :2] / ends[..., 2:] - uv).norm(dim=-1)[seen.flatten(1)]
    return encoding, matrix, float(off.median()) if len(off) else 1.0


class NetworkField:
    """The network's field for one picture, in numpy and in chunks."""

    def __init__(
        self, model: Reconstructor, encoding: Encoding, matrix: torch.Tensor, device: torch.device
    ) -> None:
        self._model, self._encoding, self._matrix, self._device = model, encoding, matrix, device

    @torch.inference_mode()
    def _ask(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        distance, colour = [], []
        for i in range(0, len(points), _QUERY_CHUNK):
            part = torch.from_numpy(points[i : i + _QUERY_CHUNK]).to(self._device)[None]
            d, c = self._model.field(self._encoding, self._matrix, part)
            distance.append(d[0].cpu().numpy())
            colour.append(c[0].cpu().numpy())
        return np.concatenate(distance), np.concatenate(colour)

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 -> (N,) float32 signed distance."""
        return self._ask(points)[0]

    def colour(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 -> (N, 3) float32, sRGB 0..1."""
        return self._ask(points)[1]
