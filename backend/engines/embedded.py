"""The embedded engine: a compact furniture model that works with no network, on a CPU."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ...core.errors import Fix, MaquetteError
from ...core.protocol import CATEGORIES, EngineInfo, JobSettings, Stage
from ..imaging.framing import frame_object, touches_border
from ..meshing.extraction import sample_field
from ..meshing.surface import to_mesh, without_floaters
from ..networks.camera_fit import correspondences, fit_camera
from ..networks.reconstructor import Config, Encoding, Reconstructor, picture_tensor
from .base import Progress, Reconstruction, View

WEIGHTS = Path(__file__).parent.parent / "weights" / "furniture-v0.safetensors"
_PICTURE = 128
_FILL = 0.85
_QUERY_CHUNK = 32768
#: Camera fits whose correspondences miss by more than this share of the picture are told about.
_POOR_FIT = 0.03


def store(model: Reconstructor, path: Path) -> None:
    """Write the weights in float16 with their configuration."""
    tensors = {
        name: (t.half() if t.is_floating_point() else t).contiguous()
        for name, t in model.state_dict().items()
    }
    save_file(tensors, path, {"config": json.dumps(model.config.to_json())})


def restore(path: Path) -> Reconstructor:
    """Read what :func:`store` wrote; float32, in evaluation mode."""
    with safe_open(path, "pt") as file:
        config = Config.from_json(json.loads(file.metadata()["config"]))
    model = Reconstructor(config)
    model.load_state_dict(
        {n: t.float() if t.is_floating_point() else t for n, t in load_file(path).items()}
    )
    return model.eval().requires_grad_(False)


class EmbeddedEngine:
    """One cut-out picture to a mesh: encode, fit the camera, extract, colour."""

    name = "embedded"
    version = "0"

    def __init__(self) -> None:
        self._model: Reconstructor | None = None
        self._device = torch.device("cpu")
        self._sha256 = ""

    @classmethod
    def info(cls) -> EngineInfo:
        """Describe the engine without loading it."""
        there = WEIGHTS.is_file()
        return EngineInfo(
            name=cls.name,
            title="Furniture (Embedded)",
            description="Tables, chairs, bookshelves, beds and sofas; works offline, on a CPU",
            licence="GPL-3.0-or-later",
            commercial=True,
            available=there,
            reason="" if there else "The weights are missing from this installation.",
        )

    def load(self, device: str) -> None:
        """Read the weights that belong to this package."""
        if not WEIGHTS.is_file():
            raise MaquetteError(
                "weights-missing",
                "The embedded model's weights are missing; install the backend again.",
                Fix.INSTALL_BACKEND,
            )
        self.use(restore(WEIGHTS), device)
        self._sha256 = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()

    def use(self, model: Reconstructor, device: str = "cpu") -> None:
        """Take a model that is in memory already, as the evaluation of a training run does."""
        self._device = torch.device(device)
        self._model = model.to(self._device, memory_format=torch.channels_last)

    def reconstruct(
        self, views: Sequence[View], settings: JobSettings, progress: Progress
    ) -> Reconstruction:
        """Reconstruct from the first view."""
        progress(Stage.INFER, 0.0)
        encoding, matrix, miss = self.look(views[0].rgba)
        progress(Stage.INFER, 1.0)
        field = NetworkField(self.model, encoding, matrix, self._device)
        progress(Stage.MESH, 0.0)
        resolution = settings.detail.resolution
        volume = sample_field(
            field.distance, resolution, lambda share: progress(Stage.MESH, 0.9 * share)
        )
        clean = without_floaters(volume)
        vertices, faces = to_mesh(clean)
        if len(faces) == 0:
            raise MaquetteError(
                "nothing-reconstructed",
                "The model found no solid shape in this picture.",
                Fix.CHOOSE_IMAGE,
            )
        progress(Stage.MESH, 1.0)
        progress(Stage.TEXTURE, 0.0)
        colours = field.colour(vertices)
        progress(Stage.TEXTURE, 1.0)
        likely = encoding.category[0].softmax(dim=0)
        category = (
            CATEGORIES[int(likely.argmax())] if settings.category == "auto" else settings.category
        )
        return Reconstruction(
            vertices=vertices,
            faces=faces,
            colours=colours,
            category=category,
            weights_sha256=self._sha256,
            notes=_notes(views[0].rgba, miss),
            stats={
                "field_queries": float(volume.queries),
                "dense_queries": float((resolution + 1) ** 3),
                "camera_miss": miss,
            },
        )

    @torch.inference_mode()
    def look(self, rgba: np.ndarray) -> tuple[Encoding, torch.Tensor, float]:
        """Encode a cut-out picture and fit its camera.

        Returns:
            the encoding, the (1, 3, 4) camera matrix, and the median distance in the picture
            (1 is its edge) by which the correspondences miss.
        """
        model = self.model
        framed = torch.from_numpy(frame_object(rgba, _PICTURE, _FILL).copy())
        picture = picture_tensor(framed[None].to(self._device))
        encoding = model.encode(picture.contiguous(memory_format=torch.channels_last))
        seen = torch.nn.functional.avg_pool2d(picture[:, 3:], 2)[:, 0] > 0.5
        points, uv, weight = correspondences(encoding, seen)
        matrix = fit_camera(points, uv, weight)
        ends = points @ matrix[:, :, :3].transpose(1, 2) + matrix[:, None, :, 3]
        off = (ends[..., :2] / ends[..., 2:] - uv).norm(dim=-1)[seen.flatten(1)]
        return encoding, matrix, float(off.median()) if len(off) else 1.0

    @property
    def model(self) -> Reconstructor:
        """The loaded network."""
        if self._model is None:
            raise RuntimeError("load() comes before reconstruct()")
        return self._model


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
        """(N, 3) float32 -> (N, 3) float32 linear RGB."""
        encoded = self._ask(points)[1]
        return np.where(
            encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4
        ).astype(np.float32)


def _notes(rgba: np.ndarray, miss: float) -> tuple[str, ...]:
    notes = []
    if touches_border(rgba):
        notes.append("The object touches the picture's border; a part of it may be missing.")
    if miss > _POOR_FIT:
        notes.append("The camera is uncertain; a picture from the front and a little above helps.")
    return tuple(notes)
