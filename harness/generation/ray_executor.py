"""A Ray cluster: an actor for each slot of its nodes holds the providers that are asked there. The extra ``ray``.

Ray runs nothing again by itself (``max_restarts=0``, ``max_task_retries=0``): what a lost actor or node means for a
trial is decided by :class:`harness.generation.placed.PlacedProvider`. Results are waited for one by one, and no more
calls are submitted than there are slots.
"""

import os
import queue
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from harness.errors import GenerationCancelledError, GenerationError, GenerationTimeoutError
from harness.generation.executor import ExecutorError, here, open_provider
from harness.generation.placed import PlacedProvider
from harness.generation.places import LOOK, Place, Places
from harness.provider import (
    BadOptionError,
    Cancellation,
    Capabilities,
    LineProvider,
    OptionProblem,
    Provider,
    ProviderDefinition,
    WorkerEndedError,
    can_have_workers,
    options_in,
    places_of,
)
from harness.records import ExecutorSpec

REACH = 5.0
"""Seconds until something listens at the address of a cluster."""
CONNECT = 60.0
"""Seconds until a cluster has answered."""
REST = 30.0
"""Seconds that a slot is not asked after its provider could not be built there."""
EVERY = 1.0
"""Seconds between two looks at the nodes."""


class RayExecutor:
    """A cluster whose nodes generate. What calls a service or a server stays in this process, with its limits."""

    def __init__(self, spec: ExecutorSpec) -> None:
        """Connect. Raises ExecutorError within CONNECT and REACH seconds."""
        self._own = not ray.is_initialized()
        if self._own:
            _connect(spec.address)
        self._places = Nodes(spec)
        try:
            self._places.look()
        except Exception as error:
            self.close()
            raise ExecutorError(spec.address, f"it does not say which nodes it has: {error}") from error

    def open(self, spec: ProviderDefinition) -> Provider:
        """Build a provider. Raises BadOptionError, UnknownKindError …"""
        if not can_have_workers(spec):
            return open_provider(spec)
        if places_of(spec):
            hint = "leave out `workers`: a slot of the cluster is one; or run with --executor local"
            raise BadOptionError(
                spec.name, OptionProblem("`workers` are processes of this machine", hint, ("workers",))
            )
        return PlacedProvider(spec, self._places, lambda: here(spec), own=False)

    def close(self) -> None:
        """End the actors, and leave the cluster."""
        self._places.close()
        if self._own:
            ray.shutdown()


class Nodes(Places):
    """The slots of all nodes that are alive; nodes come and go."""

    may_grow = True

    def __init__(self, spec: ExecutorSpec) -> None:
        super().__init__()
        self._spec = spec
        self._known: set[str] = set()
        self._resting: list[tuple[float, Slot]] = []
        self._looking = threading.Lock()
        self._looked = 0.0
        self.why_none = f"no node has {spec.gpus:g} GPUs and {spec.cpus:g} CPUs"

    def remove(self, place: Place, why: str) -> None:
        """Use a slot no more, until it has rested: its node may be lost, or be short of memory."""
        super().remove(place, why)
        assert isinstance(place, Slot)
        with self._changed:
            self._resting.append((time.monotonic() + REST, place))

    def look(self) -> None:
        """See which nodes came and went, where the last look was a while ago."""
        if time.monotonic() - self._looked < EVERY or not self._looking.acquire(blocking=False):
            return
        try:
            alive = {str(node["NodeID"]): node for node in ray.nodes() if node["Alive"]}
            for place in self.all():
                if isinstance(place, Slot) and place.node not in alive:
                    super().remove(place, f"the node {place.name} was lost")
            with self._changed:
                resting = [one for one in self._resting if one[1].node in alive]
                rested = [place for until, place in resting if until <= time.monotonic()]
                self._resting = [one for one in resting if one[1] not in rested]
            for place in rested:
                self.add(place)
            for node in alive.keys() - self._known:
                name = f"{alive[node]['NodeManagerAddress']} {node[:6]}"
                for _ in range(slots_of(alive[node].get("Resources", {}), self._spec)):
                    self.add(Slot(name, node, self._spec))
            self._known = set(alive)
            self._looked = time.monotonic()
        finally:
            self._looking.release()


class Slot(Place):
    """A slot of a node: its actor is made when it is first asked, and again when it was lost."""

    def __init__(self, name: str, node: str, spec: ExecutorSpec) -> None:
        super().__init__(name)
        self.node = node
        self._spec = spec
        self._actor: Any = None

    @property
    def actor(self) -> Any:
        """The actor that may be asked, if there is one."""
        return self._actor

    def build(self, spec: ProviderDefinition, capabilities: Capabilities) -> LineProvider:
        """Have the actor build a provider. Raises GenerationError, WorkerVersionError."""
        if self._actor is None:
            self._actor = (
                _actor_class()
                .options(
                    num_gpus=self._spec.gpus,
                    num_cpus=self._spec.cpus,
                    max_restarts=0,
                    max_task_retries=0,
                    scheduling_strategy=NodeAffinitySchedulingStrategy(self.node, soft=False),
                )
                .remote()
            )
        provider = RayProvider(spec.name, spec.kind, options_in(spec), Path(spec.root), capabilities, self)
        try:
            provider.begin()
        except BaseException:
            provider.close()
            raise
        return provider

    def close(self) -> None:
        """End the actor with every provider that it holds."""
        actor, self._actor = self._actor, None
        if actor is not None:
            with suppress(Exception):  # it, its node or the cluster is lost already
                ray.kill(actor, no_restart=True)


class RayProvider(LineProvider):
    """A provider that the actor of a slot holds."""

    def __init__(
        self,
        name: str,
        kind: str,
        options: Mapping[str, Any],
        root: Path,
        capabilities: Capabilities,
        slot: Slot,
    ) -> None:
        super().__init__(name, kind, options, root, capabilities)
        self._slot, self._actor = slot, slot.actor

    @property
    def is_open(self) -> bool:
        """Whether the actor that holds it is still that of the slot."""
        return self._actor is self._slot.actor

    def ask(self, line: bytes, timeout: float, cancellation: Cancellation | None = None) -> bytes:
        """Return the line that answers another; at its time, or cancelled, the actor ends."""
        billed = self.capabilities.price != 0
        until = time.monotonic() + timeout
        try:
            asked = self._actor.ask.remote(self.name, line)
            while not ray.wait([asked], timeout=_wait_of(until, cancellation))[0]:
                if cancellation is not None and cancellation.is_cancelled:
                    raise GenerationCancelledError(self.name, possibly_billed=billed)
                if time.monotonic() >= until:
                    raise GenerationTimeoutError(self.name, timeout, possibly_billed=billed)
            answer: bytes = ray.get(asked)
        except GenerationError:
            self.close()
            raise
        except ray.exceptions.RayTaskError as error:  # the actor lives: its code is another
            hint = "install the same version of image-harness on every node"
            raise GenerationError(self.name, f"its worker on {self._slot.name} failed: {error.cause!r}", hint) from None
        except ray.exceptions.RayError as error:
            self.close()
            raise WorkerEndedError(self.name, f"its worker on {self._slot.name} ended: {_first(error)}") from None
        return answer

    def close(self) -> None:
        """End the actor, and with it what else it holds."""
        if self.is_open:
            self._slot.close()


def slots_of(resources: Mapping[str, float], spec: ExecutorSpec) -> int:
    """Return how many slots a node with these resources has."""
    parts = [resources.get(name, 0.0) / part for name, part in (("GPU", spec.gpus), ("CPU", spec.cpus)) if part]
    return int(min(parts) + 1e-9) if parts else 0


def _wait_of(until: float, cancellation: Cancellation | None) -> float:
    left = max(0.0, until - time.monotonic())
    return left if cancellation is None else min(left, LOOK)


def _first(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"


def _actor_class() -> Any:
    """Return the class of the actors. It is sent by value: a node of another version may not have this module."""

    class Actor:
        def __init__(self) -> None:
            self.workers: dict[str, Any] = {}

        def ask(self, name: str, line: bytes) -> bytes:
            from harness.provider import LineWorker

            worker = self.workers.setdefault(name, LineWorker())
            answer: bytes = worker.answer(line)
            return answer

    return ray.remote(Actor)


def _connect(address: str) -> None:
    """Connect this process to a cluster. Raises ExecutorError."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    asked = os.environ.get("RAY_ADDRESS", "auto") if address == "auto" else address
    if asked != "auto":
        _check_listening(asked)
    came: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def connect() -> None:
        try:
            ray.init(address=asked, log_to_driver=False, logging_level="ERROR")
        except BaseException as error:  # it ends the process where it gives up
            came.put(error)
        else:
            came.put(None)

    # Ray tries for minutes, and has no setting that shortens it
    threading.Thread(target=connect, daemon=True).start()
    try:
        error = came.get(timeout=CONNECT)
    except queue.Empty:
        raise ExecutorError(asked, f"no cluster answers within {CONNECT:g} s") from None
    if error is not None:
        raise ExecutorError(asked, _first(error)) from error


def _check_listening(address: str) -> None:
    """Raise ExecutorError where nothing listens at HOST:PORT."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not host or not port.isdigit():
        raise ExecutorError(address, "this is not HOST:PORT")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH).close()
    except (OSError, OverflowError) as error:
        raise ExecutorError(address, f"nothing listens there: {error}") from None
