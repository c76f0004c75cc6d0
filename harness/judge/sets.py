"""A set of images of a model without a seed, compared with the accepted set: one verdict for all of them.

The images are tested by the energy distance of their features (colors, edges) and, as a question of its own, of their
thumbnails (layout: what is where, which the features do not see); refusals, failures and the pass-rate of every check
by Fisher's exact test. The questions of one set are corrected by Holm, so that the whole set raises a false alarm at
most at the rate of its rule. A question that the counts cannot answer either way (nothing refused in both sets) is not
asked: it could never reject, and so costs nothing (Tarone 1990).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING, Any

from harness.judge.cause import cause, request_changed
from harness.judge.energy import set_test
from harness.judge.multiple import holm
from harness.judge.noise import RATE
from harness.judge.power import smallest_p
from harness.judge.rate_tests import fisher
from harness.judge.rule import Ruling, ruled
from harness.records import Difference, Question, Reason, SetReading
from harness.vocabulary import EMBEDDING, Code, Verdict

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

PERMUTATIONS = 999
"""Fewest permutations of the test of the images."""
RESOLUTION = 20
"""Permutations are made until the smallest p-value is this many times below what is asked, where that is possible."""
CLEAR = 0.1
"""A p-value above this after PERMUTATIONS is not made finer. The test stays exact: none below it comes of that."""
MOST = 4_000_000
"""Most permutations times images: what fits in memory and a second."""
IMAGE_QUESTIONS = 2
"""Questions that are asked of the images of every set: colors and edges, layout."""
LARGEST_SET = 200
"""No larger set is proposed: what it cannot show, hardly any can."""
SEED = 20261122
"""Of the permutations: the same sets have the same p-value."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One set: ``features`` of its images (n × d), the outcomes of the other generations, ``passed`` images and images
    looked at by check, ``judges`` who answered each, ``sizes`` in pixels. ``vectors`` (n × d) are those of the viewer
    that was chosen for the metric ``embedding``, None where none was, or for the reason in ``no_vectors``.
    ``thumbnails`` (n × d) are the layout of its images; None: not compared."""

    features: "npt.NDArray[np.float64]"
    refused: int = 0
    failed: int = 0
    passed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    sizes: frozenset[tuple[int, int]] = frozenset()
    judges: Mapping[str, frozenset[str]] = field(default_factory=dict)
    vectors: "npt.NDArray[np.float64] | None" = None
    no_vectors: str = ""
    thumbnails: "npt.NDArray[np.float64] | None" = None

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
    of false alarms, how many images were not generated now, the kind of the subject and the environment; ``unplaced``
    says why the set belongs to no one profile."""

    old: Arm
    new: Arm
    changed: tuple[Difference, ...] = ()
    alpha: float | None = None
    left_out: int = 0
    kind: str = ""
    environment: Mapping[str, Any] = field(default_factory=dict)
    unplaced: Reason | None = None


def judge_set(evidence: SetEvidence) -> tuple[Ruling, SetReading]:
    """Return the verdict of a complete set (``benign``, ``drift``, ``incomparable``, ``inconclusive``), its tests."""
    old, new = evidence.old, evidence.new
    alpha = RATE if evidence.alpha is None else evidence.alpha
    reading = SetReading(new.images, old.images, alpha, 0, evidence.left_out)
    if evidence.unplaced is not None:
        return Ruling(Verdict.INCOMPARABLE, (evidence.unplaced,)), reading
    if asked := request_changed(evidence.changed):
        return Ruling(Verdict.INCOMPARABLE, asked), reading
    if old.sizes and new.sizes - old.sizes:
        sizes = {"accepted": _sizes(old.sizes), "generated": _sizes(new.sizes)}
        return ruled(Verdict.INCOMPARABLE, Code.SET_SIZES, **sizes), reading
    if evidence.left_out and not new.generations:
        return ruled(Verdict.INCONCLUSIVE, Code.SET_NOT_GENERATED, count=evidence.left_out), reading
    tests, permutations = _tests(old, new, alpha)
    reading = replace(reading, tests=tests, permutations=permutations)
    return _ruling(evidence, reading), reading


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
    """Return every question with its p-value, corrected by Holm."""
    counted = list(_counted(old, new))
    viewed = old.vectors is not None or new.vectors is not None or bool(old.no_vectors or new.no_vectors)
    layouts = None if old.thumbnails is None or new.thumbnails is None else (old.thumbnails, new.thumbnails)
    share = alpha / (1 + (layouts is not None) + viewed + len(counted))
    images, permutations = _images(Question("images"), (old.features, new.features), share)
    questions = [images]
    if layouts is not None:
        questions.append(_images(Question("layout"), layouts, share)[0])
    questions += [*([_vectors(old, new, share)] if viewed else []), *counted]
    made = [question.p for question in questions if question.p is not None]
    adjusted = iter(holm(made))
    return tuple(q if q.p is None else replace(q, adjusted=next(adjusted)) for q in questions), permutations


def _vectors(old: Arm, new: Arm, share: float) -> Question:
    """Return whether the images are alike to the viewer of the metric ``embedding``."""
    question = Question(EMBEDDING, old=str(old.images), new=str(new.images))
    if old.vectors is None or new.vectors is None:
        why = new.no_vectors or old.no_vectors or "no vectors were made"
        return replace(question, problem=Reason(Code.SET_NO_VECTORS, {"problem": why}))
    return _images(question, (old.vectors, new.vectors), share)[0]


def _images(question: Question, rows: "tuple[Floats, Floats]", share: float) -> tuple[Question, int]:
    """Return whether the images look alike, from the vectors of each set, and how many permutations were made: many
    only where they can decide."""
    old, new = map(len, rows)
    question = replace(question, old=str(old), new=str(new))
    if not new:
        return replace(question, problem=Reason(Code.SET_EMPTY)), 0
    most = permutations_for(share, old + new)
    few = smallest_p(old, new, most) > share
    arms = [rows]
    tested = set_test(arms, permutations=PERMUTATIONS, seed=SEED)
    if tested.p is not None and tested.p <= max(CLEAR, share) and not few:
        tested = set_test(arms, permutations=most, seed=SEED)
    distance = tested.strata[0] if tested.strata else None
    problem = tested.problem
    if few and tested.p is not None:
        problem = Reason(Code.SET_TOO_FEW, {"new": new, "old": old, "rate": share})
    made = tested.permutations
    return replace(question, p=tested.p, distance=distance, problem=problem, permutations=made), made


def _counted(old: Arm, new: Arm) -> "list[Question]":
    found = []
    for name, was, now in ((Verdict.REFUSED, old.refused, new.refused), (Verdict.FAILED, old.failed, new.failed)):
        if was or now:
            p = fisher(now, new.generations, was, old.generations, "two-sided")
            found.append(Question(name, p, old=_of(was, old.generations), new=_of(now, new.generations)))
    for check in old.passed:
        if _other_judge(old, new, check):
            continue
        (was, before), (now, after) = old.passed[check], new.passed.get(check, (0, 0))
        # all passed in both, or none did: nothing there to find
        if after and 0 < was + now < before + after:
            p = fisher(now, after, was, before, "less")
            found.append(Question(check, p, old=_of(was, before), new=_of(now, after)))
    return found


def _other_judge(old: Arm, new: Arm, check: str) -> bool:
    """Return whether a check of both sets was answered by other judges."""
    return check in new.passed and old.judges.get(check) != new.judges.get(check)


def _ruling(evidence: SetEvidence, reading: SetReading) -> Ruling:
    changed = [q for q in reading.tests if q.adjusted is not None and q.adjusted <= reading.alpha]
    if changed:
        why = cause(evidence.changed, evidence.kind, evidence.environment, noise_known=True)
        return Ruling(Verdict.DRIFT, (*why, *map(_question, changed)))
    others = [check for check in evidence.old.passed if _other_judge(evidence.old, evidence.new, check)]
    if others:
        return ruled(Verdict.INCOMPARABLE, Code.SET_OTHER_JUDGE, checks=others)
    problem = next((question.problem for question in reading.tests if question.problem is not None), None)
    if problem is not None:
        reasons = [problem]
        share = reading.alpha / len(reading.tests)
        needed = needed_images(share)
        if problem.code == Code.SET_NO_VECTORS:
            return Ruling(Verdict.INCONCLUSIVE, (problem,))
        if needed is None:
            reasons.append(Reason(Code.SET_OUT_OF_REACH, {"rate": share}))
        elif needed > min(reading.generated, reading.accepted):
            reasons.append(Reason(Code.SET_NEEDS, {"images": needed}))
        return Ruling(Verdict.INCONCLUSIVE, tuple(reasons))
    return _with_new_checks(evidence, Ruling(Verdict.BENIGN, (Reason(Code.SET_ALIKE), *map(_question, reading.tests))))


def _with_new_checks(evidence: SetEvidence, ruling: Ruling) -> Ruling:
    """Require every image to pass a check that the accepted set has no rate for."""
    fresh = {check: rate for check, rate in evidence.new.passed.items() if check not in evidence.old.passed}
    failing = tuple(
        Reason(Code.SET_NEW_CHECK, {"check": check, "passed": passed, "count": count})
        for check, (passed, count) in fresh.items()
        if passed < count
    )
    return replace(ruling, reasons=(*ruling.reasons, *failing), finding=True) if failing else ruling


def _question(question: Question) -> Reason:
    """One question as a reason, its p-value corrected."""
    p = question.p if question.adjusted is None else question.adjusted
    return Reason(Code.SET_QUESTION, {"name": question.name, "p": p, "old": question.old, "new": question.new})


def _of(count: int, whole: int) -> str:
    return f"{count} of {whole}"


def _sizes(sizes: frozenset[tuple[int, int]]) -> list[str]:
    return [f"{width}×{height}" for width, height in sorted(sizes)]
