"""Damaged replies of a service: each gives an image, or a fault of this package with a hint.

    python -m tests.proofs.replies --count 2000 [--only comfyui]

One line of JSON is printed for each adapter: the faults by what they are, and what escaped or came without a hint.
"""

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from harness.errors import GenerationError
from harness.image import encode_png
from harness.provider import Job, create
from harness.records import Recipe, Request, Subject, TrialKey, recordable
from tests.provider.hosting import KEY_ENV, ROWS
from tests.provider.servers.base import Connection, Loopback
from tests.provider.servers.chat import SCENE, chat

PNG = encode_png(np.zeros((64, 64, 3), np.uint8))
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2.5, 10**30, 10**400, float("inf"), float("-inf"), float("nan"), "", "word", "\ud800",
    "a\x00b", [], {}, [None], [[]], {"a": 1}, [1, "2"], {"error": "no"},
)  # fmt: skip
"""What takes the place of a value."""
STREAMED = tuple(f"{name}-stream" for name in ("openrouter", "openrouter-images", "openai"))
REPLIES = {"comfyui": 4, "fal": 3, **dict.fromkeys(STREAMED, 3)}
"""How many replies, or events of one, an image takes, where it is more than one."""
NAMES = (*ROWS, *STREAMED, "reader")


@dataclass
class Outcome:
    """What came of the replies of one adapter."""

    found: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


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
    if isinstance(inside, str) and inside.startswith("{"):
        value = json.dumps(mutated(json.loads(inside), rng))
    else:
        value = rng.choice([value for value in VALUES if type(value) is not type(inside)])
    if not where:
        return value
    holder = document
    for key in where[:-1]:
        holder = holder[key]
    holder[where[-1]] = value
    return document


def damaged(body: bytes, rng: random.Random) -> bytes:
    """A JSON reply with a value of another type, with a number beyond all floats, or with bytes that are wrong."""
    if rng.random() < 0.1:
        at = rng.randrange(len(body))
        return rng.choice((body[:at], body[:at] + b"\xff" + body[at:], body[:at] + body[at + 1 :], b"[" * 5000))
    return json.dumps(mutated(json.loads(body), rng)).encode().replace(b"Infinity", b"1e999")


class Mutator:
    """Damages the n-th JSON reply, or event of a stream, of a trial."""

    def __init__(self) -> None:
        self.rng = random.Random(0)
        self.left = -1

    def begin(self, seed: int, replies: int) -> None:
        """The next trial, of a service that answers an image with so many replies."""
        self.rng = random.Random(seed)
        self.left = self.rng.randint(1, replies)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Within the block every server on loopback may send a damaged reply."""
        send, chunk = Connection.send, Connection.chunk

        def sent(connection: Connection, status: int, body: bytes, kind: str, headers: Any = None) -> None:
            send(connection, status, self._turn(body) if kind == "application/json" else body, kind, headers)

        def chunked(connection: Connection, data: bytes) -> None:
            head, found, body = data.partition(b"data: {")
            if found:
                data = head + b"data: " + self._turn(b"{" + body.strip()).replace(b"\n", b"") + b"\n\n"
            chunk(connection, data)

        with mock.patch.object(Connection, "send", sent), mock.patch.object(Connection, "chunk", chunked):
            yield

    def _turn(self, body: bytes) -> bytes:
        self.left -= 1
        return damaged(body, self.rng) if self.left == 0 else body


def asked(seed: int, timeout: float = 5.0) -> Job:
    """An image of two red circles."""
    recipe = Recipe(Request("two red circles", seed=seed, width=64, height=64), Subject("mine", "kind"))
    return Job(recipe, TrialKey("suite", "case", "base", seed), timeout=timeout)


@contextlib.contextmanager
def served(name: str) -> Iterator[tuple[Loopback, str, Mapping[str, Any]]]:
    """The server of an adapter, the kind of the adapter, and its options."""
    if name == "reader":
        with Loopback(lambda _: chat(SCENE)) as server:
            reader = {"kind": "llm", "model": "m", "base_url": f"{server.url}/v1", "price": 0}
            yield server, "painter", {"quality": "draft", "interpreter": reader}
        return
    row = ROWS[name.removesuffix("-stream")]
    more: dict[str, Any] = {"stream": True} if name.endswith("-stream") else {}
    more |= {"poll": 0.001} if row.kind in ("comfyui", "fal", "replicate", "huggingface") else {}
    with mock.patch.dict(os.environ, {KEY_ENV: row.key or "unused-key-0123456789"}), row.server() as server:
        yield server, row.kind, row.settings(server, **more)


def generated(name: str, count: int, folder: Path) -> Outcome:
    """Ask an adapter for so many images, each with one damaged reply."""
    outcome, mutator = Outcome(), Mutator()
    scripted = name in ROWS and name not in ("comfyui", "automatic1111")
    with mock.patch("harness.http.retry.FIRST", 0.001), mutator.at_work(), served(name) as (server, kind, options):
        provider = create("mine", kind, options, folder)
        for seed in range(count):
            mutator.begin(seed, REPLIES.get(name, 1))
            if scripted:
                server.script(ROWS[name].holding(PNG, usage={"prompt_tokens": 3, "completion_tokens": 4, "cost": 0.1}))
            try:
                output = provider.generate(asked(seed if scripted else seed % 5))
            except GenerationError as fault:
                outcome.found[type(fault).__name__] += 1
                if not fault.hint:
                    outcome.wrong.append(f"{seed} without a hint: {fault}")
            except BaseException as error:
                outcome.wrong.append(f"{seed} {type(error).__name__}: {error}")
            else:
                outcome.found["image"] += 1
                outcome.found["noted"] += bool(output.notes)
                assert recordable(output.environment)[0] is output.environment
        provider.close()
    return outcome


def main() -> int:
    """Try each adapter; 1 when something escaped, or came without a hint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--only", choices=NAMES, action="append")
    given = parser.parse_args()
    failed = False
    for name in given.only or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            outcome = generated(name, given.count, Path(folder))
        failed |= bool(outcome.wrong)
        print(json.dumps({"adapter": name, "replies": given.count, **outcome.found, "wrong": outcome.wrong[:10]}))
    return failed


if __name__ == "__main__":
    sys.exit(main())
