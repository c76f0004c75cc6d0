from collections.abc import Callable
from pathlib import Path

import pytest

from harness.runner import RunOptions, plan_of
from harness.suite import SuiteError

SUITES = (Path("suites/chance.yaml"),)
CASES = """\
  - {id: dots, prompt: some dots, seeds: "0..9", drift: calibrated}
  - {id: free, prompt: free dots, provider: free, drift: set, samples: 4}
  - {id: near, prompt: dots, seeds: "0..9", drift: {ssim: ">= 0.9"}}
"""


def alphas(**options: object) -> set[tuple[str, float | None, int | None]]:
    plan = plan_of(RunOptions(SUITES, **options))  # type: ignore[arg-type]
    rules = [trial.policy.drift for trial in plan.trials()]
    return {(rule.kind, rule.alpha, rule.samples) for rule in rules}


def test_each_key_judged_by_chance_has_its_share_of_the_suite(chance: Callable[..., Path]) -> None:
    chance(CASES)
    share = 0.05 / 11
    assert alphas() == {("calibrated", share, None), ("set", share, 4), ("limits", None, None)}


@pytest.mark.parametrize("options", [{"cases": ("dots",)}, {"shard": (1, 3)}, {"cases": ("free",)}])
def test_a_part_of_the_suite_takes_the_same_share(chance: Callable[..., Path], options: dict[str, object]) -> None:
    chance(CASES)
    assert {alpha for _, alpha, _ in alphas(**options)} <= {0.05 / 11, None}


def test_the_suite_states_its_rate(chance: Callable[..., Path]) -> None:
    chance(CASES, top="false_alarms: 0.11")
    assert ("calibrated", pytest.approx(0.01), None) in [*alphas()]


@pytest.mark.parametrize("rate", ["0", "0.6", "-0.1", '"0.05"', ".nan"])
def test_an_invalid_rate_is_refused(chance: Callable[..., Path], rate: str) -> None:
    chance(CASES, top=f"false_alarms: {rate}")
    with pytest.raises(SuiteError, match="false_alarms"):
        alphas()


def test_ten_thousand_cases_are_planned_in_flat_memory(chance: Callable[..., Path]) -> None:
    import tracemalloc

    chance('  - {id: dots, prompt: some dots, seeds: "0..9999", drift: calibrated}\n')
    plan_of(RunOptions(SUITES))
    tracemalloc.start()
    plan = plan_of(RunOptions(SUITES))
    assert sum(trial.policy.drift.alpha == 0.05 / 10_000 for trial in plan.trials()) == 10_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000
