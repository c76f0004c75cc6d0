"""The rate of checks passed, corrected for the errors of the judge that answered them."""

from collections.abc import Iterable
from dataclasses import replace
from math import sqrt
from statistics import NormalDist

from harness.judge.intervals import LEVEL, wilson
from harness.records import CorrectedRate, Finding, JudgeQuality, Reason, Share
from harness.vocabulary import CheckOutcome, Code

Counted = tuple[int, int]
"""How many of how many."""


def corrected_rates(findings: Iterable[Finding]) -> tuple[CorrectedRate, ...]:
    """Return the corrected rate of each kind of check that each calibrated judge answered, by viewer and kind.

    Answers that decided nothing are left out, as in the calibration; so is what a judge without one answered.
    """
    counts: dict[tuple[str, str, str], list[bool]] = {}
    qualities: dict[tuple[str, str, str], JudgeQuality] = {}
    for finding in findings:
        quality = finding.judge_quality
        if quality is None or finding.outcome not in (CheckOutcome.PASS, CheckOutcome.FAIL):
            continue
        place = quality.viewer, quality.kind, quality.judge
        qualities[place] = quality
        counts.setdefault(place, []).append(finding.outcome == CheckOutcome.PASS)
    return tuple(corrected(sum(counts[place]), len(counts[place]), qualities[place]) for place in sorted(counts))


def corrected(passed: int, n: int, quality: JudgeQuality) -> CorrectedRate:
    """Return the rate of ``passed`` of ``n`` checks, corrected for the errors of a judge of this quality.

    A judge that passes what must pass with probability sp (specificity) and fails what must fail with probability se
    (sensitivity) passes the share q = π·sp + (1 − π)·(1 − se); the true rate is π = (q + se − 1) / (se + sp − 1)
    (Rogan & Gladen 1978, Am. J. Epidemiol. 107, 71–76), clipped to 0…1. Where se + sp ≤ 1 the judge does no better than
    chance, and nothing can be corrected.
    """
    se, sp = quality.sensitivity, quality.specificity
    found = CorrectedRate(quality.viewer, quality.kind, quality.judge, Share(passed, n, *wilson(passed, n)))
    if se.rate is None or sp.rate is None:
        return replace(found, problem=Reason(Code.RATE_UNLABELED))
    # in whole numbers: the sum of two floats may be a little more than 1
    if se.count * sp.n + sp.count * se.n <= se.n * sp.n:
        chance = {"sensitivity": se.rate, "specificity": sp.rate}
        return replace(found, problem=Reason(Code.RATE_CHANCE, chance))
    rate = _clipped((passed / n + se.rate - 1) / (se.rate + sp.rate - 1))
    low, high = interval((passed, n), (se.count, se.n), (sp.count, sp.n))
    return replace(found, rate=rate, low=min(low, rate), high=max(high, rate))


def interval(passed: Counted, sensitivity: Counted, specificity: Counted) -> tuple[float, float]:
    """Return the 95 % interval of a corrected rate, clipped to 0…1; it accounts for the calibration's own uncertainty.

    Lang & Reiczigel 2014 (Prev. Vet. Med. 113, 13–22): z²/2 is added to the successes and failures of the raw rate, 1
    to those of sensitivity and specificity; the delta method gives the variance, and the middle is shifted by
    2z²(π·v_sp − (1 − π)·v_se), with v the variances of the two. What they call sensitivity is here the share of checks
    that pass of those that must.
    """
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    q, v_q = _adjusted(passed, z * z / 2)
    sp, v_sp = _adjusted(specificity, 1.0)
    se, v_se = _adjusted(sensitivity, 1.0)
    youden = se + sp - 1
    if youden <= 0:
        return 0.0, 1.0
    rate = (q + se - 1) / youden
    middle = rate + 2 * z * z * (rate * v_sp - (1 - rate) * v_se)
    half = z * sqrt(v_q + rate**2 * v_sp + (1 - rate) ** 2 * v_se) / youden
    return _clipped(middle - half), _clipped(middle + half)


def _adjusted(counted: Counted, more: float) -> tuple[float, float]:
    """Return a share with ``more`` successes and failures, and its variance."""
    count, n = counted
    share = (count + more) / (n + 2 * more)
    return share, share * (1 - share) / (n + 2 * more)


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value))
