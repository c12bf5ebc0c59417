"""Learn 20 shapes by heart and say how well: ``make train-smoke``.

Makes the shapes' pictures, trains a small network on them with two processes (out/train-smoke),
and measures the IoU on the same pictures. Exit status 1 when training did not bring it over 0.9.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

from . import environment
from .project import OUT, ROOT, SetupError

FOLDER = OUT / "train-smoke"


def main() -> int:
    """Make the data where it is missing, train anew, measure."""
    try:
        python = environment.backend()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    smoke = [python, "-m", "maquette.backend.training.smoke"]
    launch = [python, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    train = [*launch, "-m", "maquette.backend", "train", "smoke", "--device", "cpu"]
    run = FOLDER / "run"
    shutil.rmtree(run, ignore_errors=True)
    steps = {
        "Pictures": [*smoke, "shards", FOLDER],
        "Training": [*train, "--data", FOLDER / "small", "--out", run],
        "Measuring": [*smoke, "measure", FOLDER, run / "last.pt"],
    }
    variables = os.environ | {"OMP_NUM_THREADS": "1"}
    status = 0
    for name, command in steps.items():
        began = time.monotonic()
        words = [str(part) for part in command]
        status = subprocess.run(words, cwd=ROOT, env=variables, check=False).returncode
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
        if status:
            break
    return status


if __name__ == "__main__":
    sys.exit(main())
