"""Large reconstruction models: pictures to planes, planes to a field (Hong et al. 2024).

One architecture; OpenLRM, TripoSR and InstantMesh are configurations of it. A model takes and
gives parameters under the names of its published files, see :mod:`.key_layouts`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from .heads import DensityHead, HeadConfig, SurfaceHead, head
from .key_layouts import Layout, to_own, to_published
from .plane_transformer import PlaneConfig, PlaneTransformer
from .triplane import XY_XZ_YZ, Axes, sample_triplane
from .vision import VisionConfig, VisionTransformer, camera_embedder


@dataclass(frozen=True)
class ModelConfig:
    """A whole model.

    Attributes:
        layout: how its files name the parameters.
        picture: edge in pixels of the pictures that it was trained on.
        half: half the edge of the cube that its planes cover, in its own units.
        axes: what each plane shows.
        samples: along a ray, when views are rendered.
        level: density at which its publishers put the surface; 0 for distances.
    """

    layout: Layout
    encoder: VisionConfig
    planes: PlaneConfig
    picture: int
    head: HeadConfig = field(default_factory=HeadConfig)
    half: float = 1.0
    axes: Axes = XY_XZ_YZ
    samples: int = 96
    level: float = 0.0


class LargeReconstructor(nn.Module):
    """Pictures to triplanes, and a head that reads them."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = c = config
        self.encoder = VisionTransformer(c.encoder)
        if c.planes.block.condition:
            self.camera = camera_embedder(c.planes.block.condition)
        self.planes = PlaneTransformer(c.planes)
        self.head: DensityHead | SurfaceHead = head(3 * c.planes.channels, c.head)
        self.register_load_state_dict_pre_hook(_take_published)
        self.register_state_dict_post_hook(_give_published)

    def tokens(self, images: Tensor, cameras: Tensor | None = None) -> Tensor:
        """Encode the pictures of one object each.

        Args:
            images: (B, V, 3, H, W) in 0..1.
            cameras: (B, V, 16), where the encoder takes them.

        Returns:
            (B, V * tokens of a picture, width of the encoder).
        """
        b, v = images.shape[:2]
        each = cameras.flatten(0, 1) if cameras is not None and self.config.encoder.camera else None
        encoded: Tensor = self.encoder(images.flatten(0, 1), each)
        return encoded.reshape(b, v * encoded.shape[1], -1)

    def encode(self, images: Tensor, cameras: Tensor | None = None) -> Tensor:
        """Pictures (B, V, 3, H, W) in 0..1 and cameras (B, V, 16) -> planes (B, 3, C, S, S).

        A camera is the 3x4 camera-to-world matrix row by row (OpenGL axes, the model's own
        world), then fx / width, fy / height, cx / width, cy / height. Models without camera
        input take None.
        """
        condition = None
        with self._precision(images.device):
            if self.config.planes.block.condition:
                if cameras is None:
                    raise ValueError("this model needs a camera")
                weight = self.camera[0].weight
                condition = self.camera(cameras[:, 0].to(weight.dtype))
            planes: Tensor = self.planes(self.tokens(images, cameras), condition)
        return planes.float()

    def _precision(self, device: torch.device) -> AbstractContextManager[object]:
        """With matrices in half precision, what runs between them stays in float32."""
        dtype = self.encoder.patches.weight.dtype
        return nullcontext() if dtype == torch.float32 else torch.autocast(device.type, dtype)

    def features(self, planes: Tensor, points: Tensor) -> Tensor:
        """Read planes (B, 3, C, S, S) at points (B, N, 3), the model's units: (B, N, 3 C)."""
        return sample_triplane(planes, points, self.config.half, self.config.axes, "zeros")

    def value(self, planes: Tensor, points: Tensor) -> Tensor:
        """(B, N, 1): density, or signed distance of a distance head."""
        features = self.features(planes, points)
        raw = self.head.value(features.to(self.head_dtype))
        return self.head.density(raw) if isinstance(self.head, DensityHead) else raw.float()

    def colour(self, planes: Tensor, points: Tensor) -> Tensor:
        """(B, N, 3) sRGB, 0..1."""
        return self.head.rgb(self.features(planes, points).to(self.head_dtype))

    @property
    def head_dtype(self) -> torch.dtype:
        """Of the head's parameters."""
        return next(self.head.parameters()).dtype


def parameter_count(model: nn.Module) -> int:
    """How many numbers a model has."""
    return sum(p.numel() for p in model.parameters())


def _take_published(
    module: LargeReconstructor, state: dict[str, Any], prefix: str, *_: Any
) -> None:
    if prefix:
        raise NotImplementedError("a model is loaded on its own")
    taken = {to_own(module.config.layout, key): state.pop(key) for key in list(state)}
    state.update(taken)


def _give_published(
    module: LargeReconstructor, state: dict[str, Any], prefix: str, *_: Any
) -> None:
    if prefix:
        raise NotImplementedError("a model is stored on its own")
    for key in list(state):
        state[to_published(module.config.layout, key)] = state.pop(key)
