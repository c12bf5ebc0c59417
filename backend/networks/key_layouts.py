"""How published files name the parameters that this package names in one way.

A layout is a list of pairs of patterns, each a published prefix and ours; ``#`` stands for a
number. Names that match none are the same on both sides. Only names differ, never contents.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache


class Layout(StrEnum):
    """The families of files."""

    OPENLRM_1_0 = "openlrm-1.0"
    OPENLRM_1_1 = "openlrm-1.1"
    TRIPOSR = "triposr"
    INSTANTMESH = "instantmesh"


Pairs = tuple[tuple[str, str], ...]


def _dino_v1(root: str) -> Pairs:
    layer, block = f"{root}encoder.layer.#.", "encoder.blocks.#."
    return (
        (f"{root}embeddings.cls_token", "encoder.class_token"),
        (f"{root}embeddings.position_embeddings", "encoder.positions"),
        (f"{root}embeddings.patch_embeddings.projection.", "encoder.patches."),
        (f"{layer}attention.attention.query.", f"{block}attention.query."),
        (f"{layer}attention.attention.key.", f"{block}attention.key."),
        (f"{layer}attention.attention.value.", f"{block}attention.value."),
        (f"{layer}attention.output.dense.", f"{block}attention.out."),
        (f"{layer}intermediate.dense.", f"{block}mlp.0."),
        (f"{layer}output.dense.", f"{block}mlp.2."),
        (f"{layer}layernorm_before.", f"{block}norm1."),
        (f"{layer}layernorm_after.", f"{block}norm2."),
        (f"{layer}adaLN_modulation.1.", f"{block}modulation."),
        (f"{root}layernorm.", "encoder.norm."),
        (f"{root}pooler.dense.", "encoder.pooler."),
    )


_DINO_V2: Pairs = (
    ("encoder.model.cls_token", "encoder.class_token"),
    ("encoder.model.pos_embed", "encoder.positions"),
    ("encoder.model.register_tokens", "encoder.registers"),
    ("encoder.model.patch_embed.proj.", "encoder.patches."),
    ("encoder.model.blocks.#.norm#.", "encoder.blocks.#.norm#."),
    ("encoder.model.blocks.#.attn.qkv.", "encoder.blocks.#.attention.qkv."),
    ("encoder.model.blocks.#.attn.proj.", "encoder.blocks.#.attention.out."),
    ("encoder.model.blocks.#.ls#.", "encoder.blocks.#.scale#."),
    ("encoder.model.blocks.#.mlp.fc1.", "encoder.blocks.#.mlp.0."),
    ("encoder.model.blocks.#.mlp.fc2.", "encoder.blocks.#.mlp.2."),
    ("encoder.model.norm.", "encoder.norm."),
)


def _lrm_decoder(modulated: bool) -> Pairs:
    theirs, ours = "transformer.layers.#.", "planes.blocks.#."
    attentions = tuple(
        (f"{theirs}{their_name}.{their_part}", f"{ours}{our_name}.{our_part}.weight")
        for their_name, our_name in (("cross_attn", "cross"), ("self_attn", "attention"))
        for their_part, our_part in (
            ("in_proj_weight", "qkv"),
            ("q_proj_weight", "query"),
            ("k_proj_weight", "key"),
            ("v_proj_weight", "value"),
            ("out_proj.weight", "out"),
        )
    )
    norms: Pairs = ((f"{theirs}norm#.", f"{ours}norm#."),)
    if modulated:
        norms = (
            (f"{theirs}norm#.norm.", f"{ours}norm#."),
            (f"{theirs}norm#.mlp.1.", f"{ours}norm#.modulation."),
        )
    return (
        *attentions,
        *norms,
        (f"{theirs}mlp.0.", f"{ours}mlp.0."),
        (f"{theirs}mlp.3.", f"{ours}mlp.2."),
        ("transformer.norm.", "planes.norm."),
    )


_CAMERA: Pairs = (("camera_embedder.mlp.#.", "camera.#."),)
_DENSITY: Pairs = (("synthesizer.decoder.net.#.", "head.net.#."),)
_IN_TRANSFORMER: Pairs = (
    ("transformer.pos_embed", "planes.tokens"),
    ("transformer.deconv.", "planes.upsample."),
)
_TRIPOSR_BLOCK, _BLOCK = "backbone.transformer_blocks.#.", "planes.blocks.#."

_LAYOUTS: dict[Layout, Pairs] = {
    Layout.OPENLRM_1_0: (
        *_dino_v1("encoder.model."),
        *_CAMERA,
        *_IN_TRANSFORMER,
        *_lrm_decoder(modulated=True),
        *_DENSITY,
    ),
    Layout.OPENLRM_1_1: (
        *_DINO_V2,
        *_CAMERA,
        ("pos_embed", "planes.tokens"),
        ("upsampler.", "planes.upsample."),
        *_lrm_decoder(modulated=True),
        *_DENSITY,
    ),
    Layout.TRIPOSR: (
        *_dino_v1("image_tokenizer.model."),
        ("tokenizer.embeddings", "planes.tokens"),
        ("backbone.norm.", "planes.norm."),
        ("backbone.proj_in.", "planes.into."),
        ("backbone.proj_out.", "planes.out."),
        (f"{_TRIPOSR_BLOCK}norm#.", f"{_BLOCK}norm#."),
        *(
            (f"{_TRIPOSR_BLOCK}{theirs}.{part}.", f"{_BLOCK}{ours}.{own}.")
            for theirs, ours in (("attn1", "attention"), ("attn2", "cross"))
            for part, own in (
                ("to_q", "query"),
                ("to_k", "key"),
                ("to_v", "value"),
                ("to_out.0", "out"),
            )
        ),
        (f"{_TRIPOSR_BLOCK}ff.net.0.proj.", f"{_BLOCK}mlp.into."),
        (f"{_TRIPOSR_BLOCK}ff.net.2.", f"{_BLOCK}mlp.out."),
        ("post_processor.upsample.", "planes.upsample."),
        ("decoder.layers.#.", "head.net.#."),
    ),
    Layout.INSTANTMESH: (
        *_dino_v1("encoder.model."),
        ("encoder.camera_embedder.#.", "encoder.camera.#."),
        *_IN_TRANSFORMER,
        *_lrm_decoder(modulated=False),
        *_DENSITY,
        ("synthesizer.decoder.net_sdf.#.", "head.sdf.#."),
        ("synthesizer.decoder.net_rgb.#.", "head.rgb_net.#."),
        ("synthesizer.decoder.net_deformation.#.", "head.deformation.#."),
        ("synthesizer.decoder.net_weight.#.", "head.weight.#."),
    ),
}


def to_own(layout: Layout, key: str) -> str:
    """A published name to ours."""
    return _renamed(_rules(layout, False), key)


def to_published(layout: Layout, key: str) -> str:
    """Our name to the published one."""
    return _renamed(_rules(layout, True), key)


def _renamed(rules: tuple[tuple[re.Pattern[str], str], ...], key: str) -> str:
    for pattern, replacement in rules:
        if pattern.match(key):
            return pattern.sub(replacement, key, count=1)
    return key


@cache
def _rules(layout: Layout, back: bool) -> tuple[tuple[re.Pattern[str], str], ...]:
    pairs = [(ours, theirs) if back else (theirs, ours) for theirs, ours in _LAYOUTS[layout]]
    rules = []
    # One prefix may begin with another; the longer one means more.
    for source, target in sorted(pairs, key=lambda pair: -len(pair[0])):
        # A prefix ends in a dot; what does not is a whole name.
        end = "" if source.endswith(".") else "$"
        pattern = re.escape(source).replace(r"\#", r"(\d+)")
        numbers = iter(range(1, 9))
        replacement = re.sub("#", lambda _, n=numbers: rf"\g<{next(n)}>", target)  # type: ignore[misc]
        rules.append((re.compile("^" + pattern + end), replacement))
    return tuple(rules)
