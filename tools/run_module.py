"""Run one of the package's modules with a Python in which it is not installed.

``python tools/run_module.py maquette.scene.batch_worker ...`` is ``python -m ...`` for the
Pythons of the bpy wheels: the repository's root becomes the package ``maquette``, whatever the
folder is called.
"""

from __future__ import annotations

import importlib.util
import runpy
import sys
from pathlib import Path


def make_importable() -> None:
    """Make the repository's root the package ``maquette`` of this process."""
    root = Path(__file__).resolve().parent.parent
    spec = importlib.util.spec_from_file_location(
        "maquette", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["maquette"] = package
    spec.loader.exec_module(package)


def main() -> None:
    """Make ``maquette`` importable and hand over to the module named first."""
    if len(sys.argv) < 2:
        sys.exit("usage: run_module.py MODULE [ARGUMENT ...]")
    make_importable()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
