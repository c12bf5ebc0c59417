"""The networks that cut objects out of photographs: what a person chooses from, and their files.

All of them may be used for any purpose. Networks whose weights may not (such as BRIA's) are left
out on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

AUTO, EMBEDDED = "auto", "embedded"
_BASE = "https://github.com/danielgatis/rembg/releases/download/v0.0.0"


@dataclass(frozen=True)
class CutoutInfo:
    """One network.

    Attributes:
        name: on the command line and on the wire; those that are fetched are called as in rembg.
        title, description: for a person.
        licence: SPDX id of the weights' licence.
        url: where the file is published; "" for the network that comes with Maquette.
        size: bytes of the file.
        sha256: hex digest of the file.
    """

    name: str
    title: str
    description: str
    licence: str
    url: str = ""
    size: int = 0
    sha256: str = ""

    @property
    def file(self) -> str:
        """The file's name on this machine."""
        return f"{self.name}.onnx"


#: By name, the better ones first.
CUTOUTS: dict[str, CutoutInfo] = {
    info.name: info
    for info in (
        CutoutInfo(
            "birefnet-general",
            "BiRefNet",
            "The most exact, by far the slowest, and wants much memory (Zheng et al. 2024)",
            "MIT",
            f"{_BASE}/BiRefNet-general-epoch_244.onnx",
            972_666_916,
            "58f621f00f5d756097615970a88a791584600dcf7c45b18a0a6267535a1ebd3c",
        ),
        CutoutInfo(
            "birefnet-general-lite",
            "BiRefNet Lite",
            "The same idea in a smaller network (Zheng et al. 2024)",
            "MIT",
            f"{_BASE}/BiRefNet-general-bb_swin_v1_tiny-epoch_232.onnx",
            224_005_088,
            "5600024376f572a557870a5eb0afb1e5961636bef4e1e22132025467d0f03333",
        ),
        CutoutInfo(
            "isnet-general-use",
            "IS-Net",
            "Finer outlines than U²-Net (Qin et al. 2022)",
            "Apache-2.0",
            f"{_BASE}/isnet-general-use.onnx",
            178_648_008,
            "60920e99c45464f2ba57bee2ad08c919a52bbf852739e96947fbb4358c0d964a",
        ),
        CutoutInfo(
            "u2net",
            "U²-Net",
            "Quicker, with coarser outlines (Qin et al. 2020)",
            "Apache-2.0",
            f"{_BASE}/u2net.onnx",
            175_997_641,
            "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
        ),
        CutoutInfo(
            "u2netp",
            "U²-Net Small",
            "A small download, the coarsest outlines (Qin et al. 2020)",
            "Apache-2.0",
            f"{_BASE}/u2netp.onnx",
            4_574_861,
            "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
        ),
        CutoutInfo(
            EMBEDDED,
            "Embedded",
            "Comes with Maquette and needs no download; made for furniture",
            "GPL-3.0-or-later",
        ),
    )
}
#: What a person may choose.
CHOICES = (AUTO, *CUTOUTS)
#: ``auto`` takes the first of these whose file is there. BiRefNet itself must be asked for, since
#: it would bring many machines to their knees.
PREFERRED = ("birefnet-general-lite", "isnet-general-use", "u2net", "u2netp", EMBEDDED)
#: Fetched when a person asks for better cut-outs without naming a network.
RECOMMENDED = "u2net"
