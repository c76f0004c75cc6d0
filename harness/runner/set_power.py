"""What the sets of a plan will be able to show, before anything is generated."""

from collections import Counter
from dataclasses import dataclass
from math import ceil

from harness.records import TrialKey
from harness.runner.options import RunOptions
from harness.suite import Plan

EFFECT = 3.0
"""The change that is asked about, in standard deviations of one prompt's images along it."""
LISTED = 3
"""Most kinds of sets whose power is worked out: each takes a second."""
FELL = (0.9, 0.6)
"""The fall of a check's pass-rate that is asked about."""


@dataclass(frozen=True, slots=True)
class SetPower:
    """Sets of one kind: ``keys`` of them with ``generated`` images to come against ``accepted`` (``generated`` where
    none is accepted yet), each question of a set tested at its share ``alpha``.

    ``power`` is the chance to find a change of ``effect`` standard deviations in one set; ``checks_power`` that to find
    a pass-rate fallen from FELL[0] to FELL[1] (None without checks). ``needed`` images in each set can show anything
    at all (None: too many).
    """

    keys: int
    generated: int
    accepted: int
    alpha: float
    effect: float
    power: float
    checks_power: float | None
    needed: int | None


def set_powers(plan: Plan, options: RunOptions, effect: float = EFFECT) -> list[SetPower]:
    """Return the power of each kind of set in a plan, the most frequent kinds first; empty for a plan without sets."""
    if not any(variant.is_set for variant in plan.variants()):
        return []
    from harness.baseline import Baselines
    from harness.judge import IMAGE_QUESTIONS, RATE

    baselines = Baselines(options.baselines)
    kinds: Counter[tuple[int, int, float, bool]] = Counter()
    for suite in plan.suites:
        for case in suite.cases:
            for variant in case.variants:
                if not variant.is_set:
                    continue
                generated = variant.samples * options.repeats
                share = (variant.policy.drift.alpha or RATE) / (IMAGE_QUESTIONS + len(variant.checks))
                key = TrialKey(suite.name, case.id, variant.name)
                accepted = len(baselines.manifest(suite.name).accepted(key)) or generated
                kinds[generated, accepted, share, bool(variant.checks)] += 1
    return [_power(kind, keys, effect) for kind, keys in kinds.most_common(LISTED)]


def _power(kind: tuple[int, int, float, bool], keys: int, effect: float) -> SetPower:
    from harness.judge import needed_images, permutations_for, proportion_power, set_power

    generated, accepted, share, checked = kind
    permutations = min(permutations_for(share, generated + accepted), max(999, ceil(4 / share)))
    power = set_power(generated, accepted, 1, effect, share, permutations)
    checks = proportion_power(accepted, generated, *FELL, share) if checked else None
    return SetPower(keys, generated, accepted, share, effect, power, checks, needed_images(share))
