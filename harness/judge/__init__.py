"""What the numbers mean: pure functions over records, from evidence to an outcome."""

from harness.judge.determinism import level_between, weakest
from harness.judge.difference import Difference, differences
from harness.judge.energy import SetTest, energy_distance, set_test
from harness.judge.evidence import Evidence, Reference
from harness.judge.floor import SCALES, Floor, needed_ranks, needed_repeats, pooled_limits, score
from harness.judge.intervals import Interval, clopper_pearson, wilson
from harness.judge.limits import Breach, breaches
from harness.judge.modes import Modes, modes_of
from harness.judge.multiple import benjamini_hochberg, holm
from harness.judge.outcome import compared, judge
from harness.judge.panel import closest
from harness.judge.power import proportion_power, set_power, smallest_p
from harness.judge.proportions import fisher, mcnemar

__all__ = [
    "SCALES",
    "Breach",
    "Difference",
    "Evidence",
    "Floor",
    "Interval",
    "Modes",
    "Reference",
    "SetTest",
    "benjamini_hochberg",
    "breaches",
    "clopper_pearson",
    "closest",
    "compared",
    "differences",
    "energy_distance",
    "fisher",
    "holm",
    "judge",
    "level_between",
    "mcnemar",
    "modes_of",
    "needed_ranks",
    "needed_repeats",
    "pooled_limits",
    "proportion_power",
    "score",
    "set_power",
    "set_test",
    "smallest_p",
    "weakest",
    "wilson",
]
