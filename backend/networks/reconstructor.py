"""The embedded network: one picture in, a field over the unit cube out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .confidence import Confidence
from .encoding import Encoding
from .lifted_planes import LiftedPlanes
from .picture_unet import PictureUNet
from .point_decoder import PointDecoder
from .triplane import TriplaneDecoder

#: Channels of the dense feature map that every cell of the lifted grid reads.
_LIFTED_FEATURES = 16


@dataclass(frozen=True)
class Config:
    """Sizes; the defaults are those of the first stored weights.

    Attributes:
        picture: edge of the picture that the network looks at, pixels; a multiple of 16. Its
            dense maps have half of it.
        lifted: channels of the planes that the picture is lifted into, see :mod:`.lifted_planes`; 0
            for none.
        one_sided: whether the network knows only pictures that are taken from the piece's +X side,
            and their middle; others are mirrored before it looks, see :func:`.field.look`.
        level: distance at which the surface is taken, cube units. Where a board may or may not
            be, the expected distance is above 0 all over; a level chosen on the validation split
            keeps more of it.
        confident: whether the weights hold a :class:`.confidence.Confidence`.
    """

    picture: int = 128
    widths: tuple[int, int, int, int] = (32, 64, 128, 256)
    features: int = 48
    encoder_layers: int = 4
    triplane_width: int = 192
    triplane_layers: int = 3
    triplane_channels: int = 24
    decoder_width: int = 160
    decoder_layers: int = 3
    categories: int = 5
    lifted: int = 0
    one_sided: bool = False
    level: float = 0.0
    confident: bool = False

    def __post_init__(self) -> None:
        if self.picture < 32 or self.picture % 16:
            raise ValueError("picture must be a multiple of 16, and at least 32.")

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Config:
        """Read what :meth:`to_json` wrote."""
        return cls(**{**data, "widths": tuple(data["widths"])})


class Reconstructor(nn.Module):
    """Image encoder, triplane decoder and point decoder."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width = config.widths[-1]
        self.encoder = PictureUNet(
            config.picture, config.widths, config.features, config.encoder_layers
        )
        self.surface = nn.Conv2d(config.features, 4, 1)
        self.triplane = TriplaneDecoder(
            width,
            config.triplane_width,
            config.triplane_layers,
            config.triplane_channels,
            config.lifted,
        )
        self.category = nn.Linear(width, config.categories)
        self.decoder = PointDecoder(
            config.features,
            3 * (config.triplane_channels + config.lifted),
            width,
            config.decoder_width,
            config.decoder_layers,
        )
        self.lifted = (
            LiftedPlanes(config.features, _LIFTED_FEATURES, config.lifted)
            if config.lifted
            else None
        )
        self.side = nn.Linear(width, 1) if config.one_sided else None
        self.confidence = Confidence(width, config.categories) if config.confident else None

    def encode(self, picture: Tensor, mapped: int | None = None) -> Encoding:
        """(B, 4, P, P) premultiplied sRGB and alpha, 0..1 -> :class:`Encoding`.

        Args:
            mapped: how many of the pictures are encoded, the first; of the others only the side
                is told. None for all.
        """
        features, tokens = self.encoder(picture, mapped)
        head = self.surface(features).float()
        surface, log_scale = head[:, :3], head[:, 3].clamp(-6, 0)
        alpha = F.avg_pool2d(picture[:mapped, 3:], 2)
        maps = torch.cat([features.float(), surface.detach(), alpha.float()], dim=1)
        context = tokens.mean(dim=1)
        side = None if self.side is None else self.side(context)[:, 0].float()
        tokens, context = tokens[:mapped], context[:mapped]
        return Encoding(
            maps,
            surface,
            log_scale,
            tokens,
            context,
            self.category(context).float(),
            side,
        )

    def planes(self, encoding: Encoding, matrix: Tensor) -> Tensor:
        """The triplane for cameras (B, 3, 4): (B, 3, C, 32, 32)."""
        lifted = None if self.lifted is None else self.lifted(encoding.maps, matrix)
        return self.triplane(encoding.tokens, lifted).float()

    def field(
        self, encoding: Encoding, planes: Tensor, matrix: Tensor, points: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Signed distance (B, N) and colour (B, N, 3) at points (B, N, 3) of the unit cube."""
        return self.decoder(points, encoding.maps, planes, encoding.context, matrix)


def picture_tensor(rgba: Tensor) -> Tensor:
    """(B, P, P, 4) uint8 with straight alpha -> what :meth:`Reconstructor.encode` takes."""
    x = rgba.permute(0, 3, 1, 2).float() / 255
    return torch.cat([x[:, :3] * x[:, 3:], x[:, 3:]], dim=1)
