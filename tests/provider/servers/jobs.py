"""What the servers of services with a queue share: jobs that pass through states, results as files, models by words."""

import itertools
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.provider.servers.base import Act, Connection, Loopback, Received, raw, reply
from tests.provider.servers.images import encoded, from_data_url, opened, pixels_of

RESULT = re.compile(r"/files/([\w.]+)")


class Jobs(Loopback, ABC):
    """``requests`` holds the calls that submit, ``others`` everything else; ``cancelled`` the ids of jobs that were.

    A job is waiting, then running, then done, one state for each look; while ``gate`` is clear it keeps on running.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(self.handle, **more)
        self.others: list[Received] = []
        self.jobs: dict[str, dict[str, Any]] = {}
        self.looks: dict[str, int] = {}
        self.files: dict[str, bytes] = {}
        self.cancelled: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self._numbers = itertools.count(1)

    @abstractmethod
    def submits(self, received: Received) -> bool:
        """Return whether a request submits a job."""

    @abstractmethod
    def handle(self, received: Received) -> Act:
        """Answer a request about a job."""

    def take(self, received: Received) -> Act:
        if self.submits(received):
            return super().take(received)
        self.others.append(received)
        if found := RESULT.fullmatch(received.path):
            return raw(self.files[found[1]], "image/png") if found[1] in self.files else reply({}, 404)
        return self.answer(received)

    def new(self, **job: Any) -> str:
        """Keep a job; its id."""
        name = f"job{next(self._numbers):04d}x"
        self.jobs[name] = job
        self.looks[name] = 0
        return name

    def state(self, name: str) -> str:
        """``waiting``, ``running``, ``done`` or ``cancelled``, one step further at each look."""
        if name in self.cancelled:
            return "cancelled"
        self.looks[name] += 1
        if self.looks[name] == 1:
            return "waiting"
        return "done" if self.looks[name] > 2 and self.gate.is_set() else "running"

    def file(self, data: bytes, at: str) -> str:
        """Keep a result; its address on the host ``at``."""
        name = f"f{next(self._numbers)}.png"
        self.files[name] = data
        return f"{at}/files/{name}"

    def at(self, received: Received) -> str:
        """Where the client thinks that it is."""
        return f"{self.url.partition(':')[0]}://{received.headers['host']}"


def generated(body: Mapping[str, Any], image: str, mask: str, seed: int) -> bytes:
    """The image of a prompt; of an input image under these names (data: URLs) its edit, within the mask."""
    width, height = body.get("width") or 64, body.get("height") or 64
    if image not in body:
        return encoded(pixels_of(body["prompt"], seed, width, height))
    given = opened(from_data_url(body[image]))[..., :3]
    made = pixels_of(body["prompt"], seed + 500, given.shape[1], given.shape[0])
    if mask in body:
        area = opened(from_data_url(body[mask]))
        white = area if area.ndim == 2 else area[..., 0]
        made = np.where(white[..., None] >= 128, made, given)
    return encoded(made)


def taken(make: Callable[[Any, Received], Act]) -> Act:
    """A scripted reply to a submission, made by the server that gets it."""

    def act(connection: Connection) -> None:
        make(connection.loopback, connection.received)(connection)

    return act
