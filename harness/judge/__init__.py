"""What the numbers mean: pure functions over records, from evidence to an outcome."""

from harness.judge.determinism import level_between, weakest
from harness.judge.difference import Difference, differences
from harness.judge.evidence import Evidence, Reference
from harness.judge.limits import Breach, breaches
from harness.judge.outcome import compared, judge
from harness.judge.panel import closest

__all__ = [
    "Breach",
    "Difference",
    "Evidence",
    "Reference",
    "breaches",
    "closest",
    "compared",
    "differences",
    "judge",
    "level_between",
    "weakest",
]
