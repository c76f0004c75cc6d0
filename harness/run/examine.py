"""From what came back for one trial to its result: keep, compare, check, judge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from harness.baseline import Accepted, BaselineFault, Ignore
from harness.baseline import profile_of as profile_of_result
from harness.compare import broken, describe_picture, heat_map
from harness.draw import Drawing, Fault
from harness.image import ImageFault, decode
from harness.judge import Evidence, Reference, closest, differences, judge, level_between
from harness.ledger import Ledger, timestamp
from harness.records import (
    Check,
    Comparison,
    Finding,
    FloorReading,
    PictureRef,
    Policy,
    Trial,
    TrialKey,
    TrialResult,
)
from harness.run.floors import INDEPENDENT, AcceptedAnew, confirm, floor_reading, judged_again
from harness.run.kept import Kept, compare_kept, keep
from harness.run.repeats import Repeats


class References(Protocol):
    """Where accepted pictures are found; ``harness.baseline.Baselines`` is one."""

    def find(
        self, key: TrialKey, profile: Mapping[str, Any] | None = None, *, verify: bool = True
    ) -> tuple[Accepted, ...]:
        """The accepted pictures of a trial."""

    def load(self, accepted: Accepted, key: TrialKey | None = None) -> bytes:
        """The bytes of one. Raises BaselineFault when it is not what was accepted."""

    def path(self, accepted: Accepted) -> Path:
        """Where it lies."""

    def why_missing(self, key: TrialKey, profile: Mapping[str, Any] | None = None) -> str:
        """Why there is none."""

    def ignored(self, key: TrialKey, today: date) -> Ignore | None:
        """The ignore that holds for a trial today."""


Probe = Callable[[Trial], str]
"""What the stored probe says of how the provider of a trial repeats, in one line; empty where nothing was probed."""


class Examiner:
    """Makes results of drawings. With repeats used from one thread, else from several.

    ``confirmations`` is how many more drawings a drift from a noise floor needs: 0 where nothing can be drawn again.
    """

    def __init__(
        self,
        ledger: Ledger,
        baselines: References,
        *,
        repeats: int = 1,
        require_drawn: bool = False,
        confirmations: int = 0,
        probe: Probe = lambda _: "",
    ) -> None:
        self.ledger, self.baselines = ledger, baselines
        self.repeats = Repeats(repeats)
        self.require_drawn = require_drawn
        self.confirmations = confirmations
        self.probe = probe
        self.today = date.today()

    def examine(self, drawing: Drawing | Fault) -> TrialResult:
        """The result of one trial; its pictures are stored, its line is not yet written."""
        trial = drawing.trial
        ignore = self.baselines.ignored(trial.key, self.today)
        base = Evidence(
            trial,
            ignored=None if ignore is None else str(ignore),
            require_drawn=self.require_drawn,
            probe=self.probe(trial),
        )
        if isinstance(drawing, Fault):
            self.repeats.finished(trial.key, None, ())
            return _result(drawing, replace(base, fault=drawing.fault))
        drawn = drawing.drawn
        base = replace(base, environment=drawn.environment, source=drawn.source, answer=drawn.answer)
        if trial.recipe.request.ask is not None:
            return _result(drawing, base)
        accepted = self.baselines.find(trial.key, profile_of(drawing), verify=False)
        kept = keep(self.ledger, drawn.data, accepted)
        if isinstance(kept, str):
            self.repeats.finished(trial.key, None, ())
            return _result(drawing, replace(base, undecodable=kept))
        return self._judged(drawing, base, kept, accepted)

    def _judged(self, drawing: Drawing, base: Evidence, kept: Kept, accepted: tuple[Accepted, ...]) -> TrialResult:
        trial = drawing.trial
        findings = _check(kept, trial.checks)
        looked_at = accepted
        if trial.policy.drift.kind == "set" and accepted:
            # the set is judged as a whole: one of it, the nearest, is enough to look at
            looked_at = (_nearest(accepted, kept.ref),)
        held = tuple(self._held(item, kept, drawing) for item in looked_at)
        references = tuple(one.reference for one in held if one.reference is not None)
        fault = next((one.fault for one in held if one.fault is not None), None)
        level = self._level(drawing, kept, findings)
        # what was not drawn now says nothing of how drawing repeats, to no other repeat either
        self.repeats.finished(trial.key, kept.ref if drawing.drawn.source == "drawn" else None, findings)
        evidence = replace(
            base,
            references=references,
            missing=base.missing if accepted else self.baselines.why_missing(trial.key, profile_of(drawing)),
            altered=None if fault is None else str(fault),
            mend="" if fault is None else fault.remedy,
            broken=broken(kept.picture.pixels) if kept.decoded else None,
            findings=findings,
            level=level,
        )
        result = replace(_result(drawing, evidence), picture=kept.ref)
        if not references:
            return result
        nearest = closest(references)
        index = next(i for i, one in enumerate(held) if one.reference is nearest)
        item, one = looked_at[index], held[index]
        return replace(
            result,
            comparison=self._shown(one, replace(nearest.comparison, accepted=accepted.index(item)), kept, trial.policy),
            baseline=item.picture,
            baseline_environment=item.environment if item.environment != evidence.environment else None,
            differences=tuple(map(str, differences(item.recipe, item.environment, trial.recipe, evidence.environment))),
            floor=nearest.floor,
        )

    def confirmed(self, before: TrialResult, drawing: Drawing | Fault) -> TrialResult:
        """A result whose score lay above its noise floor, with one more drawing of the same trial."""
        trial = replace(drawing.trial, repeat=before.repeat)
        there = self.baselines.find(trial.key, profile_of_result(before), verify=False)
        item = next((one for one in there if one.picture == before.baseline), None)
        kept = keep(self.ledger, drawing.drawn.data, there) if isinstance(drawing, Drawing) else None

        def against(new: Kept) -> Comparison:
            if item is None:
                raise AcceptedAnew(trial.key)
            return compare_kept(item.picture, new, trial.policy.ignore, lambda: self.baselines.load(item, trial.key))

        reading = confirm(before, drawing, kept, against)
        ignored = self.baselines.ignored(trial.key, self.today)
        told = None if ignored is None else str(ignored)
        return judged_again(before, trial, item, reading, told, self.probe(trial))

    def _held(self, item: Accepted, kept: Kept, drawing: Drawing) -> "Held":
        """Hold the candidate against an accepted picture; one that was altered is compared as it lies there."""
        trial, drawn = drawing.trial, drawing.drawn
        try:
            data = self.baselines.load(item, trial.key)
        except BaselineFault as fault:
            return self._altered(item, kept, trial, fault)
        comparison = compare_kept(item.picture, kept, trial.policy.ignore, lambda: data)
        again = self.confirmations if drawn.source in INDEPENDENT else 0
        floor = floor_reading(item, comparison, drawn.environment, trial.policy.drift, again)
        return Held(_reference(item, comparison, floor), data)

    def _altered(self, item: Accepted, kept: Kept, trial: Trial, fault: BaselineFault) -> "Held":
        try:
            data = self.baselines.path(item).read_bytes()
            there, _ = describe_picture(data, item.picture.file)
        except (OSError, ImageFault):
            return Held(None, b"", fault)
        comparison = compare_kept(there, kept, trial.policy.ignore, lambda: data)
        return Held(_reference(item, comparison), data, fault)

    def _level(self, drawing: Drawing, kept: Kept, findings: tuple[Finding, ...]) -> str | None:
        first = self.repeats.first(drawing.trial.key)
        if first is None or drawing.drawn.source != "drawn":
            return None
        comparison = compare_kept(first.picture, kept, (), (self.ledger.folder / first.picture.file).read_bytes)
        return level_between(comparison, (first.findings, findings))

    def _shown(self, held: "Held", comparison: Comparison, kept: Kept, policy: Policy) -> Comparison:
        """For a picture that differs: the heat map, and the accepted picture beside the candidate in the run.

        Two pictures of a set differ everywhere: a map of that says nothing.
        """
        equal = comparison.measurements.get("pixels_equal")
        if equal is not None and equal.value is True:
            return comparison
        accepted = decode(held.data)
        self.ledger.store_picture(held.data, accepted.format, durable=False)
        if accepted.pixels.shape != kept.picture.pixels.shape or policy.drift.kind == "set":
            return comparison
        heat = heat_map(accepted.pixels, kept.picture.pixels, comparison, ignore=policy.ignore)
        return replace(comparison, heat_map=self.ledger.store_heat_map(heat))


@dataclass(frozen=True, slots=True)
class Held:
    """A candidate held against one accepted picture: ``reference`` None when there was nothing to compare with,
    ``data`` the bytes it was compared with, ``fault`` when these are not what was accepted."""

    reference: Reference | None
    data: bytes
    fault: BaselineFault | None = None


def profile_of(drawing: Drawing) -> dict[str, Any]:
    """The part of the environment that has baselines of its own."""
    return {name: drawing.drawn.environment.get(name) for name in drawing.trial.policy.profile}


def _reference(item: Accepted, comparison: Comparison, floor: FloorReading | None = None) -> Reference:
    return Reference(item.picture.file, item.recipe, item.environment, comparison, floor)


def _nearest(accepted: tuple[Accepted, ...], ref: PictureRef) -> Accepted:
    """The accepted picture whose pHash is nearest; one of equal pixels before all."""

    def distance(item: Accepted) -> tuple[bool, int]:
        old, new = item.picture.hashes.get("phash"), ref.hashes.get("phash")
        bits = 65 if old is None or new is None else (int(old, 16) ^ int(new, 16)).bit_count()
        return item.picture.pixel_digest != ref.pixel_digest, bits

    return min(accepted, key=distance)


def _result(drawing: Drawing | Fault, evidence: Evidence) -> TrialResult:
    trial = drawing.trial
    drawn = drawing.drawn if isinstance(drawing, Drawing) else None
    return TrialResult(
        key=trial.key,
        recipe=trial.recipe,
        outcome=judge(evidence),
        repeat=trial.repeat,
        tags=trial.tags,
        source=drawn.source if drawn is not None else "none",
        answer=evidence.answer,
        environment=evidence.environment,
        findings=evidence.findings,
        seconds=round(drawing.seconds if drawn is None else drawn.seconds, 4),
        cost=None if drawn is None else drawn.cost,
        finished=timestamp(timespec="milliseconds"),
        policy=trial.policy,
        possibly_billed=(isinstance(drawing, Fault) and drawing.fault.possibly_billed) or None,
    )


def _check(kept: Kept, checks: tuple[Check, ...]) -> tuple[Finding, ...]:
    if not checks:
        return ()
    from harness.vision import evaluate_checks

    try:
        return evaluate_checks(kept.picture.pixels, checks)
    except Exception as error:  # any picture may come: what the viewer cannot take is told, and ends no run
        seen = f"the viewer failed on this picture: {type(error).__name__}: {error}"
        return tuple(Finding(check.kind, "inconclusive", " ".join(seen.split())[:300]) for check in checks)
