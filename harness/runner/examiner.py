"""From what came back for one trial to its result: keep, compare, check, judge."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from harness.baseline import Accepted, Baselines
from harness.comparison import broken
from harness.errors import HarnessError, excerpt
from harness.generation import Failed, Generated, Session
from harness.image import EncodedImage, ImageError
from harness.judge import Evidence, Reference, closest, differences, failure, judge, level_between
from harness.ledger import ImageLostError, Ledger, read_image, timestamp
from harness.records import (
    AttemptKind,
    Comparison,
    Difference,
    Finding,
    ImageRef,
    Reason,
    Recipe,
    RepeatReading,
    Trial,
    TrialKey,
    TrialResult,
    for_profile,
    profile_of,
)
from harness.runner.comparing import Comparing, nearest_of
from harness.runner.distance import compare_by
from harness.runner.explaining import Explaining, asks_why, repeat_shows
from harness.runner.floors import BaselineChangedError, confirm, judged_again
from harness.runner.judges import Judges
from harness.runner.received_image import Received, as_accepted, compare_received, keep
from harness.runner.repeats import Repeats
from harness.runner.viewing import Viewing, with_answers
from harness.vocabulary import Code, Level, RuleKind, Source

Probe = Callable[[Trial], tuple[Reason, ...]]
"""What the stored probe says of how the provider of a trial repeats; nothing where nothing was probed."""
_LARGE = 1 << 19
"""Pixels from which two threads examine images faster than one: with less, they wait for Python's lock most of the
time."""
_REPORT = "report it with the image, which is in the run; a comparator of another package may be at fault"


class Examiner:
    """Makes results of generations. With repeats used from one thread, else from several.

    Without ``baselines`` images are compared with nothing, for the reason ``why_not``.
    ``confirmations`` is how many more generations a drift from a noise floor needs: 0 where nothing can be generated
    again.
    """

    def __init__(
        self,
        ledger: Ledger,
        baselines: Baselines | None,
        *,
        repeats: int = 1,
        require_generated: bool = False,
        confirmations: int = 0,
        probe: Probe = lambda _: (),
        why_not: Reason = Reason(Code.BASELINE_NONE),  # noqa: B008 -- frozen
        session: Session | None = None,
        judges: Judges | None = None,
        asks_again: bool = False,
        again: Callable[[Trial], bool] = lambda _: False,
    ) -> None:
        """Paid viewers are asked through ``session``; without one they are not asked. ``judges`` are their
        calibrations, where those of the baselines are not meant; ``asks_again``: equal questions are asked each time.
        ``again`` says whether a drift under ``exact`` or limits may be generated again. Raises JudgesError."""
        self.ledger, self.baselines, self.why_not = ledger, baselines, why_not
        self.repeats = Repeats(repeats)
        self.require_generated = require_generated
        self.probe = probe
        self.today = date.today()
        if judges is None and baselines is not None:
            judges = Judges.stored(baselines.root)
        self.viewing = Viewing(session, judges, asks_again=asks_again)
        self.again = again
        self.explaining = None if baselines is None else Explaining(baselines)
        self.comparing = None if baselines is None else Comparing(ledger, baselines, self.viewing, confirmations)

    def confirm_at_most(self, confirmations: int) -> None:
        """Have a drift from a noise floor confirmed by so many more generations, from now on."""
        if self.comparing is not None:
            self.comparing.confirmations = confirmations

    def recall(self, results: Iterable[TrialResult]) -> None:
        """Compare the repeats to come with the first of their trial that an earlier part of the run recorded."""
        for result in results:
            image = result.image if result.source == Source.GENERATED else None
            self.repeats.finished(result.key, image, result.findings)

    def is_quick(self, generation: Generated | Failed) -> bool:
        """Return whether no other thread is worth asking to examine what came: it is an accepted file, a small image or
        none."""
        if isinstance(generation, Failed) or generation.pixels is not None:
            return True
        trial = generation.trial
        request = trial.recipe.request
        if request.ask is not None or trial.attempt.kind is AttemptKind.CONFIRMATION:
            return True
        if request.width * request.height < _LARGE:
            return True
        accepted = () if self.baselines is None else self.baselines.manifest(trial.key.suite).accepted(trial.key)
        return any(item.image.file_digest == generation.image.digest for item in accepted)

    def examine(self, generation: Generated | Failed, turn: Callable[[], None] = lambda: None) -> TrialResult:
        """Return the result of one trial; its images are stored, its line is not yet written.

        ``turn`` waits until those before it were examined: it is called before what they left is asked for. Whatever
        examining an image raises is the failure of its trial; faults of the files of the run and of the baselines are
        raised.
        """
        if isinstance(generation, Generated):
            generation = of_its_profile(generation)
        trial = generation.trial
        base = Evidence(
            trial,
            ignored=self._ignored(trial.key),
            require_generated=self.require_generated,
            probe=self.probe(trial),
            refusal=self._refusal(trial.key),
        )
        if isinstance(generation, Failed):
            self.repeats.finished(trial.key, None, ())
            return _result(generation, replace(base, fault=generation.fault))
        generated = generation.generated
        base = replace(base, environment=generated.environment, source=generated.source, answer=generated.answer)
        if trial.recipe.request.ask is not None:
            return _result(generation, base)
        try:
            return self._examined(generation, base, turn)
        except Exception as error:  # any image may come, and comparators are code of others
            return _result(generation, replace(base, undecodable=_problem(error)))

    def _examined(self, generation: Generated, base: Evidence, turn: Callable[[], None]) -> TrialResult:
        trial = generation.trial
        accepted: tuple[Accepted, ...] = ()
        if self.baselines is None:
            base = replace(base, missing=self.why_not)
        else:
            profile = profile_of(trial.policy, base.environment)
            if unknown := [name for name, value in profile.items() if value is None]:
                base = replace(base, unplaced=Reason(Code.PROFILE_UNKNOWN, {"fields": unknown}))
            accepted = self.baselines.chosen(trial.key, trial.policy, base.environment)
            if not accepted:
                base = replace(base, missing=self.baselines.why_missing(trial.key, profile))
            elif accepted[0].profile != profile:
                used = {"profile": profile, "used": accepted[0].profile}
                base = replace(base, fallback=Reason(Code.PROFILE_FALLBACK, used))
        image = as_accepted(generation.image, accepted, lambda item: self._accepting.baselines.load(item, trial.key))
        received = keep(self.ledger, image, accepted)
        if isinstance(received, Reason):
            self.repeats.finished(trial.key, None, ())
            return _result(generation, replace(base, undecodable=received))
        return self._judged(generation, base, received, accepted, turn)

    def _judged(
        self,
        generation: Generated,
        base: Evidence,
        received: Received,
        accepted: tuple[Accepted, ...],
        turn: Callable[[], None],
    ) -> TrialResult:
        trial = generation.trial
        beside = None if self.comparing is None else partial(self.comparing.beside, accepted, received, trial)
        findings, unchecked = self.viewing.viewed(received, trial, beside)
        looked_at = accepted
        if trial.policy.drift.kind == RuleKind.SET and accepted:
            # the set is judged as a whole: one of it, the nearest, is enough to look at
            looked_at = (nearest_of(accepted, received.ref),)
        compared = tuple(self._accepting.compared(item, received, generation) for item in looked_at)
        references = tuple(one.reference for one in compared if one.reference is not None)
        fault = next((one.fault for one in compared if one.fault is not None), None)
        level = self._level(generation, received, findings)
        # what was not generated now says nothing of how generation repeats, to no other repeat either
        self.repeats.finished(
            trial.key, received.ref if generation.generated.source == Source.GENERATED else None, findings
        )
        evidence = replace(
            base,
            notes=received.ref.notes or (),
            references=references,
            altered=None if fault is None else fault.as_reason,
            broken=broken(received.image.image.pixels) if received.image.decoded and not _same(references) else None,
            findings=findings,
            unchecked=unchecked,
            level=level,
            rejected=None if self.baselines is None else self.baselines.rejected(trial.key, received.ref.pixel_digest),
        )
        result = _result(generation, evidence, received.ref)
        if not references:
            return result
        nearest = closest(references, evidence.notes)
        index = next(i for i, one in enumerate(compared) if one.reference is nearest)
        item, one = looked_at[index], compared[index]
        if one.image is not None and asks_why(result.outcome.verdict, nearest):
            assert self.explaining is not None
            nearest = self.explaining.explained(nearest, trial, one.image, item, received, turn)
            result = replace(result, outcome=judge(replace(evidence, references=(nearest,))))
        changed = differences(item.recipe, item.environment, trial.recipe, evidence.environment)
        comparison = replace(nearest.comparison, accepted=accepted.index(item))
        comparison = self._accepting.shown(one, comparison, received, trial.policy)
        turn()
        return replace(
            result,
            comparison=comparison,
            baseline=item.image,
            baseline_environment=item.environment if item.environment != evidence.environment else None,
            differences=changed,
            floor=nearest.floor,
            repeat=self._to_repeat(generation, result, item, changed),
        )

    def _to_repeat(
        self, generation: Generated, result: TrialResult, item: Accepted, changed: Sequence[Difference]
    ) -> RepeatReading | None:
        """Return what is to show whether a drift repeats; None where that is known, or nothing may be generated."""
        repeats = self.repeats.count == 1 and generation.generated.source == Source.GENERATED
        if repeats and repeat_shows(result, changed) and self.again(generation.trial):
            assert result.image is not None
            confirm = generation.trial.policy.confirm
            return RepeatReading(confirm, result.image.pixel_digest, item.image.pixel_digest)
        return None

    def confirmed(self, before: TrialResult, generation: Generated | Failed) -> TrialResult:
        """Return a result that drifted, with one more generation of the same trial."""
        trial = replace(generation.trial, attempt=before.attempt, policy=before.policy or generation.trial.policy)
        there = self._accepting.baselines.chosen(trial.key, before.policy, before.environment)
        item = next((one for one in there if one.image == before.baseline), None)

        def against(new: Received) -> Comparison:
            if item is None:
                raise BaselineChangedError(trial.key)
            return compare_by(
                trial.policy, self.viewing, item.image, new, lambda: self._accepting.load(item, trial.key)
            )

        try:
            received = keep(self.ledger, generation.image, there) if isinstance(generation, Generated) else None
            reading = confirm(before, generation, received, against)
        except Exception as error:  # as in examine
            reading = confirm(before, generation, _problem(error), against)
        return judged_again(before, trial, item, reading, self._ignored(trial.key), self.probe(trial))

    @property
    def _accepting(self) -> Comparing:
        """What compares with the accepted images of a trial that has some."""
        assert self.comparing is not None
        return self.comparing

    def _refusal(self, key: TrialKey) -> Recipe | None:
        refusal = None if self.baselines is None else self.baselines.refused(key)
        return None if refusal is None else refusal.recipe

    def _ignored(self, key: TrialKey) -> Reason | None:
        ignore = None if self.baselines is None else self.baselines.ignored(key, self.today)
        return None if ignore is None else ignore.as_reason

    def _level(self, generation: Generated, received: Received, findings: tuple[Finding, ...]) -> Level | None:
        first = self.repeats.first(generation.trial.key)
        if first is None or generation.generated.source != Source.GENERATED:
            return None
        folder, image = self.ledger.folder, first.image
        comparison = compare_received(image, received, (), lambda: EncodedImage(read_image(folder, image)))
        return level_between(comparison, (first.findings, findings))


def _same(references: Sequence[Reference]) -> bool:
    """Return whether an image is equal to an accepted one: whatever it shows then, it was accepted."""
    return any(reference.comparison.same_pixels for reference in references)


def _problem(error: Exception) -> Reason:
    """Return what was raised about one image as the reason why its trial failed; raise what is not about it."""
    if isinstance(error, (ImageError, ImageLostError)):
        return failure(error)
    if isinstance(error, HarnessError):
        raise error
    problem = excerpt(f"{type(error).__name__}: {error}")
    return Reason(Code.ERROR, {"problem": f"the image cannot be examined: {problem}", "hint": _REPORT})


def _result(generation: Generated | Failed, evidence: Evidence, image: ImageRef | None = None) -> TrialResult:
    trial = generation.trial
    generated = generation.generated if isinstance(generation, Generated) else None
    notes = () if generated is None else generated.notes
    return TrialResult(
        key=trial.key,
        recipe=trial.recipe,
        outcome=judge(evidence),
        attempt=trial.attempt,
        tags=trial.tags,
        source=generated.source if generated is not None else Source.NONE,
        image=image,
        answer=evidence.answer,
        environment=evidence.environment,
        findings=evidence.findings,
        seconds=round(generation.seconds if generated is None else generated.seconds, 4),
        cost=None if generated is None else with_answers(generated.cost, evidence.findings),
        finished=timestamp(timespec="milliseconds"),
        policy=trial.policy,
        possibly_billed=(isinstance(generation, Failed) and generation.fault.possibly_billed) or None,
        notes=notes or None,
    )


def of_its_profile(generation: Generated) -> Generated:
    """Return what came with the rule of its profile, where its suite states one."""
    policy = for_profile(generation.trial.policy, generation.generated.environment)
    if policy is generation.trial.policy:
        return generation
    return replace(generation, trial=replace(generation.trial, policy=policy))
