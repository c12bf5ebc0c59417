"""Which large model is trained, what it begins with, and the file it becomes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from ...core.errors import MaquetteError
from ..checkpoints.catalogue import Release, release_of
from ..checkpoints.folder import WeightsFolder
from ..checkpoints.loading import configured
from ..checkpoints.reading import check_keys, read_checkpoint
from ..checkpoints.storing import ready
from ..networks.blocks import ModulatedNorm
from ..networks.key_layouts import Layout
from ..networks.lrm import LargeReconstructor, ModelConfig
from ..networks.published import MODELS, openlrm
from ..networks.vision import VisionConfig, dino_v2

#: In place of a path: the weights of the release that are installed on this machine.
INSTALLED = "installed"


@dataclass(frozen=True)
class Model:
    """A model of OpenLRM's architecture.

    Attributes:
        release: name of a released model whose sizes are taken; "" for those below.
        newer: of version 1.1, not 1.0.
        width, layers, heads: of the transformer that makes the planes.
        channels, side: of the planes; side counts tokens, twice as many elements.
        condition: width of the camera's vector.
        picture: edge of the source picture in pixels.
        samples: along a ray.
        encoder_width, encoder_layers, encoder_heads: of the picture's encoder.
        encoder_grid: patches along an edge of its stored positions; 0 for those of ``picture``.
        start: file in the published layout to begin with, or ``"installed"``; "" for chance.
        frozen: beginnings of our names of parameters that stay as they are, such as "encoder".
    """

    release: str = ""
    newer: bool = True
    width: int = 192
    layers: int = 4
    heads: int = 6
    channels: int = 16
    side: int = 16
    condition: int = 64
    picture: int = 112
    samples: int = 48
    encoder_width: int = 192
    encoder_layers: int = 4
    encoder_heads: int = 6
    encoder_grid: int = 0
    start: str = ""
    frozen: tuple[str, ...] = ()

    def sizes(self) -> ModelConfig:
        """The network's configuration.

        Raises:
            MaquetteError: ``config-wrong`` for a release that is not of OpenLRM's family.
        """
        if self.release:
            config = MODELS.get(self.release)
            if config is None or not config.layout.startswith("openlrm"):
                known = ", ".join(n for n, c in MODELS.items() if c.layout.startswith("openlrm"))
                raise MaquetteError(
                    "config-wrong", f"“model.release” must be one of {known}, not {self.release}."
                )
            return config
        return openlrm(
            self._encoder(),
            self.layers,
            self.width,
            self.heads,
            self.channels,
            self.picture,
            self.samples,
            self.newer,
            self.condition,
            self.side,
        )

    def _encoder(self) -> VisionConfig:
        if not self.newer:
            patch = 16
            return VisionConfig(
                self.encoder_width,
                self.encoder_layers,
                self.encoder_heads,
                patch,
                self.encoder_grid or self.picture // patch,
            )
        full = dino_v2(self.encoder_width, self.encoder_heads)
        grid = self.encoder_grid or self.picture // full.patch
        return replace(full, layers=self.encoder_layers, grid=grid)


def make(model: Model) -> LargeReconstructor:
    """Make the network and give it what it begins with.

    Raises:
        MaquetteError: the file is missing, unreadable, or of another model.
    """
    config = model.sizes()
    if not model.start:
        return _fresh(config)
    release = _release(model)
    if model.start == INSTALLED:
        folder = WeightsFolder.usual()
        folder.check_accepted(release)
        path = ready(folder, release)
    else:
        path = Path(model.start)
        if not path.is_file():
            raise MaquetteError("checkpoint-missing", f"There is no file “{path}”.")
    read = read_checkpoint(path, release)
    config = configured(config, read.arguments)
    check_keys(read.state, config, release.title, path)
    made = LargeReconstructor(config)
    made.load_state_dict({key: t.float() for key, t in read.state.items()}, strict=True)
    for name, parameter in made.named_parameters():
        parameter.requires_grad_(not name.startswith(model.frozen or ("\0",)))
    return made


def _fresh(config: ModelConfig) -> LargeReconstructor:
    """A network from chance, whose cameras modulate nothing at first (Peebles and Xie 2023)."""
    made = LargeReconstructor(config)
    for module in made.modules():
        if isinstance(module, ModulatedNorm) and isinstance(module.modulation, nn.Linear):
            nn.init.zeros_(module.modulation.weight)
            nn.init.zeros_(module.modulation.bias)
    return made


def _release(model: Model) -> Release:
    """The release that a file is read as; sizes of one's own are named after the family."""
    family = "openlrm-mix-base-1.1" if model.newer else "openlrm-base-obj-1.0"
    found = release_of(model.release or family)
    return found if model.release else replace(found, title="a model of the configured sizes")


def describe(config: ModelConfig) -> dict[str, Any]:
    """Sizes, JSON-ready."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(config)))
    return found


def save(model: LargeReconstructor, path: Path, start: str) -> None:
    """Write safetensors under the published names, as ``maquette serve`` and others read them."""
    config = model.config
    arguments = {"transformer_heads": config.planes.block.heads, "source_size": config.picture}
    about = {"arguments": json.dumps(arguments), "started_from": start}
    state = {key: t.detach().float().cpu().contiguous() for key, t in model.state_dict().items()}
    part = path.with_name(path.name + ".part")
    save_file(state, part, about)
    part.replace(path)


def is_supported(config: ModelConfig) -> bool:
    """Whether a model is of a kind that is trained here: density, with cameras."""
    return config.layout in (Layout.OPENLRM_1_0, Layout.OPENLRM_1_1) and not config.head.surface
