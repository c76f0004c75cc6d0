"""What turned an accepted image into the one that came: the image of another trial, another size, or a change of the
pixels."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.baseline import Accepted, BaselineError, Baselines
from harness.comparison import explain
from harness.image import EncodedImage
from harness.judge import Reference, unconfirmed
from harness.records import Comparison, Difference, ImageRef, Reason, Trial, TrialKey, TrialResult
from harness.runner.received_image import Received, compare_received
from harness.vocabulary import EXPLAINING, Code, Part, RuleKind, Status, Verdict

_HASHES = ("phash", "dhash")
_NEAR = 10
"""Bits of both hashes, of 128, up to which another accepted image is compared."""
_LEFT = 3.0
"""The largest mean difference, in levels, from the accepted image of another trial that is named."""
_PART = 0.2
"""The largest part of the difference from its own accepted image."""


class _Index(NamedTuple):
    """The accepted images of a suite: by pixel digest, and by hash (rows of ``keys``)."""

    by_digest: dict[str, list[TrialKey]]
    keys: list[tuple[TrialKey, Accepted]]
    hashes: npt.NDArray[np.uint64]


def asks_why(verdict: Verdict, reference: Reference) -> bool:
    """Return whether an explanation is looked for: of a drift, also one to be confirmed, and of another size."""
    return verdict in (Verdict.DRIFT, Verdict.INCOMPARABLE) or unconfirmed(reference.floor)


def repeat_shows(result: TrialResult, changed: Iterable[Difference]) -> bool:
    """Return whether generating a result again can show that it changed, or that it does not repeat: a drift under
    ``exact`` or limits, whose settings are those of the accepted image."""
    policy = result.policy
    return (
        policy is not None
        and policy.confirm > 0
        and policy.drift.kind in (RuleKind.EXACT, RuleKind.LIMITS)
        and result.outcome.verdict == Verdict.DRIFT
        and result.outcome.status == Status.FINDING
        and all(one.part != Part.SUBJECT for one in changed)
    )


class Explaining:
    """Explains drifts of one run; remembers which images came in it."""

    def __init__(self, baselines: Baselines) -> None:
        self.baselines = baselines
        self._came: dict[str, tuple[Trial, str]] = {}
        self._index = cache(self._indexed)

    def explained(
        self,
        reference: Reference,
        trial: Trial,
        accepted: EncodedImage,
        item: Accepted,
        received: Received,
        turn: Callable[[], None] = lambda: None,
    ) -> Reference:
        """Return a reference with what turned the accepted image into the candidate. ``turn`` waits for the images
        that came before."""
        changes = self._changes(trial, accepted, item, received, reference.comparison, turn)
        return replace(reference, comparison=replace(reference.comparison, changes=changes))

    def _changes(
        self,
        trial: Trial,
        accepted: EncodedImage,
        item: Accepted,
        received: Received,
        comparison: Comparison,
        turn: Callable[[], None],
    ) -> tuple[Reason, ...]:
        if other := self._of_other_trial(trial.key, received, comparison):
            return (other,)
        found = explain(accepted, received.image, ignore=trial.policy.ignore)
        turn()
        constant = self._same_in_run(trial, item.image, received.ref)
        size = _size(trial, item.image, received.ref)
        if any(one.code in EXPLAINING for one in found):
            return (*found, *size)
        return (*constant, *size, *found)

    def _same_in_run(self, trial: Trial, accepted: ImageRef, new: ImageRef) -> tuple[Reason, ...]:
        """Return that another request, of another accepted image, got the same image in this run: a placeholder."""
        first, its_own = self._came.setdefault(new.pixel_digest, (trial, accepted.pixel_digest))
        if its_own == accepted.pixel_digest:
            return ()
        return (Reason(Code.CHANGE_CONSTANT, {"trial": str(first.key)}),)

    def _of_other_trial(self, key: TrialKey, received: Received, comparison: Comparison) -> Reason | None:
        index, ref = self._index(key.suite), received.ref
        if equal := index.by_digest.get(ref.pixel_digest):
            # several trials may have this image: one of the same case says most
            other = min(equal, key=lambda one: (one != key, not _same_case(key, one)))
            return None if other == key else _other(key, other, 0.0)
        code = _code(ref)
        if code is None or not len(index.keys):
            return None
        far = np.bitwise_count(index.hashes ^ code).sum(axis=1)
        nearest = int(far.argmin())
        candidate, item = index.keys[nearest]
        if far[nearest] > _NEAR or candidate == key:
            return None
        left = self._distance(candidate, item, received)
        before = comparison.value("mae")
        if left is None or left > (_LEFT if before is None else min(_LEFT, _PART * before)):
            return None
        return _other(key, candidate, left)

    def _distance(self, key: TrialKey, item: Accepted, received: Received) -> float | None:
        """Return the mean difference from the accepted image of another trial; None where it cannot be compared."""
        try:
            image = EncodedImage(self.baselines.load(item, key), item.image.file_digest)
        except BaselineError:
            # its own trial reports an image that is lost or altered
            return None
        return compare_received(item.image, received, (), lambda: image).value("mae")

    def _indexed(self, suite: str) -> _Index:
        manifest = self.baselines.manifest(suite)
        entries = [(key, item) for key in manifest.trials() for item in manifest.accepted(key)]
        by_digest: dict[str, list[TrialKey]] = {}
        for key, item in entries:
            by_digest.setdefault(item.image.pixel_digest, []).append(key)
        coded = [(entry, code) for entry in entries if (code := _code(entry[1].image)) is not None]
        hashes = np.array([code for _, code in coded], np.uint64).reshape(-1, len(_HASHES))
        return _Index(by_digest, [entry for entry, _ in coded], hashes)


def _code(ref: ImageRef) -> npt.NDArray[np.uint64] | None:
    if any(name not in ref.hashes for name in _HASHES):
        return None
    return np.array([int(ref.hashes[name], 16) for name in _HASHES], np.uint64)


def _other(key: TrialKey, other: TrialKey, left: float) -> Reason:
    seeds = (
        [key.seed, other.seed] if _same_case(key, other) and key.seed is not None and other.seed is not None else None
    )
    return Reason(Code.CHANGE_OTHER, {"trial": str(other), "seeds": seeds, "left": left})


def _same_case(key: TrialKey, other: TrialKey) -> bool:
    return (key.suite, key.case, key.variant) == (other.suite, other.case, other.variant)


def _size(trial: Trial, accepted: ImageRef, new: ImageRef) -> Sequence[Reason]:
    """Return that an image has another size than was asked for, where the accepted one has the size asked for."""
    asked = (trial.recipe.request.width, trial.recipe.request.height)
    if trial.recipe.subject.kind == "compare" or (new.width, new.height) == asked:
        return ()
    if (accepted.width, accepted.height) != asked:
        return ()
    return (Reason(Code.CHANGE_SIZE, {"asked": list(asked), "size": [new.width, new.height]}),)
