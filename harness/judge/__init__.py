"""What the numbers mean: pure functions over records, from evidence to an outcome."""

from harness.judge.cause import told
from harness.judge.determinism import level_between, weakest
from harness.judge.difference import Difference, causes, differences, environment_differences
from harness.judge.energy import SetTest, energy_distance, set_test
from harness.judge.evidence import Evidence, Reference
from harness.judge.floor import SCALES, Floor, needed_ranks, needed_repeats, pooled_limits, score
from harness.judge.intervals import Interval, clopper_pearson, wilson
from harness.judge.limits import Breach, breaches
from harness.judge.modes import Modes, modes_of
from harness.judge.multiple import benjamini_hochberg, holm
from harness.judge.noise import CONFIRMATIONS, Noise, above, exceeds, noise_of, read_floor, unconfirmed
from harness.judge.outcome import compared, judge
from harness.judge.panel import closest
from harness.judge.power import proportion_power, set_power, smallest_p
from harness.judge.proportions import fisher, mcnemar
from harness.judge.rule import Ruling
from harness.judge.sets import Arm, SetEvidence, judge_set, needed_pictures, permutations_for

__all__ = [
    "CONFIRMATIONS",
    "SCALES",
    "Arm",
    "Breach",
    "Difference",
    "Evidence",
    "Floor",
    "Interval",
    "Modes",
    "Noise",
    "Reference",
    "Ruling",
    "SetEvidence",
    "SetTest",
    "above",
    "benjamini_hochberg",
    "breaches",
    "causes",
    "clopper_pearson",
    "closest",
    "compared",
    "differences",
    "energy_distance",
    "environment_differences",
    "exceeds",
    "fisher",
    "holm",
    "judge",
    "judge_set",
    "level_between",
    "mcnemar",
    "modes_of",
    "needed_pictures",
    "needed_ranks",
    "needed_repeats",
    "noise_of",
    "permutations_for",
    "pooled_limits",
    "proportion_power",
    "read_floor",
    "score",
    "set_power",
    "set_test",
    "smallest_p",
    "told",
    "unconfirmed",
    "weakest",
    "wilson",
]
