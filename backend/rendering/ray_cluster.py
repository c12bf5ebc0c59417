"""Workers on the nodes of a Ray cluster, with the same supervisor as on one machine.

An actor on a node starts a Blender beside itself and passes messages on. A finished asset comes
back as the bytes of its files, so the nodes need no folder in common for what they make; the files
that are rendered must be readable on every node under the same path. Every node needs Maquette with
the extra ``ray``, and a Blender of one version, found there as on any machine.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.batch import own_presets
from ...core.batch.blender import find_blender
from ...core.batch.channel import ProcessChannel
from ...core.batch.job import StartWorker
from ...core.batch.plan import CORES_PER_WORKER, share_out
from ...core.batch.request import Request
from ...core.batch.run import Cluster
from ...core.errors import MaquetteError

#: A lost node shows as an error of the actor; it is a crash of the worker to the supervisor.
LOST = -1


class Node:
    """Runs on a node: a worker in a process there, with a folder of its own."""

    def __init__(self, wanted: str, cores: int, presets: Mapping[str, bytes]) -> None:
        """Start the worker.

        Args:
            presets: files of the dataset's own presets, by their path in its folder.
            wanted: device, as in :class:`.Request`; the node's own are looked at.
            cores: of the processor that are for this worker.
        """
        import ray

        self._wanted = wanted
        self._cores = cores
        self._node: str = ray.get_runtime_context().get_node_id()
        self._folder = Path(tempfile.mkdtemp(prefix="maquette-ray-"))
        self._cards: Mapping[str, int] = {}
        for name, data in presets.items():
            target = self._folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        command = find_blender().command("scene.batch_worker")
        variables = own_presets.environment(self._folder)
        self._channel = ProcessChannel(command, self._folder / "log", variables)

    def exchange(self, requests: list[dict[str, Any]]) -> tuple[list[Any], int | None, str]:
        """Pass requests on; returns what the worker said, its exit status and its log's end.

        With the message that an asset is done come the files it consists of, as a tar archive.
        """
        for request in requests:
            device = share_out(self._wanted, 1, self._cards, self._cores)[0]
            self._channel.send(
                {**request, "out": str(self._out), "slot": 0, "devices": [device.to_json()]}
            )
        status = self._channel.ended()
        answers = []
        for message in self._channel.receive():
            if message.get("say") == "ready":
                self._cards = message["devices"]
                message["node"] = self._node
            files = _pack(self._out) if message.get("say") == "done" else b""
            answers.append((message, files))
        return answers, status, self._channel.log() if status is not None else ""

    def log(self) -> str:
        """The end of the log."""
        return self._channel.log()

    def close(self) -> None:
        """End the worker and remove what it made."""
        self._channel.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _out(self) -> Path:
        return self._folder / "out"


class RayChannel:
    """A worker on a node as the supervisor sees it; see ``core.batch.channel.Channel``."""

    def __init__(
        self,
        ray: Any,
        options: Mapping[str, Any],
        wanted: str,
        presets: Mapping[str, bytes],
        log: Path,
    ) -> None:
        """Ask the cluster for an actor; it may start later, when a node has room.

        Args:
            options: of the actor.
            wanted, presets: as in :class:`Node`.
            log: file on this machine that says which node it was, and how it ended.
        """
        self._file = log
        self._file.write_text("")
        self._ray = ray
        cores = max(1, int(options["num_cpus"]))
        self._actor = ray.remote(Node).options(**options).remote(wanted, cores, presets)
        self._requests: list[dict[str, Any]] = []
        self._asked: Any = None
        self._status: int | None = None
        self._log = ""
        self._answers: list[dict[str, Any]] = []
        self._out: Path | None = None

    def send(self, message: Mapping[str, Any]) -> None:
        """See ``Channel``."""
        self._out = Path(str(message["out"]))
        self._requests.append(dict(message))

    def receive(self) -> list[dict[str, Any]]:
        """See ``Channel``."""
        answers, self._answers = self._answers, []
        return answers

    def ended(self) -> int | None:
        """See ``Channel``; also fetches what the actor has to say."""
        if self._status is not None:
            return self._status
        try:
            self._exchange()
        except self._ray.exceptions.RayError as error:
            self._log, self._status = f"The node was lost: {error}", LOST
        return self._status

    def kill(self) -> None:
        """See ``Channel``."""
        with contextlib.suppress(Exception):  # whatever is wrong with it, it is not needed any more
            self._ray.get(self._actor.close.remote(), timeout=5)
        with contextlib.suppress(Exception):
            self._ray.kill(self._actor)
        if self._status is None:
            self._status = LOST

    def log(self) -> str:
        """See ``Channel``."""
        if not self._log:
            with contextlib.suppress(Exception):
                self._log = self._ray.get(self._actor.log.remote(), timeout=5)
        return self._log

    def _exchange(self) -> None:
        if self._asked is None:
            requests, self._requests = self._requests, []
            self._asked = self._actor.exchange.remote(requests)
        ready, _ = self._ray.wait([self._asked], timeout=0)
        if not ready:
            return
        answers, status, log = self._ray.get(self._asked)
        self._asked = None
        for message, files in answers:
            if files:
                assert self._out is not None
                _unpack(files, self._out)
            if "node" in message:
                self._file.write_text(f"node {message['node']}\n")
            self._answers.append(message)
        if status is not None:
            self._status, self._log = status, log
            with self._file.open("a") as file:
                file.write(log)


def connect(address: str, device: str) -> Cluster:
    """Join a Ray cluster; returns what starts workers on it, and how many it has room for.

    Args:
        address: of the cluster's head, ``host:port``, or ``auto``.
        device: as in :class:`.Request`.

    Raises:
        MaquetteError: ``ray-missing`` or ``ray-unreachable``.
    """
    try:
        import ray
    except ImportError as error:
        raise MaquetteError(
            "ray-missing",
            "Rendering on a cluster needs Ray: pip install “maquette[ray]”.",
        ) from error
    try:
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise MaquetteError(
            "ray-unreachable",
            f"There is no Ray cluster at “{address}”. Start one with ray start --head.",
            detail=str(error),
        ) from error

    def cluster(request: Request) -> tuple[StartWorker, int]:
        room = ray.cluster_resources()
        cards, cores = int(room.get("GPU", 0)), int(room.get("CPU", 1))
        if cards and device.lower() != "cpu":
            workers = request.workers or cards
            options: dict[str, Any] = {"num_gpus": min(1.0, cards / workers), "num_cpus": 1}
        else:
            workers = min(cores, request.workers or max(1, cores // CORES_PER_WORKER))
            options = {"num_cpus": max(1, min(CORES_PER_WORKER, cores // workers))}
        # One attempt is for the supervisor to count, not for Ray to repeat.
        options |= {"max_restarts": 0, "max_task_retries": 0, "scheduling_strategy": "SPREAD"}
        kept = [path for path in (request.out / own_presets.FOLDER).rglob("*") if path.is_file()]
        presets = {path.relative_to(request.out).as_posix(): path.read_bytes() for path in kept}
        return lambda slot, log: RayChannel(ray, options, device, presets, log), workers

    return cluster


def _pack(folder: Path) -> bytes:
    """Pack a folder's contents and empty it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.add(folder, arcname=".")
    shutil.rmtree(folder)
    return stream.getvalue()


def _unpack(files: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        archive.extractall(folder, filter="data")
