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
    ("costs", "told"),
    [
        ([], ""),
        ([(0.0, "drawn")], ""),
        ([(0.04, "drawn"), (0.08, "drawn")], "$0.12"),
        ([(None, "drawn"), (None, "drawn")], "unknown cost of 2 pictures"),
        ([(0.04, "drawn"), (None, "drawn")], "$0.04 and unknown cost of 1 picture"),
        ([(0.0, "cache"), (0.0, "replay"), (None, "none")], ""),
    ],
)
def test_money(costs: list[tuple[float | None, str]], told: str) -> None:
    assert tally(*((cost, source, {}) for cost, source in costs)).money == told


def test_omissions_are_counted_by_provider_and_setting() -> None:
    left_out: dict[str, Any] = {"omitted": ["background", "seed"], "clamped": {"steps": {"asked": 200, "got": 50}}}
    assert tally((0.0, "drawn", left_out), (0.0, "drawn", {"omitted": ["seed"]}), (0.0, "drawn", {})).omissions == [
        "mini changes steps (1 trial)",
        "mini does not honour background (1 trial), seed (2 trials)",
    ]
