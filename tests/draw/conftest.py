"""Providers and trials that the tests of drawing share."""

import io
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from PIL import Image

from harness.errors import DrawFault, DrawRefused, DrawTimeout
from harness.provider.protocol import Capabilities, Drawn, Job
from harness.records import Policy, Recipe, Request, Subject, Trial, TrialKey


def png(seed: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (seed % 256, 7, 40)).save(out, "PNG")
    return out.getvalue()


class Pen:
    """Draws a color by seed and counts its draws by prompt; words of the prompt make it misbehave."""

    kind = "test"

    def __init__(self, name: str = "pen", concurrency: int = 4, price: float = 0.0) -> None:
        self.name = name
        self.capabilities = Capabilities(seed="exact", concurrency=concurrency, price=price)
        self.drawn = Counter[str]()
        self.gate = threading.Event()
        self.gate.set()
        self.lock = threading.Lock()
        self.closed = False

    def draw(self, job: Job) -> Drawn:
        words = job.recipe.request.prompt
        with self.lock:
            self.drawn[words] += 1
            count = self.drawn[words]
        self.gate.wait(10)
        if "refuse" in words:
            raise DrawRefused(self.name, "not this")
        if "late" in words:
            raise DrawTimeout(self.name, 3, possibly_billed=True)
        if "once" in words and count == 1:
            raise DrawFault(self.name, "lost the connection", "try again", possibly_billed=True)
        if "junk" in words:
            return Drawn(b"<html>busy</html>", {}, 0.1, 0.01)
        if job.recipe.request.ask is not None:
            return Drawn(b"", {"v": 1}, 0.1, 0.01, answer="two")
        seed = count * 31 if job.recipe.request.seed is None else job.recipe.request.seed
        return Drawn(png(seed), {"served_model": "m-1", "reply": {"request_id": f"r{count}"}}, 0.5, 0.04)

    def close(self) -> None:
        self.closed = True


def trial(prompt: str = "a fox", seed: int | None = 0, case: str = "c", repeat: int = 0, **settings: object) -> Trial:
    recipe = Recipe(Request(prompt, seed=seed), Subject("pen", "test", settings=settings))
    return Trial(TrialKey("s", case, seed=seed), recipe, Policy(timeout=20), repeat)


def job(of: Trial) -> Job:
    return Job(of.recipe, of.key, of.repeat)


Making = Callable[..., Trial]


@pytest.fixture
def pen() -> Pen:
    return Pen()
