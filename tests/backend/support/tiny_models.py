"""The stored tiny models as models of the product, by engine."""

from __future__ import annotations

import torch
from parity import Fixture, fixture

from maquette.backend.engines.instantmesh import InstantMesh
from maquette.backend.engines.openlrm import OpenLRM
from maquette.backend.engines.plane_engine import PlaneEngine
from maquette.backend.engines.triposr import TripoSR
from maquette.backend.networks.lrm import LargeReconstructor, ModelConfig
from maquette.backend.networks.published import instantmesh, openlrm, triposr
from maquette.backend.networks.vision import VisionConfig, dino_v2

TRIPOSR = triposr(VisionConfig(48, 2, 4, 16, 2, pooler=True), 2, 64, 4, 8, 64, 24, 8, 16)
_V2 = dino_v2(48, 4)
OPENLRM_1_1 = openlrm(
    type(_V2)(**{**_V2.__dict__, "layers": 2, "grid": 7}), 2, 64, 4, 8, 56, 24, True, 32, 8
)
OPENLRM_1_0 = openlrm(VisionConfig(32, 2, 4, 16, 3), 2, 48, 4, 8, 80, 24, False, 32, 8)
_VIEWS = VisionConfig(32, 2, 4, 16, 2, camera=True)
INSTANTMESH_NERF = instantmesh(_VIEWS, 2, 48, 4, 8, False, 24, 48, 8)
INSTANTMESH_MESH = instantmesh(_VIEWS, 2, 48, 4, 8, True, 24, 48, 8, 8)
#: Engine class, stored file and configuration, by the name of a release.
TINY: dict[str, tuple[type[PlaneEngine], str, ModelConfig]] = {
    "triposr": (TripoSR, "triposr", TRIPOSR),
    "openlrm-mix-base-1.1": (OpenLRM, "openlrm_1_1", OPENLRM_1_1),
    "openlrm-base-obj-1.0": (OpenLRM, "openlrm_1_0", OPENLRM_1_0),
    "instantmesh-nerf-base": (InstantMesh, "instantmesh_nerf", INSTANTMESH_NERF),
    "instantmesh-mesh-base": (InstantMesh, "instantmesh_mesh", INSTANTMESH_MESH),
}


def tiny_engine(name: str, device: str = "cpu") -> tuple[PlaneEngine, Fixture]:
    """The engine of a release with the tiny model in place of the full one."""
    family, file, config = TINY[name]
    stored = fixture(file)
    model: LargeReconstructor = stored.model(config)
    engine = family.variant(name)()
    engine.use(model, device)
    return engine, stored


def floats(*numbers: float) -> torch.Tensor:
    """A short vector."""
    return torch.tensor(numbers)
