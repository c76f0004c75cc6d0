from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.baseline import Baselines
from harness.image import file_digest
from harness.ledger import Ledger
from harness.records import (
    Attempt,
    ImageRef,
    Outcome,
    Policy,
    Recipe,
    Request,
    Rule,
    RunRecord,
    Subject,
    TrialKey,
    TrialResult,
)

MakeRun = Callable[..., Path]


class Run:
    """A run in the making: its folder and what adds results to it."""

    def __init__(self, reports: Path) -> None:
        self.ledger = Ledger.create(reports, RunRecord("", ("quickstart.yaml",), "2026-11-22T10:00:00Z", "0.1.0"))
        self.folder = self.ledger.folder

    def add(
        self,
        case: str = "fox",
        seed: int | None = 0,
        *,
        content: str | bytes = "image",
        repeats: int = 2,
        verdict: str = "new",
        variant: str = "base",
        suite: str = "quickstart",
        drift: str = "exact",
        **more: Any,
    ) -> TrialKey:
        """Record a trial, generated ``repeats`` times; ``content`` with ``{}`` differs by repeat."""
        key = TrialKey(suite, case, variant, seed)
        for repeat in range(repeats):
            data = content if isinstance(content, bytes) else content.format(repeat).encode()
            extension = more.get("extension", "png")
            file = self.ledger.store_image(data, extension)
            image = ImageRef(file, file_digest(data), file_digest(data[::-1]), 8, 8, "PNG", {"phash": "ff00"})
            values = {
                "source": "generated",
                "environment": {"numpy": "2.4", "gpu": "none"},
                "policy": Policy(Rule(drift)),
                "recipe": Recipe(
                    Request(f"a {case}", seed=seed), Subject("painter", "painter", None, {"b": 1, "a": 2})
                ),
                "outcome": Outcome(verdict, "finding"),
                "image": image,
            } | {name: value for name, value in more.items() if name != "extension"}
            self.ledger.append(TrialResult(key, attempt=Attempt(index=repeat), **values))
        return key


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def baselines(tmp_path: Path) -> Baselines:
    return Baselines(tmp_path / "baselines")


@pytest.fixture
def new_run(tmp_path: Path) -> Iterable[Callable[[], Run]]:
    made: list[Run] = []

    def make() -> Run:
        made.append(Run(tmp_path / "reports"))
        return made[-1]

    yield make
    for run in made:
        run.ledger.close()


@pytest.fixture
def files(baselines: Baselines) -> Callable[[], dict[str, bytes]]:
    """All files of the baselines folder, by name, without what decisions replaced."""
    return lambda: {
        path.relative_to(baselines.root).as_posix(): path.read_bytes()
        for path in sorted(baselines.root.rglob("*"))
        if path.is_file() and ".replaced" not in path.parts
    }
