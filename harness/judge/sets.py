"""A set of images of a model without a seed, compared with the accepted set: one verdict for all of them.

The images are tested by the energy distance of their features; refusals, failures and the pass-rate of every check
by Fisher's exact test. The questions of one set are corrected by Holm, so that the whole set raises a false alarm at
most at the rate of its rule. A question that the counts cannot answer either way (nothing refused in both sets) is not
asked: it could never reject, and so costs nothing (Tarone 1990).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING

from harness.judge.cause import cause
from harness.judge.difference import Difference
from harness.judge.energy import set_test
from harness.judge.multiple import holm
from harness.judge.noise import RATE
from harness.judge.power import smallest_p
from harness.judge.proportions import fisher
from harness.judge.rule import Ruling
from harness.records import Question, SetReading
from harness.vocabulary import Verdict

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PERMUTATIONS = 999
"""Fewest permutations of the test of the images."""
RESOLUTION = 20
"""Permutations are made until the smallest p-value is this many times below what is asked, where that is possible."""
CLEAR = 0.1
"""A p-value above this after PERMUTATIONS is not made finer. The test stays exact: none below it comes of that."""
MOST = 4_000_000
"""Most permutations times images: what fits in memory and a second."""
LARGEST_SET = 200
"""No larger set is proposed: what it cannot show, hardly any can."""
SEED = 20261122
"""Of the permutations: the same sets have the same p-value."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One set: ``features`` of its images (n × d), what came of the other generations, ``passed`` images and images
    looked at by check, ``sizes`` in pixels."""

    features: "npt.NDArray[np.float64]"
    refused: int = 0
    failed: int = 0
    passed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    sizes: frozenset[tuple[int, int]] = frozenset()

    @property
    def images(self) -> int:
        """How many images it has."""
        return len(self.features)

    @property
    def generations(self) -> int:
        """How many generations were tried."""
        return self.images + self.refused + self.failed


@dataclass(frozen=True, slots=True)
class SetEvidence:
    """What :func:`judge_set` reads: the accepted set and the new one, what differs in recipe and environment, the rate
    of false alarms, how many images were not generated now, and the kind of the subject."""

    key: str
    old: Arm
    new: Arm
    changed: tuple[Difference, ...] = ()
    alpha: float | None = None
    left_out: int = 0
    kind: str = ""


def judge_set(evidence: SetEvidence) -> tuple[Ruling, SetReading]:
    """The verdict of a complete set (``benign``, ``drift``, ``incomparable`` or ``inconclusive``) and its tests."""
    old, new = evidence.old, evidence.new
    alpha = RATE if evidence.alpha is None else evidence.alpha
    reading = SetReading(new.images, old.images, alpha, 0, evidence.left_out)
    asked = ", ".join(d.short for d in evidence.changed if d.part == "request")
    accept = f"harness accept --key {evidence.key}"
    if asked:
        return Ruling(
            Verdict.INCOMPARABLE, f"request changed: {asked}", f"a new request needs a new set: {accept}"
        ), reading
    if old.sizes and new.sizes - old.sizes:
        reported = f"sizes differ: {_sizes(old.sizes)} accepted, {_sizes(new.sizes)} generated"
        return Ruling(Verdict.INCOMPARABLE, reported, f"if the new size is right: {accept}"), reading
    if evidence.left_out and not new.generations:
        why = f"none of the {evidence.left_out} images was generated now: a cache or replay says nothing of the model"
        return Ruling(Verdict.INCONCLUSIVE, why, "generate without cache and replay"), reading
    tests, permutations = _tests(old, new, alpha)
    reading = replace(reading, tests=tests, permutations=permutations)
    return _ruling(evidence, reading, accept), reading


def needed_images(alpha: float) -> int | None:
    """Images in each of two sets with which their test can reach a p-value of ``alpha``; None beyond LARGEST_SET."""
    for n in range(2, LARGEST_SET + 1):
        if smallest_p(n, n, most_permutations(2 * n)) <= alpha:
            return n
    return None


def most_permutations(images: int) -> int:
    """Permutations that are affordable for this many images in both sets."""
    return max(PERMUTATIONS, MOST // max(1, images))


def permutations_for(alpha: float, images: int) -> int:
    """Permutations that the test of the images makes at a rate: at least PERMUTATIONS."""
    return min(most_permutations(images), max(PERMUTATIONS, ceil(RESOLUTION / alpha) - 1))


def _tests(old: Arm, new: Arm, alpha: float) -> tuple[tuple[Question, ...], int]:
    """Every question with its p-value, corrected by Holm."""
    counted = list(_counted(old, new))
    share = alpha / (1 + len(counted))
    images, permutations = _images(old, new, share)
    questions = [images, *counted]
    made = [question.p for question in questions if question.p is not None]
    adjusted = iter(holm(made))
    return tuple(q if q.p is None else replace(q, adjusted=next(adjusted)) for q in questions), permutations


def _images(old: Arm, new: Arm, share: float) -> tuple[Question, int]:
    """Whether the images look alike, and how many permutations were made: many only where they can decide."""
    question = Question("images", old=str(old.images), new=str(new.images))
    if not new.images:
        return replace(question, problem="no image was generated"), 0
    most = permutations_for(share, old.images + new.images)
    few = smallest_p(old.images, new.images, most) > share
    arms = [(old.features, new.features)]
    tested = set_test(arms, permutations=PERMUTATIONS, seed=SEED)
    if tested.p is not None and tested.p <= max(CLEAR, share) and not few:
        tested = set_test(arms, permutations=most, seed=SEED)
    distance = tested.strata[0] if tested.strata else None
    problem = tested.problem or ""
    if few and tested.p is not None:
        problem = f"{new.images} images against {old.images} cannot show a change at a rate of {share:.2g}"
    return replace(question, p=tested.p, distance=distance, problem=problem), tested.permutations


def _counted(old: Arm, new: Arm) -> "list[Question]":
    found = []
    for name, was, now in ((Verdict.REFUSED, old.refused, new.refused), (Verdict.FAILED, old.failed, new.failed)):
        if was or now:
            p = fisher(now, new.generations, was, old.generations, "two-sided")
            found.append(Question(name, p, old=_of(was, old.generations), new=_of(now, new.generations)))
    for check in old.passed:
        (was, before), (now, after) = old.passed[check], new.passed.get(check, (0, 0))
        # all passed in both, or none did: nothing there to find
        if after and 0 < was + now < before + after:
            p = fisher(now, after, was, before, "less")
            found.append(Question(check, p, old=_of(was, before), new=_of(now, after)))
    return found


def _ruling(evidence: SetEvidence, reading: SetReading, accept: str) -> Ruling:
    changed = [q for q in reading.tests if q.adjusted is not None and q.adjusted <= reading.alpha]
    images = reading.tests[0]
    if changed:
        why = cause(evidence.changed, evidence.kind, noise_known=True)
        return Ruling(Verdict.DRIFT, f"{why} ({'; '.join(map(report, changed))})", f"if the new set is right: {accept}")
    if images.problem:
        share = reading.alpha / len(reading.tests)
        needed = needed_images(share)
        enough, hint = "", "look at the refusals and faults"
        if needed is None:
            enough = "; no number of images would"
            hint = f"state a higher `false_alarms:`, or judge fewer prompts by chance: {share:.2g} is out of reach"
        elif needed > min(reading.generated, reading.accepted):
            enough = f"; {needed} in each set would do"
            hint = f"set `samples: {needed}` and accept a set of that size"
        return Ruling(Verdict.INCONCLUSIVE, f"{images.problem}{enough}", hint)
    ruling = Ruling(Verdict.BENIGN, f"a set like the accepted one ({'; '.join(map(report, reading.tests))})")
    return _with_new_checks(evidence, ruling)


def _with_new_checks(evidence: SetEvidence, ruling: Ruling) -> Ruling:
    """A check that the accepted set was not looked at with has no rate to hold to: then every image must pass it."""
    fresh = {check: rate for check, rate in evidence.new.passed.items() if check not in evidence.old.passed}
    failing = [f"{check}: {_of(*rate)} pass" for check, rate in fresh.items() if rate[0] < rate[1]]
    if not failing:
        return ruling
    reason = f"{ruling.reason}; no rate was accepted for {', '.join(failing)}"
    return replace(ruling, reason=reason, hint="accept a set that was looked at with these checks", finding=True)


def report(question: Question) -> str:
    """One question in a few words, its p-value corrected."""
    if question.p is None:
        return f"{question.name}: {question.problem}"
    p = f"p = {question.p if question.adjusted is None else question.adjusted:.2g}"
    if question.name == "images":
        return f"{question.new} images against {question.old}: {p}"
    verb = "" if question.name in (Verdict.REFUSED, Verdict.FAILED) else " pass"
    return f"{question.name}: {question.new}{verb}, accepted {question.old}: {p}"


def _of(count: int, whole: int) -> str:
    return f"{count} of {whole}"


def _sizes(sizes: frozenset[tuple[int, int]]) -> str:
    return ", ".join(f"{width}×{height}" for width, height in sorted(sizes))
