"""The camera from dense correspondences between pixels and the unit cube.

The network says for every pixel where in the cube it looks (Wang et al. 2019); a camera that
agrees is found by a linear start and robust Gauss-Newton steps. Seven numbers: three of
rotation, principal point (2), scale and nearness. With ``x`` the point in camera axes about the
cube's centre, ``u = u0 + s * x / (1 + k z)``: a pinhole at distance 1/k that looks at the centre.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .encoding import Encoding

#: Common nearness of the training cameras, and how firmly it and an upright camera are held.
_NEARNESS, _NEARNESS_WEIGHT, _ROLL_WEIGHT = 0.5, 0.1, 0.3
#: Nearness that a fit may end with. At 0 no direction would be left for the camera to look in.
_FAR, _NEAR = 0.15, 1.2
_STEPS = 12


def map_grid(size: int) -> Tensor:
    """(size * size, 2) picture coordinates 0..1 of a square map's elements, row by row."""
    at = (torch.arange(size) + 0.5) / size
    return torch.stack(torch.meshgrid(at, at, indexing="xy"), dim=-1).flatten(0, 1)


def correspondences(encoding: Encoding, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return cube points (B, S*S, 3), picture coordinates (B, S*S, 2) and weights (B, S*S).

    Args:
        seen: (B, S, S) bool, where the picture shows the object.
    """
    b, _, size, _ = encoding.surface.shape
    grid = map_grid(size).to(seen.device)
    sure = torch.exp(-encoding.log_scale.flatten(1)).clamp_max(100)
    points = encoding.surface.flatten(2).transpose(1, 2)
    return points, grid.expand(b, -1, -1), seen.flatten(1).float() * sure


def fit_camera(points: Tensor, uv: Tensor, weight: Tensor) -> Tensor:
    """Fit cameras to correspondences.

    Args:
        points: (B, N, 3) float32, unit cube.
        uv: (B, N, 2) picture coordinates 0..1.
        weight: (B, N) non-negative; 0 leaves a correspondence out.

    Returns:
        (B, 3, 4) matrices as :func:`.alignment.project` takes. Gradients flow through the
        last step alone: at the optimum it answers to the correspondences as the whole fit does.
    """
    with torch.no_grad():
        rotation, centre, scale = _affine_start(points, uv, weight)
        nearness = torch.full_like(scale, _NEARNESS)
        for step in range(_STEPS):
            rotation, centre, scale, nearness = _improve(
                points, uv, weight, rotation, centre, scale, nearness, robust=step >= 3
            )
    rotation, centre, scale, nearness = _improve(
        points, uv, weight, rotation, centre, scale, nearness, robust=True
    )
    return camera_matrix(rotation, centre, scale, nearness)


def camera_matrix(rotation: Tensor, centre: Tensor, scale: Tensor, nearness: Tensor) -> Tensor:
    """Assemble (B, 3, 4) from rotation (B, 3, 3), centre (B, 2), scale (B,), nearness (B,)."""
    third = torch.cat([nearness[:, None] * rotation[:, 2], torch.ones_like(scale)[:, None]], dim=1)
    rows = []
    for i in range(2):
        axis = torch.cat([scale[:, None] * rotation[:, i], torch.zeros_like(scale)[:, None]], dim=1)
        rows.append(axis + centre[:, i, None] * third)
    return torch.stack([*rows, third], dim=1)


def camera_parts(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What :func:`camera_matrix` was given for (B, 3, 4) matrices of square pixels."""
    nearness = matrix[:, 2, :3].norm(dim=-1)
    centre = matrix[:, :2, 3]
    across = matrix[:, :2, :3] - centre[..., None] * matrix[:, 2:, :3]
    scale = across.norm(dim=-1).mean(dim=1)
    axes = [across, matrix[:, 2:, :3]]
    return F.normalize(torch.cat(axes, dim=1), dim=-1), centre, scale, nearness


def _affine_start(points: Tensor, uv: Tensor, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weak-perspective camera by weighted linear least squares, made orthonormal."""
    total = weight.sum(dim=1).clamp_min(1e-6)
    w = weight[..., None]
    p_mean = (points * w).sum(dim=1) / total[:, None]
    u_mean = (uv * w).sum(dim=1) / total[:, None]
    p, u = points - p_mean[:, None], uv - u_mean[:, None]
    # A ridge keeps flat fronts, whose points hardly spread in depth, from blowing up.
    gram = (p * w).transpose(1, 2) @ p / total[:, None, None]
    gram = gram + 1e-3 * torch.eye(3, dtype=p.dtype, device=p.device)
    linear = torch.linalg.solve(gram, (p * w).transpose(1, 2) @ u / total[:, None, None])
    rows = linear.transpose(1, 2)  # (B, 2, 3)
    left, values, right = torch.linalg.svd(rows, full_matrices=False)
    two = left @ right
    rotation = torch.cat([two, torch.linalg.cross(two[:, 0], two[:, 1])[:, None]], dim=1)
    scale = values.mean(dim=1).clamp(0.3, 3.0)
    centre = u_mean - scale[:, None] * (two @ p_mean[:, :, None])[..., 0]
    return rotation, centre, scale


def _improve(
    points: Tensor,
    uv: Tensor,
    weight: Tensor,
    rotation: Tensor,
    centre: Tensor,
    scale: Tensor,
    nearness: Tensor,
    robust: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """One damped Gauss-Newton step on the reprojection error."""
    x, y, z = (points @ rotation.transpose(1, 2)).unbind(-1)
    w = (1 + nearness[:, None] * z).clamp_min(0.2)
    s = scale[:, None] / w
    error = uv - centre[:, None] - torch.stack([s * x, s * y], dim=-1)
    k = nearness[:, None]
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    jacobian = []
    for a, da, unit in ((x, (zero, z, -y), (one, zero)), (y, (-z, zero, x), (zero, one))):
        # Turning the camera axes by omega moves (x, y, z) by omega cross (x, y, z).
        dz = (y, -x, zero)
        turn = [s * d - s * a * k / w * e for d, e in zip(da, dz, strict=True)]
        jacobian.append(torch.stack([*turn, *unit, a / w, -s * a * z / w], dim=-1))
    jac = torch.stack(jacobian, dim=2)  # (B, N, 2, 7)
    use = weight
    if robust:
        size = error.norm(dim=-1)
        typical = (size * weight).sum(dim=1) / weight.sum(dim=1).clamp_min(1e-6)
        use = weight / (1 + (size / (1.5 * typical[:, None] + 1e-4)) ** 2)
    use = use / use.sum(dim=1, keepdim=True).clamp_min(1e-6)
    flat = jac.flatten(1, 2)
    both = use[..., None].expand(-1, -1, 2).flatten(1)
    normal = (flat * both[..., None]).transpose(1, 2) @ flat
    gradient = (flat * both[..., None]).transpose(1, 2) @ error.flatten(1)[..., None]
    normal, gradient = _add_priors(normal, gradient, rotation, nearness)
    eye = torch.eye(7, dtype=flat.dtype, device=flat.device)
    step = torch.linalg.solve(normal + 1e-5 * eye, gradient)[..., 0].clamp(-0.5, 0.5)
    rotation = _turn(step[:, :3]) @ rotation
    return (
        rotation,
        centre + step[:, 3:5],
        (scale + step[:, 5]).clamp(0.2, 4.0),
        (nearness + step[:, 6]).clamp(_FAR, _NEAR),
    )


def _add_priors(
    normal: Tensor, gradient: Tensor, rotation: Tensor, nearness: Tensor
) -> tuple[Tensor, Tensor]:
    """Hold the camera's x axis level and its nearness common, weakly."""
    normal, gradient = normal.clone(), gradient.clone()
    weight = (0.01 * _NEARNESS_WEIGHT) ** 0.5 * 0.1
    normal[:, 6, 6] += weight**2
    gradient[:, 6, 0] += weight**2 * (_NEARNESS - nearness)
    # x axis' height R[0, 2]; turning by omega changes it by omega_y R[2, 2] - omega_z R[1, 2].
    slope = torch.zeros(len(rotation), 7, dtype=rotation.dtype, device=rotation.device)
    slope[:, 1], slope[:, 2] = rotation[:, 2, 2], -rotation[:, 1, 2]
    slope = slope * _ROLL_WEIGHT
    normal = normal + slope[:, :, None] * slope[:, None]
    gradient = gradient - slope[:, :, None] * (_ROLL_WEIGHT * rotation[:, 0, 2])[:, None, None]
    return normal, gradient


def _turn(omega: Tensor) -> Tensor:
    """Rotation matrices (B, 3, 3) of rotation vectors (B, 3)."""
    zero = torch.zeros_like(omega[:, 0])
    a, b, c = omega.unbind(-1)
    skew = torch.stack([zero, -c, b, c, zero, -a, -b, a, zero], dim=-1).view(-1, 3, 3)
    return torch.linalg.matrix_exp(skew)
