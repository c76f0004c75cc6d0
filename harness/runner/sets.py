"""Sets of images of a run: when one is complete it is compared with the accepted set, all its trials at once."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import takewhile
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from harness.baseline import Accepted, BaselineError, BaselineImageError, Baselines
from harness.comparison import features, thumbnail
from harness.image import ImageError, decode
from harness.judge import (
    Arm,
    Ruling,
    SetEvidence,
    benjamini_hochberg,
    differences,
    failure,
    holm,
    judge_set,
    most_permutations,
    only_warns,
    set_test,
)
from harness.ledger import iter_results, read_image
from harness.records import (
    FINE,
    Attempt,
    ImageRef,
    KeyTest,
    Outcome,
    Policy,
    PooledTest,
    Reason,
    SetReading,
    TrialKey,
    TrialResult,
    canonical_json,
    profile_of,
)
from harness.runner.distance import viewed
from harness.runner.viewing import Viewing
from harness.vision import ViewerError
from harness.vocabulary import INDEPENDENT, Code, Status, Verdict

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

POOLED_PERMUTATIONS = 9_999
"""Most permutations of the test over all prompts of a suite."""


class Sets:
    """Judges complete sets. Features and layout are kept by image for the life of a run: 2 kB each."""

    def __init__(self, folder: Path, baselines: Baselines, viewing: Viewing | None = None) -> None:
        self.folder, self.baselines = folder, baselines
        self.viewing = viewing or Viewing()
        self._seen: dict[str, tuple[Floats, Floats]] = {}

    def waits(self, result: TrialResult) -> bool:
        """Return whether a result belongs to a set that is compared with an accepted one when it is complete."""
        return result.is_set and bool(self.baselines.manifest(result.key.suite).accepted(result.key))

    def judged(self, results: Sequence[TrialResult]) -> list[TrialResult]:
        """Return the results of one complete set, in their order, with the verdict of the set; as they are where no set
        was accepted."""
        # looked at in the order planned, not as they came: a verdict must not hang on which image was quicker
        planned = sorted(results, key=lambda result: result.attempt)
        first = next((r for r in planned if r.image is not None), planned[0])
        accepted = self.baselines.chosen(first.key, first.policy, first.environment)
        if not accepted:
            return list(results)
        try:
            old = self._accepted(first.key, accepted, first.policy)
        except (BaselineError, ImageError) as fault:
            lost = fault.as_reason if isinstance(fault, BaselineImageError) else failure(fault, Code.BASELINE_ALTERED)
            ruling, reading = Ruling(Verdict.INCONCLUSIVE, (lost,)), None
        else:
            generated = [r for r in planned if r.source in INDEPENDENT or r.image is None]
            # without an image nothing is known of the environment
            here = accepted[0].environment if first.image is None else first.environment
            changed = differences(accepted[0].recipe, accepted[0].environment, first.recipe, here)
            policy = first.policy
            evidence = SetEvidence(
                old,
                self._arm(generated, first.policy, old.passed),
                changed,
                None if policy is None else policy.drift.alpha,
                len(results) - len(generated),
                first.recipe.subject.kind,
                here,
                _unplaced(planned),
            )
            ruling, reading = judge_set(evidence)
        missed = Counter(accepted[0].not_generated or {})
        ignore = self.baselines.ignored(first.key, date.today())
        why = None if ignore is None else ignore.as_reason
        return [
            replace(r, outcome=_outcome(r, ruling, missed, why), set=reading or SetReading(0, 0, 0.0)) for r in results
        ]

    def pooled(self, results: Iterable[TrialResult]) -> tuple[PooledTest, ...]:
        """For each suite with judged sets: the one test over all its prompts, and every set's p-value corrected."""
        images: dict[TrialKey, list[tuple[Attempt, Floats]]] = {}
        readings: dict[TrialKey, tuple[SetReading, TrialResult]] = {}
        for result in results:
            if result.set is not None and result.set.tests:
                readings.setdefault(result.key, (result.set, result))
                if result.image is not None and result.source in INDEPENDENT:
                    generated = (result.attempt, self._candidate(result.image)[0])
                    images.setdefault(result.key, []).append(generated)
        # by name and number, not as they came: the same run has the same p-value
        readings = {key: readings[key] for key in sorted(readings, key=str)}
        ordered = {key: [row for _, row in sorted(found, key=itemgetter(0))] for key, found in images.items()}
        suites = dict.fromkeys(key.suite for key in readings)
        return tuple(self._pooled(suite, readings, ordered) for suite in suites)

    def _pooled(
        self,
        suite: str,
        readings: Mapping[TrialKey, tuple[SetReading, TrialResult]],
        images: Mapping[TrialKey, list["Floats"]],
    ) -> PooledTest:
        strata, tested, rate = [], [], 0.0
        for key, (reading, result) in readings.items():
            if key.suite != suite:
                continue
            rate += reading.alpha
            question = reading.tests[0]
            if question.p is not None:
                tested.append((str(key), question.p, question.distance or 0.0))
            if key in images:
                accepted = self.baselines.chosen(key, result.policy, result.environment)
                try:
                    strata.append((self._accepted(key, accepted).features, _stacked(images[key])))
                except (BaselineError, ImageError):
                    continue
        size = sum(len(x) + len(y) for x, y in strata)
        permutations = min(POOLED_PERMUTATIONS, most_permutations(size))
        test = set_test(strata, permutations=permutations)
        values = [p for _, p, _ in tested]
        rows = zip(tested, holm(values), benjamini_hochberg(values), strict=True)
        keys = tuple(KeyTest(key, p, one, other, distance) for (key, p, distance), one, other in rows)
        return PooledTest(suite, test.p, test.permutations, rate, keys, test.problem)

    def _accepted(self, key: TrialKey, accepted: Sequence[Accepted], policy: Policy | None = None) -> Arm:
        import numpy as np

        rows = [self._of(one.image.pixel_digest, partial(self.baselines.load, one, key)) for one in accepted]
        missed = Counter[str]()
        for item in accepted:
            missed.update(item.not_generated or {})
        looked = [item.findings for item in accepted if item.findings is not None]
        images = [(one.image, partial(self.baselines.load, one, key)) for one in accepted]
        vectors, no_vectors = self._vectors(policy, images)
        return Arm(
            _stacked([row for row, _ in rows]),
            missed["refused"],
            missed["failed"],
            _rates(looked),
            frozenset((item.image.width, item.image.height) for item in accepted),
            _judges(item.judges or {} for item in accepted),
            vectors,
            no_vectors,
            np.array([layout for _, layout in rows]),
        )

    def _arm(self, results: Sequence[TrialResult], policy: Policy | None, accepted: Collection[str]) -> Arm:
        """Return what was generated; ``accepted`` are the checks that have an accepted rate."""
        import numpy as np

        images = [r.image for r in results if r.image is not None]
        refused = sum(r.outcome.verdict == Verdict.REFUSED for r in results)
        seen = [r.findings for r in results if r.image is not None and r.findings]
        rows = [self._candidate(image) for image in images]
        loaded = [(image, partial(read_image, self.folder, image)) for image in images]
        vectors, no_vectors = self._vectors(policy, loaded)
        return Arm(
            _stacked([row for row, _ in rows]),
            refused,
            len(results) - len(images) - refused,
            _rates(checks_looked_at(results, accepted)),
            frozenset((image.width, image.height) for image in images),
            _judges({f.check: f.judge for f in findings if f.judge} for findings in seen),
            vectors,
            no_vectors,
            np.array([layout for _, layout in rows]),
        )

    def _vectors(
        self, policy: Policy | None, images: Sequence[tuple[ImageRef, Callable[[], bytes]]]
    ) -> "tuple[Floats | None, str]":
        """Return the vectors of images by the viewer of the policy (n × d), None where none was chosen, or for the
        reason beside it."""
        if policy is None or policy.embedding is None or not images:
            return None, ""
        import numpy as np

        try:
            rows = [
                self.viewing.vector(policy.embedding, viewed(decode(read()).pixels, image.pixel_digest, policy))
                for image, read in images
            ]
        except ViewerError as fault:
            return None, str(fault)
        return np.array(rows, np.float64), ""

    def _candidate(self, image: ImageRef) -> "tuple[Floats, Floats]":
        return self._of(image.pixel_digest, partial(read_image, self.folder, image))

    def _of(self, digest: str, read: Callable[[], bytes]) -> "tuple[Floats, Floats]":
        """Return the features and the thumbnail of an image."""
        if digest not in self._seen:
            pixels = decode(read()).pixels
            self._seen[digest] = features(pixels), thumbnail(pixels)
        return self._seen[digest]


def pooled_sets(folder: Path, baselines: Baselines) -> tuple[PooledTest, ...] | None:
    """Return the tests over all sets of a recorded run, from its files; None for a run without sets."""
    return Sets(folder, baselines).pooled(iter_results(folder)) or None


def _outcome(result: TrialResult, ruling: Ruling, missed: Mapping[str, int], ignored: Reason | None) -> Outcome:
    """Return the verdict of the set on one of its trials. What is not an image, or no sound one, stays what it is."""
    own = result.outcome
    verdict: Verdict = own.verdict
    if verdict in (Verdict.REFUSED, Verdict.FAILED):
        # it happened to the accepted set too, and not less often: nothing new
        usual = ruling.verdict in FINE and not ruling.finding and missed.get(own.verdict, 0) > 0
        status = (
            Status.OK
            if usual
            else Status.FINDING
            if ruling.verdict in (Verdict.DRIFT, Verdict.INCOMPARABLE)
            else Status.MISSING
        )
        reasons = (*_own(own), Reason(Code.SET_VERDICT, {"verdict": ruling.verdict}), *ruling.reasons)
    elif own.verdict == Verdict.BROKEN:
        status = Status.FINDING
        reasons = (*_own(own), Reason(Code.SET_VERDICT, {"verdict": ruling.verdict}))
    else:
        verdict, reasons = ruling.verdict, ruling.reasons
        status = Status.OK if ruling.verdict in FINE and not ruling.finding else Status.FINDING
    if ignored is not None and status != Status.OK:
        status, reasons = Status.IGNORED, (*reasons, ignored)
    doubtful = (warning for warning in own.warnings if warning.code == Code.CHECK_DOUBTFUL)
    return Outcome(verdict, status, reasons, (*ruling.warnings, *doubtful), own.determinism)


def _own(outcome: Outcome) -> Iterator[Reason]:
    """Return the reasons as they were before a set was judged once already."""
    return takewhile(lambda reason: reason.code != Code.SET_VERDICT, outcome.reasons)


def checks_looked_at(results: Iterable[TrialResult], accepted: Collection[str]) -> list[dict[str, str]]:
    """Return the outcomes of the checks of each image. What an unreliable judge did not pass counts only where the
    check has an accepted rate: both sets have that judge."""
    return [
        {f.check: f.outcome for f in r.findings if f.check in accepted or not only_warns(f)}
        for r in results
        if r.image is not None and r.findings
    ]


def _rates(looked: Sequence[Mapping[str, str]]) -> dict[str, tuple[int, int]]:
    """Images that passed, and images looked at, by check. What was not decided has not passed."""
    rates: dict[str, tuple[int, int]] = {}
    for outcomes in looked:
        for check, outcome in outcomes.items():
            passed, n = rates.get(check, (0, 0))
            rates[check] = (passed + (outcome == "pass"), n + 1)
    return rates


def _judges(looked: Iterable[Mapping[str, str]]) -> dict[str, frozenset[str]]:
    """Return the judges that answered each check."""
    found: dict[str, set[str]] = {}
    for judges in looked:
        for check, judge in judges.items():
            found.setdefault(check, set()).add(judge)
    return {check: frozenset(judges) for check, judges in found.items()}


def _stacked(rows: Sequence["Floats"]) -> "Floats":
    import numpy as np

    from harness.comparison import FEATURES

    return np.array(rows, np.float64).reshape(len(rows), len(FEATURES))


def _unplaced(results: Sequence[TrialResult]) -> Reason | None:
    """Return why the images of a set belong to no one profile: a field is unknown, or they were generated in several
    environments; None where they belong to one."""
    profiles = [profile_of(one.policy, one.environment) for one in results if one.image is not None]
    if unknown := sorted({name for profile in profiles for name, value in profile.items() if value is None}):
        return Reason(Code.PROFILE_UNKNOWN, {"fields": unknown})
    several = list({canonical_json(profile): profile for profile in profiles}.values())
    return Reason(Code.PROFILE_MIXED, {"profiles": several}) if len(several) > 1 else None
