"""The released models: where their files lie, how large they are, what their licences ask.

A revision or a hash that is stated here is checked. Where none is stated, the commit that the
hub names at the first contact is kept and asked for from then on, and the hash is the one that
the hub states for that commit (its LFS object id, a SHA-256). In every case the names and shapes
of all parameters must be those of the model.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import Fix, MaquetteError

_MB = 1_000_000
_NOT_COMMERCIAL = (
    "These weights may be used for research and other non-commercial purposes only, with "
    "attribution. What they make stays under the same terms."
)
_OPENLRM = "CC-BY-NC-4.0"
_CREATIVE_COMMONS = "https://creativecommons.org/licenses/by-nc/4.0/"


@dataclass(frozen=True)
class Release:
    """One released file of weights.

    Attributes:
        name: as in ``networks.published.MODELS`` and on the command line.
        title, family: for a person.
        repo, file: on the hub.
        size: bytes; exact where ``sha256`` is stated, else what the parameters take.
        licence: SPDX id; ``licence_url`` its text; ``terms`` one or two sentences for a person.
        commercial: whether the licence allows commercial use.
        revision: commit; "" where the hub's answer is taken and kept.
        sha256: hex digest; "" where the hub's answer is taken.
        inside: key of the parameters inside the file; "" for the file's top level.
        prefix: of the parameters' names; others are left out.
    """

    name: str
    title: str
    family: str
    repo: str
    file: str
    size: int
    licence: str
    licence_url: str
    terms: str
    commercial: bool
    revision: str = ""
    sha256: str = ""
    inside: str = ""
    prefix: str = ""

    @property
    def url(self) -> str:
        """Where a person reads about it."""
        return f"https://huggingface.co/{self.repo}"


def _openlrm_1_1(data: str, size: str, megabytes: int) -> Release:
    name = f"openlrm-{data}-{size}-1.1"
    trained = "Objaverse" if data == "obj" else "Objaverse and MVImgNet"
    return Release(
        name,
        f"OpenLRM {size.title()} 1.1 ({trained})",
        "OpenLRM",
        f"zxhezexin/{name}",
        "model.safetensors",
        megabytes * _MB,
        _OPENLRM,
        _CREATIVE_COMMONS,
        _NOT_COMMERCIAL,
        False,
    )


def _openlrm_1_0(size: str, megabytes: int) -> Release:
    name = f"openlrm-{size}-obj-1.0"
    return Release(
        name,
        f"OpenLRM {size.title()} 1.0 (Objaverse)",
        "OpenLRM",
        f"zxhezexin/{name}",
        "model.pth",
        megabytes * _MB,
        _OPENLRM,
        _CREATIVE_COMMONS,
        _NOT_COMMERCIAL,
        False,
        inside="weights",
    )


def _instantmesh(kind: str, size: str, size_bytes: int, sha256: str = "") -> Release:
    return Release(
        f"instantmesh-{kind}-{size}",
        f"InstantMesh {size.title()} ({'Mesh' if kind == 'mesh' else 'Volume'})",
        "InstantMesh",
        "TencentARC/InstantMesh",
        f"instant_{kind}_{size}.ckpt",
        size_bytes,
        "Apache-2.0",
        "https://www.apache.org/licenses/LICENSE-2.0",
        "The files are published under Apache 2.0, but their training was started from OpenLRM's "
        "non-commercial weights (CC-BY-NC 4.0). Treat them as non-commercial unless you know "
        "better.",
        False,
        revision="b785b4ecfb6636ef34a08c748f96f6a5686244d0",
        sha256=sha256,
        inside="state_dict",
        prefix="lrm_generator.",
    )


_RELEASES = (
    Release(
        "triposr",
        "TripoSR",
        "TripoSR",
        "stabilityai/TripoSR",
        "model.ckpt",
        1_677_246_742,
        "MIT",
        "https://opensource.org/license/mit",
        "These weights may be used for any purpose, also commercially, as long as the copyright "
        "notice is kept.",
        True,
        revision="5b521936b01fbe1890f6f9baed0254ab6351c04a",
        sha256="429e2c6b22a0923967459de24d67f05962b235f79cde6b032aa7ed2ffcd970ee",
    ),
    *(
        _openlrm_1_1(data, size, megabytes)
        for data in ("mix", "obj")
        for size, megabytes in (("small", 446), ("base", 1041), ("large", 1809))
    ),
    _openlrm_1_0("small", 1037),
    _openlrm_1_0("base", 1444),
    _openlrm_1_0("large", 1805),
    _instantmesh(
        "mesh",
        "base",
        1_253_574_354,
        "22701cd25201d624ebb1568b93cf91b43a2c32006835c08fe73e1f3c9f6c44b5",
    ),
    _instantmesh("mesh", "large", 1515 * _MB),
    _instantmesh("nerf", "base", 1253 * _MB),
    _instantmesh("nerf", "large", 1514 * _MB),
)

#: By name; TripoSR first, since it is free for every use.
CATALOGUE: dict[str, Release] = {release.name: release for release in _RELEASES}


def release_of(name: str) -> Release:
    """Return the release of that name.

    Raises:
        MaquetteError: ``weights-unknown``.
    """
    if name not in CATALOGUE:
        raise MaquetteError(
            "weights-unknown",
            f"There are no weights “{name[:64]}”; there are {', '.join(CATALOGUE)}.",
            Fix.NONE,
        )
    return CATALOGUE[name]
