"""Name the Debian packages of system libraries that a bpy module misses."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

#: Libraries that the bpy modules take from the system, beyond the C and C++ libraries.
DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libGLdispatch.so.0": "libglvnd0",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXau.so.6": "libxau6",
    "libXdmcp.so.6": "libxdmcp6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libXxf86vm.so.1": "libxxf86vm1",
    "libbsd.so.0": "libbsd0",
    "libgomp.so.1": "libgomp1",
    "libuuid.so.1": "libuuid1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
}


def missing(shared_object: Path) -> list[str]:
    """Return the names of libraries that the loader cannot find; empty where ldd is absent."""
    ldd = shutil.which("ldd")
    if not ldd:
        return []
    answer = subprocess.run(
        [ldd, str(shared_object)], capture_output=True, text=True, check=False, timeout=60
    )
    return parse_ldd(answer.stdout)


def parse_ldd(text: str) -> list[str]:
    """Return the libraries that ldd's output calls not found, sorted, each once."""
    return sorted(set(re.findall(r"^\s*(\S+) => not found", text, re.MULTILINE)))


def parse_import_error(text: str) -> list[str]:
    """Return the library that an ImportError names, in a list; empty when it names none."""
    return re.findall(r"(\S+\.so[\d.]*): cannot open shared object file", text)


def advice(names: list[str]) -> str:
    """Say which libraries are missing and how Debian and its children install them."""
    packages = sorted({DEBIAN_PACKAGES[name] for name in names if name in DEBIAN_PACKAGES})
    unknown = [name for name in names if name not in DEBIAN_PACKAGES]
    lines = [f"System libraries are missing: {', '.join(names)}."]
    if packages:
        lines.append(f"On Debian or Ubuntu: apt-get install {' '.join(packages)}")
    if unknown:
        lines.append(f"Ask your system's package search for: {', '.join(unknown)}")
    return "\n".join(lines)
