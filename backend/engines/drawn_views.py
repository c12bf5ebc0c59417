"""Six views of an object drawn from one picture by Zero123++ (Shi et al. 2023), with diffusers.

Stable Diffusion 2 with three additions: the picture itself goes through the network at every
step, noised like the views, and the views' self-attention also looks at what it left there; the
empty prompt is shifted by the picture's CLIP embedding times fixed coefficients; and latents and
pixels are scaled. The parts come from a folder in diffusers' layout that a person fetched; no
program in it is run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..checkpoints.reading import read_pickle
from ..imaging.model_input import over, pad_to_share

#: (azimuth, elevation) in degrees of the six views, row by row.
POSES = tuple(zip((30, 90, 150, 210, 270, 330), (20, -10) * 3, strict=True))
EDGE, ROWS, COLUMNS = 320, 3, 2
STEPS, GUIDANCE = 75, 4.0
_LATENT_SHIFT, _LATENT_SCALE = 0.22, 0.75
_PIXEL_SCALE = 0.5 / 0.8


class Attended:
    """The views' self-attention, which also looks at the picture's tokens."""

    def __init__(self) -> None:
        self.kept: dict[str, Tensor] = {}
        self.keeping = False

    def processor(self, name: str, inner: Any) -> Any:
        """A processor for the layer of that name, around diffusers' own."""
        outer = self

        class Processor(torch.nn.Module):
            def forward(
                self,
                attn: Any,
                hidden_states: Tensor,
                encoder_hidden_states: Tensor | None = None,
                attention_mask: Tensor | None = None,
                **more: Any,
            ) -> Tensor:
                tokens = hidden_states if encoder_hidden_states is None else encoder_hidden_states
                if outer.keeping:
                    outer.kept[name] = tokens
                else:
                    tokens = torch.cat([tokens, outer.kept.pop(name)], dim=1)
                made: Tensor = inner(attn, hidden_states, tokens, attention_mask)
                return made

        return Processor()


class ViewArtist:
    """The parts of Zero123++, loaded."""

    def __init__(self, parts: dict[str, Any], ramp: list[float], device: str = "cpu") -> None:
        from diffusers.models.attention_processor import AttnProcessor2_0

        self.parts, self.device = parts, torch.device(device)
        unet = parts["unet"]
        self.dtype = unet.dtype
        self._ramp = torch.tensor(ramp, device=self.device, dtype=self.dtype)[:, None]
        self._attended = Attended()
        unet.set_attn_processor(
            {
                name: self._attended.processor(name, AttnProcessor2_0())
                if name.endswith("attn1.processor")
                else AttnProcessor2_0()
                for name in unet.attn_processors
            }
        )

    @classmethod
    def read(cls, folder: Path, white_unet: Path | None, device: str) -> ViewArtist:
        """Read the parts from a folder in diffusers' layout.

        Args:
            white_unet: InstantMesh's weights of the network, which draw on white, or None.

        Raises:
            ImportError: diffusers or transformers is not installed.
            OSError: the folder lacks a part.
            MaquetteError: ``checkpoint-unsafe`` or ``checkpoint-unreadable``.
        """
        from diffusers import AutoencoderKL, EulerAncestralDiscreteScheduler, UNet2DConditionModel
        from transformers import (
            CLIPImageProcessor,
            CLIPTextModel,
            CLIPTokenizer,
            CLIPVisionModelWithProjection,
        )

        dtype = torch.float32 if device == "cpu" else torch.float16
        models = {
            "unet": UNet2DConditionModel,
            "vae": AutoencoderKL,
            "text_encoder": CLIPTextModel,
            "vision_encoder": CLIPVisionModelWithProjection,
        }
        parts: dict[str, Any] = {
            name: kind.from_pretrained(
                folder, subfolder=name, local_files_only=True, torch_dtype=dtype
            )
            for name, kind in models.items()
        }
        if white_unet is not None:
            parts["unet"].load_state_dict(read_pickle(white_unet))
        parts = {name: part.to(device).eval() for name, part in parts.items()}
        parts["tokenizer"] = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        for name in ("feature_extractor_vae", "feature_extractor_clip"):
            parts[name] = CLIPImageProcessor.from_pretrained(folder / name)
        stored = EulerAncestralDiscreteScheduler.load_config(folder / "scheduler")
        parts["scheduler"] = EulerAncestralDiscreteScheduler.from_config(
            stored, timestep_spacing="trailing"
        )
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        return cls(parts, index["ramping_coefficients"], device)

    def draw(
        self,
        rgba: np.ndarray,
        seed: int,
        steps: int = STEPS,
        progress: Callable[[float], None] = lambda share: None,
    ) -> list[np.ndarray]:
        """Draw the six views.

        Args:
            rgba: (H, W, 4) uint8 cut-out picture.
            progress: called with the share done; may raise to stop.

        Returns:
            six (320, 320, 3) uint8 pictures over white, posed as in :data:`POSES`.
        """
        white = over(pad_to_share(rgba, 0.85), 1.0)
        picture = Image.fromarray((white * 255).astype(np.uint8))
        sheet = self.sheet(picture, torch.Generator().manual_seed(seed), steps, progress)
        pixels = (sheet[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().cpu().numpy()
        return [
            pixels[r * EDGE : (r + 1) * EDGE, c * EDGE : (c + 1) * EDGE]
            for r in range(ROWS)
            for c in range(COLUMNS)
        ]

    @torch.inference_mode()
    def sheet(
        self,
        picture: Image.Image,
        generator: torch.Generator,
        steps: int,
        progress: Callable[[float], None],
        height: int = ROWS * EDGE,
        width: int = COLUMNS * EDGE,
    ) -> Tensor:
        """Draw all views on one sheet: (1, 3, height, width) in 0..1, not clamped."""
        vae, unet, scheduler = (self.parts[n] for n in ("vae", "unet", "scheduler"))
        seen = self._pixels("feature_extractor_vae", picture)
        latent = vae.encode(seen).latent_dist.sample(generator)
        nothing = vae.encode(torch.zeros_like(seen)).latent_dist.sample(generator)
        reference = torch.cat([nothing, latent])
        prompt = self._prompt(picture)
        scheduler.set_timesteps(steps, device=self.device)
        factor = 2 ** (len(vae.config.block_out_channels) - 1)
        shape = (1, unet.config.in_channels, height // factor, width // factor)
        views = self._noise(shape, generator) * scheduler.init_noise_sigma
        for index, time in enumerate(scheduler.timesteps):
            progress(index / steps)
            doubled = scheduler.scale_model_input(torch.cat([views] * 2), time)
            noised = scheduler.add_noise(
                reference, self._noise(reference.shape, generator), time.reshape(-1)
            )
            self._attended.keeping = True
            unet(scheduler.scale_model_input(noised, time), time, encoder_hidden_states=prompt)
            self._attended.keeping = False
            free, bound = unet(doubled, time, encoder_hidden_states=prompt).sample.chunk(2)
            guided = free + GUIDANCE * (bound - free)
            views = scheduler.step(guided, time, views, generator=generator).prev_sample
        views = views / _LATENT_SCALE + _LATENT_SHIFT
        made = vae.decode(views / vae.config.scaling_factor, return_dict=False)[0]
        progress(1.0)
        return (made.float() / _PIXEL_SCALE) / 2 + 0.5

    def _pixels(self, extractor: str, picture: Image.Image) -> Tensor:
        made: Tensor = self.parts[extractor](images=picture, return_tensors="pt").pixel_values
        return made.to(self.device, self.dtype)

    def _prompt(self, picture: Image.Image) -> Tensor:
        """(2, 77, W): the empty prompt, and the same with the picture in it."""
        tokenizer = self.parts["tokenizer"]
        words = tokenizer(
            "",
            padding="max_length",
            max_length=tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        ).input_ids
        empty = self.parts["text_encoder"](words.to(self.device))[0]
        image = self.parts["vision_encoder"](self._pixels("feature_extractor_clip", picture))
        return torch.cat([empty, empty + image.image_embeds[:, None] * self._ramp])

    def _noise(self, shape: tuple[int, ...] | torch.Size, generator: torch.Generator) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=self.dtype).to(self.device)
