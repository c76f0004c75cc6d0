from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.image import file_digest
from harness.ledger import Ledger
from harness.records import Attempt, ImageRef, Outcome, Recipe, Request, RunRecord, Subject, TrialKey, TrialResult

Make = Callable[..., TrialResult]


@pytest.fixture
def record() -> RunRecord:
    return RunRecord("", ("suites/quickstart.yaml",), "2026-11-22T10:00:00Z", "0.1.0", arguments={"set": {}})


@pytest.fixture
def make() -> Make:
    """A result; with ``ledger`` its image (bytes made from ``content``) is stored there first."""

    def result(
        case: str = "circles",
        seed: int | None = 0,
        repeat: int = 0,
        *,
        ledger: Ledger | None = None,
        content: str = "image",
        verdict: str = "identical",
        **more: Any,
    ) -> TrialResult:
        image = None
        if ledger is not None:
            data = f"{content} {case} {seed}".encode()
            file = ledger.store_image(data, "png")
            image = ImageRef(file, file_digest(data), file_digest(data[::-1]), 4, 4, "PNG", {"phash": "ff"})
        recipe = Recipe(Request(f"prompt of {case}", seed=seed), Subject("painter", "painter"))
        status = "ok" if verdict in ("identical", "benign") else "finding"
        values = {"source": "generated", "cost": 0.0, "image": image} | more
        return TrialResult(
            TrialKey("quickstart", case, "base", seed),
            recipe,
            Outcome(verdict, status),
            Attempt(index=repeat),
            **values,
        )

    return result


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return tmp_path / "reports"
