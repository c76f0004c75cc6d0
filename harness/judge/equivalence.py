"""Whether B is within the noise of A: an answer of its own, not the absence of a change.

The distances from A to B are compared with those between repeats of A, as log-scores around a mean of each prompt's
own, with one spread s for all prompts (as changes are judged). The margin is made of A's own repeats: MARGIN standard
deviations of a single distance within A, by which one repeat differs from the next as a rule. B is *equivalent* where
the mean distance from A to B, over the prompts, is shown to lie less than that above and below the mean within A.

Two one-sided tests (Schuirmann 1987) of T = (mean across − mean within) / (s·√v), v from the numbers of distances. As
the margin is in units of s, which is estimated, T at the margin has a noncentral t distribution (Wellek, *Testing
Statistical Hypotheses of Equivalence and Noninferiority*, 2010, §6.1); its p-value is the larger of both. Images that
are in a distance within A and in one to B make the two alike, and the test more careful than stated.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite, log, sqrt
from statistics import fmean

from harness.judge.floor import FINEST
from harness.records import Equivalence, Reason
from harness.vocabulary import Code

MARGIN = 1.0
"""Standard deviations of a log-distance within A."""
LEAST = 5e-324
"""No p-value is 0."""


def equivalence(within: Sequence[Sequence[float]], across: Sequence[Sequence[float]], alpha: float) -> Equivalence:
    """Return the test of equivalence from the scores of each prompt: between repeats of A, and from A to B.

    Prompts that lack either are left out. ``alpha``: the chance of calling arms equivalent that differ by the
    margin or more.
    """
    pairs = [(list(own), list(other)) for own, other in zip(within, across, strict=True) if own and other]
    scores = [score for pair in pairs for side in pair for score in side]
    made = Equivalence(alpha, len(pairs), sum(len(own) for own, _ in pairs))
    if not pairs:
        return replace(made, problem=Reason(Code.EQUIVALENCE_NO_CONTROL))
    if not all(isfinite(score) and score >= 0 for score in scores):
        return replace(made, problem=Reason(Code.EQUIVALENCE_NOT_MEASURED))
    if any(score <= FINEST for own, _ in pairs for score in own):
        return replace(made, problem=Reason(Code.EQUIVALENCE_MODES))
    logs = [([log(score) for score in own], [log(max(score, FINEST)) for score in other]) for own, other in pairs]
    df = sum(len(own) - 1 for own, _ in logs)
    if df < 1:
        return replace(made, problem=Reason(Code.EQUIVALENCE_FEW))
    spread = sqrt(sum((value - fmean(own)) ** 2 for own, _ in logs for value in own) / df)
    if spread < FINEST:
        return replace(made, problem=Reason(Code.EQUIVALENCE_NO_SPREAD))
    excess = fmean(fmean(other) - fmean(own) for own, other in logs)
    width = sqrt(sum(1 / len(own) + 1 / len(other) for own, other in logs)) / len(logs)
    p = _p(excess / (spread * width), df, MARGIN / width)
    return replace(
        made, shown=p <= alpha, p=p, excess=excess, spread=spread, df=df, margin=MARGIN * spread, width=width
    )


def same_pixels(changed: int, n: int, alpha: float) -> Equivalence:
    """Return the same of two arms that repeat exactly, of which ``changed`` of ``n`` prompts differ in any pixel. With
    none, the share of such prompts that differ is less than ``most`` with confidence 1 − ``alpha``: 1 − α^(1/n)."""
    if not n:
        return Equivalence(alpha=alpha, n=0, controls=0, problem=Reason(Code.EQUIVALENCE_NO_CONTROL))
    return Equivalence(alpha=alpha, n=n, controls=n, shown=not changed, most=None if changed else 1 - alpha ** (1 / n))


def _p(t: float, df: int, noncentrality: float) -> float:
    """Return the larger p-value of the two tests: that on the side on which ``t`` lies."""
    from scipy.special import nctdtr, ndtr

    t = abs(t)
    p = float(nctdtr(df, noncentrality, t))
    if not isfinite(p):
        # far out its series ends in no number: the normal approximation (Abramowitz & Stegun 26.7.10)
        p = float(ndtr((t * (1 - 1 / (4 * df)) - noncentrality) / sqrt(1 + t * t / (2 * df))))
    return min(1.0, max(LEAST, p))
