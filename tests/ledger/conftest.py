from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.image import file_digest
from harness.ledger import Ledger
from harness.records import Outcome, PictureRef, Recipe, Request, RunRecord, Subject, TrialKey, TrialResult

Make = Callable[..., TrialResult]


@pytest.fixture
def record() -> RunRecord:
    return RunRecord("", ("suites/quickstart.yaml",), "2026-11-22T10:00:00Z", "0.1.0", arguments={"set": {}})


@pytest.fixture
def make() -> Make:
    """A result; with ``ledger`` its picture (bytes made from ``content``) is stored there first."""

    def result(
        case: str = "circles",
        seed: int | None = 0,
        repeat: int = 0,
        *,
        ledger: Ledger | None = None,
        content: str = "picture",
        verdict: str = "identical",
        **more: Any,
    ) -> TrialResult:
        picture = None
        if ledger is not None:
            data = f"{content} {case} {seed}".encode()
            file = ledger.store_picture(data, "png")
            picture = PictureRef(file, file_digest(data), file_digest(data[::-1]), 4, 4, "PNG", {"phash": "ff"})
        recipe = Recipe(Request(f"prompt of {case}", seed=seed), Subject("painter", "painter"))
        status = "ok" if verdict in ("identical", "benign") else "finding"
        values = {"source": "drawn", "cost": 0.0, "picture": picture} | more
        return TrialResult(
            TrialKey("quickstart", case, "base", seed), recipe, Outcome(verdict, status), repeat, **values
        )

    return result


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return tmp_path / "reports"
