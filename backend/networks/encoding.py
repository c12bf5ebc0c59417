"""What the embedded network knows of a picture."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Encoding:
    """All that the network knows of a picture; S is half of the picture's edge.

    Attributes:
        maps: (B, F + 4, S, S) for the point decoder.
        surface: (B, 3, S, S) unit-cube position of the visible surface at each pixel (the
            normalised object coordinates of Wang et al. 2019).
        log_scale: (B, S, S) log of the expected error of ``surface``.
        tokens: (B, M, K), of the picture's parts.
        context: (B, K).
        category: (B, 5) logits.
        side: logits of the picture being taken from the side that the network knows, of more
            pictures than are encoded where so asked; None where it knows both.
    """

    maps: Tensor
    surface: Tensor
    log_scale: Tensor
    tokens: Tensor
    context: Tensor
    category: Tensor
    side: Tensor | None = None

    @property
    def likely(self) -> Tensor:
        """(B, 5) probabilities of the categories."""
        return self.category.softmax(dim=-1)

    def only(self, index: int) -> Encoding:
        """That of one picture, as a batch of one."""
        fields = (self.maps, self.surface, self.log_scale, self.tokens, self.context, self.category)
        return Encoding(*(t[index : index + 1] for t in fields))
