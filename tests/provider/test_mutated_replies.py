"""Replies with a value of another type than the service gives: an image, or a fault of this package with a hint."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import GenerationError
from harness.image import encode_png
from harness.provider import Job, Output, create
from tests.provider.hosting import KEY_ENV, ROWS, Row
from tests.provider.servers.base import Connection

Make = Callable[..., Job]

TRIALS = 250
PNG = encode_png(np.zeros((64, 64, 3), np.uint8))
VALUES: tuple[Any, ...] = (None, True, 0, -1, 2.5, 10**30, "", "word", [], {}, [None], [[]], {"a": 1}, [1, "2"])
"""What takes the place of a value."""


def places(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to every value of a document, its own too."""
    yield where
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*where, key))


def mutated(document: Any, rng: random.Random) -> Any:
    """The document with one value replaced by one of another type; JSON inside a text is opened now and then."""
    where = rng.choice(list(places(document)))
    inside = document
    for key in where:
        inside = inside[key]
    kinds = [value for value in VALUES if type(value) is not type(inside)]
    if isinstance(inside, str) and inside.startswith("{"):
        value = json.dumps(mutated(json.loads(inside), rng))
    else:
        value = rng.choice(kinds)
    if not where:
        return value
    holder = document
    for key in where[:-1]:
        holder = holder[key]
    holder[where[-1]] = value
    return document


class Mutator:
    """Replaces one value in the n-th JSON reply of a trial."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rng = random.Random(0)
        self.left = -1
        self.sent: bytes | None = None
        send = Connection.send

        def changed(connection: Connection, status: int, body: bytes, kind: str, headers: Any = None) -> None:
            if kind == "application/json":
                self.left -= 1
                if self.left == 0:
                    body = self.sent = json.dumps(mutated(json.loads(body), self.rng)).encode()
            send(connection, status, body, kind, headers)

        monkeypatch.setattr(Connection, "send", changed)

    def begin(self, seed: int, replies: int) -> None:
        """The next trial, of a service that answers an image with so many replies."""
        self.rng = random.Random(seed)
        self.left = self.rng.randint(1, replies)
        self.sent = None


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.holding])
def test_a_reply_of_another_form_is_a_fault_with_a_hint(
    name: str, job: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row: Row = ROWS[name]
    monkeypatch.setenv(KEY_ENV, row.key or "unused-key-0123456789")
    monkeypatch.setattr("harness.http.retry.FIRST", 0.001)
    mutator = Mutator(monkeypatch)
    faults: dict[int, GenerationError] = {}
    with row.server() as server:
        polled = {"poll": 0.001} if row.kind == "comfyui" else {}
        provider = create("mine", row.kind, row.settings(server, **polled), tmp_path)
        for seed in range(TRIALS):
            mutator.begin(seed, 4 if polled else 1)
            if row.kind not in ("comfyui", "automatic1111"):
                server.script(row.holding(PNG, usage={"prompt_tokens": 3, "completion_tokens": 4}))
            try:
                output = provider.generate(job(seed=seed, timeout=5.0))
            except GenerationError as fault:
                faults[seed] = fault
            else:
                assert isinstance(output, Output)
                json.dumps(output.environment)
        provider.close()
    assert not {seed: str(fault) for seed, fault in faults.items() if not fault.hint}
    assert TRIALS / 20 < len(faults) < TRIALS, "some mutations spoil the image, and some do not matter"
