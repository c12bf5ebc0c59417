"""Runs a module of this package in a Python that does not know the package.

``python core/batch/launch.py scene.batch_worker ARGUMENT...`` or
``blender -b --python core/batch/launch.py -- scene.batch_worker ARGUMENT...``: the folder two
levels up becomes the package ``maquette``, whatever it is called, and ``main(arguments)`` of the
module decides the exit status.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path


def main() -> None:
    """Run the module that the command line names; does not return."""
    arguments = sys.argv[1:]
    if "--" in arguments:
        arguments = arguments[arguments.index("--") + 1 :]
    root = Path(__file__).resolve().parents[2]
    spec = importlib.util.spec_from_file_location(
        "maquette", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["maquette"] = package
    spec.loader.exec_module(package)
    status = importlib.import_module(f"maquette.{arguments[0]}").main(arguments[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Some versions of Blender as a module hang or crash while they are taken down.
    os._exit(int(status))


if __name__ == "__main__":
    main()
