"""What the numbers mean: pure functions over records, from evidence to an outcome."""

from harness.judge.caching import cache_evidence, with_instant
from harness.judge.cause import cause, first, request_changed
from harness.judge.change_kinds import change_kinds
from harness.judge.control import AT_ONCE, BESIDE, LATER, held_still
from harness.judge.corrected import corrected, corrected_rates
from harness.judge.dependence import (
    Diagnosis,
    broken_promises,
    diagnose_provider,
)
from harness.judge.determinism import level_between, weakest
from harness.judge.diagnosis import TrialDiagnosis, diagnose, exactly
from harness.judge.difference import causes, differences, environment_differences
from harness.judge.energy import set_test
from harness.judge.equivalence import MARGIN, equivalence, same_pixels
from harness.judge.evidence import Evidence, Reference
from harness.judge.explained import unrepeated
from harness.judge.explanation import explain
from harness.judge.fault import failure
from harness.judge.findings import answers, same_judge, unchanged
from harness.judge.floor import EARLIER_SCALES, SCALES, needed_repeats, score, unmeasured
from harness.judge.go import go, share_of_look
from harness.judge.intervals import wilson
from harness.judge.limits import breaches
from harness.judge.modes import Modes, modes_of
from harness.judge.monitor import (
    APPEARANCE,
    FEATURE_STREAMS,
    MONITOR_ALPHA,
    SCALAR_STREAMS,
    Ranks,
    appearance_scores,
    epoch_alpha,
    log_wealth,
    monitor_streams,
    rank_p,
)
from harness.judge.multiple import benjamini_hochberg, holm
from harness.judge.noise import (
    CONFIRMATIONS,
    RATE,
    Floor,
    Noise,
    enough_repeats,
    exceeds,
    noise_of,
    read_floor,
    unconfirmed,
)
from harness.judge.not_honored import unmet
from harness.judge.observation import Observation, ParameterObservation, ProbeObservations
from harness.judge.outcome import compared, judge, same_answer
from harness.judge.panel import closest
from harness.judge.parameters import ParameterReading
from harness.judge.power import proportion_power, set_power, smallest_p
from harness.judge.probe_reading import ProbeReading
from harness.judge.rate_tests import fisher, mcnemar
from harness.judge.reliability import RELIABLE, is_reliable, only_warns
from harness.judge.rule import Ruling
from harness.judge.seed import SeedReading
from harness.judge.sets import (
    IMAGE_QUESTIONS,
    Arm,
    SetEvidence,
    judge_set,
    most_permutations,
    needed_images,
    permutations_for,
)

__all__ = [
    "APPEARANCE",
    "AT_ONCE",
    "BESIDE",
    "CONFIRMATIONS",
    "EARLIER_SCALES",
    "FEATURE_STREAMS",
    "IMAGE_QUESTIONS",
    "LATER",
    "MARGIN",
    "MONITOR_ALPHA",
    "RATE",
    "RELIABLE",
    "SCALAR_STREAMS",
    "SCALES",
    "Arm",
    "Diagnosis",
    "Evidence",
    "Floor",
    "Modes",
    "Noise",
    "Observation",
    "ParameterObservation",
    "ParameterReading",
    "ProbeObservations",
    "ProbeReading",
    "Ranks",
    "Reference",
    "Ruling",
    "SeedReading",
    "SetEvidence",
    "TrialDiagnosis",
    "answers",
    "appearance_scores",
    "benjamini_hochberg",
    "breaches",
    "broken_promises",
    "cache_evidence",
    "cause",
    "causes",
    "change_kinds",
    "closest",
    "compared",
    "corrected",
    "corrected_rates",
    "diagnose",
    "diagnose_provider",
    "differences",
    "enough_repeats",
    "environment_differences",
    "epoch_alpha",
    "equivalence",
    "exactly",
    "exceeds",
    "explain",
    "failure",
    "first",
    "fisher",
    "go",
    "held_still",
    "holm",
    "is_reliable",
    "judge",
    "judge_set",
    "level_between",
    "log_wealth",
    "mcnemar",
    "modes_of",
    "monitor_streams",
    "most_permutations",
    "needed_images",
    "needed_repeats",
    "noise_of",
    "only_warns",
    "permutations_for",
    "proportion_power",
    "rank_p",
    "read_floor",
    "request_changed",
    "same_answer",
    "same_judge",
    "same_pixels",
    "score",
    "set_power",
    "set_test",
    "share_of_look",
    "smallest_p",
    "unchanged",
    "unconfirmed",
    "unmeasured",
    "unmet",
    "unrepeated",
    "weakest",
    "wilson",
    "with_instant",
]
