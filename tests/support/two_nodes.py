"""Starts a Ray cluster of two nodes on this machine and renders on it: ``two_nodes.py ARGUMENT...``

Prints how many nodes have had a worker.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import ClassVar

import ray
from ray.cluster_utils import Cluster

from maquette.backend.__main__ import main
from maquette.backend.rendering import ray_cluster
from maquette.backend.rendering.ray_cluster import RayChannel


class WaitingChannel(RayChannel):
    """Says nothing before every worker is ready, so that each gets something to do."""

    waiting: ClassVar[set[WaitingChannel]] = set()

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.waiting.add(self)

    def receive(self) -> list[dict]:
        """See ``RayChannel``."""
        if any(answer["say"] == "ready" for answer in self._answers):
            self.waiting.discard(self)
        return [] if self.waiting - {self} else super().receive()


def run(arguments: list[str]) -> int:
    """Render; returns the exit status."""
    node = {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 100_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        cluster.add_node(**node)
        ray_cluster.RayChannel = WaitingChannel
        code = main(["render", *arguments, "--ray", cluster.address])
    finally:
        ray.shutdown()
        cluster.shutdown()
    logs = Path(arguments[arguments.index("--out") + 1], "logs").glob("worker-*.log")
    print(json.dumps({"nodes": len({log.read_text().splitlines()[0] for log in logs})}))
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
