"""What a run cost and what providers left out: an unknown cost is never shown as none, an omission never silent."""

from typing import Any

import pytest

from harness.records import Outcome, Recipe, Request, Subject, TrialKey, TrialResult
from harness.report import Tally


def tally(*results: tuple[float | None, str, dict[str, Any]]) -> Tally:
    counted = Tally()
    for seed, (cost, source, environment) in enumerate(results):
        recipe = Recipe(Request("a fox", seed=seed), Subject("mini", "openrouter"))
        key = TrialKey("s", "fox", seed=seed)
        counted.add(
            TrialResult(key, recipe, Outcome("new", "finding"), 0, (), source, cost=cost, environment=environment)
        )
    return counted


@pytest.mark.parametrize(
    ("costs", "reported"),
    [
        ([], ""),
        ([(0.0, "generated")], ""),
        ([(0.04, "generated"), (0.08, "generated")], "$0.12"),
        ([(None, "generated"), (None, "generated")], "unknown cost of 2 images"),
        ([(0.04, "generated"), (None, "generated")], "$0.04 and unknown cost of 1 image"),
        ([(0.0, "cache"), (0.0, "replay"), (None, "none")], ""),
    ],
)
def test_money(costs: list[tuple[float | None, str]], reported: str) -> None:
    assert tally(*((cost, source, {}) for cost, source in costs)).money == reported


def test_omissions_are_counted_by_provider_and_setting() -> None:
    left_out: dict[str, Any] = {"omitted": ["background", "seed"], "clamped": {"steps": {"asked": 200, "got": 50}}}
    assert tally(
        (0.0, "generated", left_out), (0.0, "generated", {"omitted": ["seed"]}), (0.0, "generated", {})
    ).omissions == [
        "mini changes steps (1 trial)",
        "mini does not honor background (1 trial), seed (2 trials)",
    ]
