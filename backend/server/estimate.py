"""Turn a stage's fraction into the whole job's progress and the time left."""

from __future__ import annotations

from ...core.protocol import Stage

STAGES = (Stage.CUTOUT, Stage.INFER, Stage.MESH, Stage.TEXTURE, Stage.PACK)
#: Shares of the work while no job like it was seen yet.
_GUESS = {
    Stage.CUTOUT: 0.15,
    Stage.INFER: 0.35,
    Stage.MESH: 0.35,
    Stage.TEXTURE: 0.1,
    Stage.PACK: 0.05,
}
#: Jobs that enlarge a picture take as long as it is large: nothing is learned from others.
_OF_PICTURES = {Stage.FETCH: 0.1, Stage.UPSCALE: 1.0}


def progress_and_eta(
    stage: Stage, fraction: float, typical_s: dict[str, float]
) -> tuple[float, float]:
    """Return (progress 0 to 1, seconds left or -1 when unknown).

    Args:
        stage: the stage being worked on.
        fraction: how much of it is done, 0 to 1.
        typical_s: seconds by stage value of earlier jobs; may be empty.
    """
    learned = sum(typical_s.get(s.value, 0.0) for s in STAGES) > 0
    weights = [typical_s.get(s.value, 0.0) if learned else _GUESS[s] for s in STAGES]
    if stage in _OF_PICTURES:
        return _OF_PICTURES[stage] * min(max(fraction, 0.0), 1.0), -1.0
    total = sum(weights)
    position = STAGES.index(stage) if stage in STAGES else 0
    done = sum(weights[:position]) + min(max(fraction, 0.0), 1.0) * weights[position]
    return done / total, (total - done if learned else -1.0)


def eta_from_pace(fraction: float, seconds: float) -> float:
    """Seconds left of even work of which a fraction took so long; -1 while it is too early."""
    return seconds * (1.0 - fraction) / fraction if fraction >= 0.02 else -1.0
