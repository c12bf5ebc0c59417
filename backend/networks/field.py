"""What the network makes of one picture, as functions of numpy points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .alignment import mirrored_camera
from .camera_fit import correspondences, fit_camera
from .confidence import doubts
from .encoding import Encoding
from .reconstructor import Reconstructor, picture_tensor

#: Points that are asked at a time. What is known of more does not stay in a processor's cache, and
#: its memory is fetched from the system anew each time.
_ON_PROCESSOR, _ON_CARD = 8192, 32768


@dataclass(frozen=True)
class Look:
    """What the network sees in one picture.

    Attributes:
        framed: (P, P, 4) uint8, the picture that was encoded.
        mirrored: whether that is the mirror image of what was given, and ``encoding`` and
            ``matrix`` are those of the mirrored piece.
        matrix: (1, 3, 4), see :func:`.alignment.project`.
        miss: median distance in the picture (1 is its edge) by which the correspondences miss.
    """

    framed: np.ndarray
    mirrored: bool
    encoding: Encoding
    matrix: Tensor
    miss: float

    def as_seen(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 points of the piece -> where the encoded picture shows them, or back."""
        return points * np.array([-1, 1, 1], np.float32) if self.mirrored else points

    def camera(self) -> np.ndarray:
        """The (3, 4) float64 matrix of the picture as it was given."""
        matrix = self.matrix[0].double().cpu().numpy()
        return mirrored_camera(matrix) if self.mirrored else matrix


@torch.inference_mode()
def look(model: Reconstructor, framed: np.ndarray, device: torch.device) -> Look:
    """Encode a framed picture and fit its camera.

    A network that knows one side is shown the picture and its mirror image, and the one that it
    takes for the right one is encoded: furniture and its mirror image are equally likely, so what
    is learned of pictures from one side holds for the other.

    Args:
        framed: (P, P, 4) uint8 of the edge that the network looks at (``config.picture``), straight
            alpha, as ``imaging.framing`` makes it.
    """
    picture = picture_tensor(torch.from_numpy(framed.copy())[None].to(device))
    mirrored = False
    if model.config.one_sided:
        both = torch.cat([picture, picture.flip(-1)])
        encoding = model.encode(both.contiguous(memory_format=torch.channels_last))
        assert encoding.side is not None
        mirrored = bool(encoding.side[1] > encoding.side[0])
        encoding, picture = encoding.only(int(mirrored)), both[int(mirrored)][None]
        framed = framed[:, ::-1] if mirrored else framed
    else:
        encoding = model.encode(picture.contiguous(memory_format=torch.channels_last))
    seen = shown(picture)
    points, uv, weight = correspondences(encoding, seen)
    matrix = fit_camera(points, uv, weight)
    ends = points @ matrix[:, :, :3].transpose(1, 2) + matrix[:, None, :, 3]
    off = (ends[..., :2] / ends[..., 2:] - uv).norm(dim=-1)[seen.flatten(1)]
    miss = float(off.median()) if len(off) else 1.0
    return Look(framed, mirrored, encoding, matrix, miss)


@torch.inference_mode()
def confidence(model: Reconstructor, found: Look) -> float | None:
    """The IoU to expect, 0..1, of what :func:`look` found; None where the weights do not tell."""
    if model.confidence is None:
        return None
    known = found.encoding
    return float(model.confidence(known.context, doubts_of(found), known.likely))


def doubts_of(found: Look) -> Tensor:
    """(1, 4), see :func:`.confidence.doubts`."""
    device = found.encoding.maps.device
    picture = picture_tensor(torch.from_numpy(found.framed.copy())[None].to(device))
    return doubts(found.encoding, shown(picture), torch.tensor([found.miss], device=device))


def shown(picture: Tensor) -> Tensor:
    """(B, 4, P, P) as encoded -> (B, P / 2, P / 2) bool: where it shows the object."""
    return F.avg_pool2d(picture[:, 3:], 2)[:, 0] > 0.5


class NetworkField:
    """The network's field for one picture, in numpy and in chunks."""

    def __init__(self, model: Reconstructor, found: Look) -> None:
        self._model, self._found = model, found
        with torch.inference_mode():
            self._planes = model.planes(found.encoding, found.matrix)

    @torch.inference_mode()
    def _ask(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found, device = self._found, self._planes.device
        points = found.as_seen(points)
        distance, colour = [], []
        chunk = _ON_PROCESSOR if device.type == "cpu" else _ON_CARD
        for i in range(0, len(points), chunk):
            part = torch.from_numpy(points[i : i + chunk]).to(device)[None]
            d, c = self._model.field(found.encoding, self._planes, found.matrix, part)
            distance.append((d[0] - self._model.config.level).cpu().numpy())
            colour.append(c[0].cpu().numpy())
        return np.concatenate(distance), np.concatenate(colour)

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 -> (N,) float32 signed distance from the surface (``config.level``)."""
        return self._ask(points)[0]

    def colour(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 -> (N, 3) float32, sRGB 0..1."""
        return self._ask(points)[1]
