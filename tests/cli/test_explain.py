"""``harness explain``: what it prints leads to the recorded verdict, for real runs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.ledger import iter_results
from tests.judge.recomputed import recomputed

if TYPE_CHECKING:
    from tests.cli.conftest import Harness

CASES = """\
  - {id: dots, prompt: some dots, seeds: [0, 1], drift: calibrated}
  - {id: exact, prompt: quiet dots, seeds: [0, 1], drift: {max_abs: "<= 0"}}
  - {id: near, prompt: more dots, seeds: [0], drift: {mae: "<= 40"}, checks: [{count: red circle, equals: 7}]}
  - {id: free, prompt: free dots, provider: free, drift: set, samples: 6}
"""


@pytest.fixture
def changed(chance: Callable[..., Path], harness: "Harness") -> Path:
    """The folder of a run in which everything was darkened."""
    folder = chance(CASES)
    ran = harness("run", "--live", "suites/chance.yaml")
    assert ran.code == 1, ran.err
    assert harness("accept", "--reason", "looked at").code == 0
    assert harness("calibrate", "suites/chance.yaml", "--repeats", "5").code in (0, 1)
    (folder / "changed").touch()
    harness("run", "--live", "suites/chance.yaml")
    return max((folder / "reports").glob("*-chance-*"), key=lambda path: path.name)


def test_each_verdict_of_a_run_is_computed_again(changed: Path, harness: "Harness") -> None:
    seen = set()
    for result in iter_results(changed):
        arguments = ("explain", changed.name, str(result.key), "--attempt", str(result.attempt.index), "--json")
        done = harness(*arguments)
        data: dict[str, Any] = json.loads(done.out)
        assert done.code == 0
        assert recomputed(data["explanation"]) == (result.outcome.verdict, result.outcome.status)
        assert data["formulas"].keys() == {step["formula"] for step in data["explanation"]["steps"]}
        seen.add((result.policy.drift.kind, result.outcome.verdict))  # type: ignore[union-attr]
    assert {("calibrated", "drift"), ("limits", "drift"), ("set", "drift")} <= seen

    done = harness("explain", "latest", "chance/dots/base-s0")
    words = ("rule", "score", "quantile q", "limit", "exceeds", "verdict", "status")
    at = [done.out.index(f" {word}: ") for word in words]
    assert at == sorted(at)
    assert done.out.startswith("chance/dots/base-s0, generation 0: drift (finding)")

    assert harness("explain", "latest", "near").code == 0
    assert harness("explain", "latest", "dots/base-s0").out == done.out, "an end of the key"
    for name, near in (("dots", "fits 2 trials"), ("dotz", "has no trial 'dotz'")):
        done = harness("explain", "latest", name)
        assert (done.code, near in done.err) == (2, True)
