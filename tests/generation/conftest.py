"""Providers and trials that the tests of generating share."""

import io
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.generation import Budget, Cache, Conditions, Failed, Generated, Limits, Session, open_ledger
from harness.generation.conditions import AS_IT_IS
from harness.provider.protocol import Capabilities, Job, Output
from harness.records import Attempt, Policy, Recipe, Request, RunRecord, Subject, Trial, TrialKey


def png(seed: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (seed % 256, 7, 40)).save(out, "PNG")
    return out.getvalue()


class Pen:
    """Generates a color by seed and counts its calls by prompt; words of the prompt make it misbehave."""

    kind = "test"

    def __init__(self, name: str = "pen", concurrency: int = 4, price: float = 0.0) -> None:
        self.name = name
        self.capabilities = Capabilities(seed="exact", concurrency=concurrency, price=price)
        self.generated = Counter[str]()
        self.gate = threading.Event()
        self.gate.set()
        self.lock = threading.Lock()
        self.closed = False

    def generate(self, job: Job) -> Output:
        words = job.recipe.request.prompt
        with self.lock:
            self.generated[words] += 1
            count = self.generated[words]
        self.gate.wait(10)
        if "refuse" in words:
            raise GenerationRefusedError(self.name, "not this")
        if "late" in words:
            raise GenerationTimeoutError(self.name, 3, possibly_billed=True)
        if "once" in words and count == 1:
            raise GenerationError(self.name, "lost the connection", "try again", possibly_billed=True)
        if "junk" in words:
            return Output(b"<html>busy</html>", {}, 0.1, 0.01)
        if job.recipe.request.ask is not None:
            return Output(b"", {"v": 1}, 0.1, 0.01, answer="two")
        seed = count * 31 if job.recipe.request.seed is None else job.recipe.request.seed
        return Output(png(seed), {"served_model": "m-1", "reply": {"request_id": f"r{count}"}}, 0.5, 0.04)

    def close(self) -> None:
        self.closed = True


def trial(prompt: str = "a fox", seed: int | None = 0, case: str = "c", repeat: int = 0, **settings: object) -> Trial:
    recipe = Recipe(Request(prompt, seed=seed), Subject("pen", "test", settings=settings))
    return Trial(TrialKey("s", case, seed=seed), recipe, Policy(timeout=20), Attempt(index=repeat))


def job(of: Trial) -> Job:
    return Job(of.recipe, of.key, of.attempt)


class Prices:
    """Sources of providers that a test made: their prices, and a cache before them."""

    def __init__(self, providers: Mapping[str, Any], cache: Cache | None) -> None:
        self.providers, self.cache = providers, cache

    def price(self, recipe: Recipe) -> float | None:
        return self.providers[recipe.subject.provider].capabilities.price


def generate_all(
    trials: Iterable[Trial],
    providers: Mapping[str, Any],
    *,
    budget: Budget | None = None,
    stop: threading.Event | None = None,
    share: bool = False,
    timeout: float | None = None,
    cache: Cache | None = None,
    conditions: Conditions = AS_IT_IS,
) -> Iterator[Generated | Failed]:
    """What a Session with a ledger of its own generates."""
    limits = Limits(budget or Budget(None), stop or threading.Event(), timeout)
    record = RunRecord("r", ("s.yaml",), "t", "0")
    with tempfile.TemporaryDirectory() as folder, open_ledger(record, Path(folder)) as ledger:
        session = Session(ledger, providers, Prices(providers, cache), limits, share=share)
        yield from session.generate(trials, conditions)


Making = Callable[..., Trial]


@pytest.fixture
def pen() -> Pen:
    return Pen()
