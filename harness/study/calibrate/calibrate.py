"""Calibration: how far repeats of a trial lie from its accepted image when nothing changed, stored as a noise floor.

Each repeat is compared with the accepted image exactly as a run compares it. The accepted image is not one of the
repeats and is not chosen among them (no medoid): only so a later image is exchangeable with the repeats.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.baseline import Accepted, Baselines
from harness.errors import UsageError
from harness.generation import (
    Budget,
    Estimate,
    Limits,
    Session,
    Sources,
    cost_of,
    require_prices,
)
from harness.image import EncodedImage
from harness.judge import (
    CONFIRMATIONS,
    RATE,
    Floor,
    Noise,
    Reference,
    causes,
    closest,
    enough_repeats,
    noise_of,
    score,
    unmeasured,
)
from harness.ledger import read_image, read_run
from harness.records import FIRST, Policy, Reason, Trial, TrialKey, TrialResult, profile_of, to_json
from harness.runner import Received, RunOptions, Viewing, compare_by
from harness.study.calibrate.spread import Spread, sessions
from harness.study.recorder import Recorder
from harness.study.study_session import estimate_left, open_study, study_record
from harness.suite import Case, Plan, Suite, Variant
from harness.vocabulary import REPEATS, Code, RuleKind, Source, Stop, StudyKind

UNMEASURED = float("nan")
"""The score of a repeat that could not be compared."""
Address = tuple[TrialKey, int]
"""A key and which of its accepted images (its index in the manifest)."""
Progress = Callable[[int, int], None]
"""Reported how many repeats are done, of how many."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The noise floor of one accepted image: what its repeats showed, and the limit at the trial's own rate.

    ``scores`` are those of the repeats in the order they came; ``left_out`` counts repeats answered from a cache,
    ``faults`` those that gave no image (``fault`` is why the first did not).
    """

    key: TrialKey
    index: int
    noise: Noise
    floor: Floor
    scores: tuple[float, ...]
    left_out: int = 0
    faults: int = 0
    fault: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a calibration came to: the ``floors``, the ``folder`` of the run that holds every generation,
    ``notes`` on calls that a kill cut off, and why it ``stopped`` early (``interrupted``, ``budget``)."""

    floors: tuple[Calibrated, ...]
    folder: Path
    notes: tuple[str, ...] = ()
    stopped: Stop | None = None


@dataclass(slots=True)
class _Seen:
    """Results of one key so far."""

    trial: Trial
    scores: dict[int, list[float]] = field(default_factory=dict)
    unmeasured: str = ""
    environment: dict[str, Any] | None = None
    left_out: int = 0
    faults: int = 0
    fault: tuple[Reason, ...] = ()


def calibratable(plan: Plan, baselines: Baselines, *, every: bool = False) -> Plan:
    """Return the part of a plan that can be calibrated: variants judged by ``calibrated`` (with ``every`` by any rule
    but ``set``). Raises UsageError when there is none, or when none of its trials has an accepted image."""

    def judged(_suite: Suite, _case: Case, variant: Variant) -> bool:
        rule = variant.policy.drift.kind
        return variant.request.ask is None and (rule == RuleKind.CALIBRATED or (every and rule != RuleKind.SET))

    part = plan.part(judged)
    if not part.suites:
        what = "no case can be calibrated" if every else "no case of the suite is judged by `drift: calibrated`"
        raise UsageError(what, "say `drift: calibrated` in the suite, or calibrate every case with --all")
    if not any(baselines.manifest(trial.key.suite).accepted(trial.key) for trial in part.trials()):
        names = ", ".join(suite.name for suite in part.suites)
        raise UsageError(f"no image is accepted yet in {names}", "harness run SUITE, look, then harness accept")
    return part


def run_calibration(
    plan: Plan,
    options: RunOptions,
    baselines: Baselines,
    *,
    repeats: int,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Generate ``repeats`` of every trial with an accepted image and measure their noise floors; no floor is stored.

    Spread over fresh processes, order and batches (:mod:`harness.study.calibrate.spread`); each generation is recorded
    as it comes, and with ``options.resume`` (the folder of such a run) those recorded there are not generated again.
    What comes from a cache or replay is left out. The spread is pooled over the cases of each suite. Raises UsageError
    for fewer than two repeats and for a run of other recipes, BaselineError for an image that is not the accepted one,
    and what opening a Session raises.
    """
    if repeats < 2:
        raise UsageError(f"{repeats} repeat shows no spread", "generate at least 2 repeats; 10 is the default")
    seen: dict[TrialKey, _Seen] = {}
    for trial in plan.trials():
        accepted = baselines.manifest(trial.key.suite).accepted(trial.key)
        for item in accepted:
            baselines.load(item, trial.key)
        if accepted:
            seen[trial.key] = _Seen(replace(trial, attempt=FIRST))
    sources = Sources(plan.providers)
    if options.budget is not None:
        require_prices(_estimates(plan, [one.trial for one in seen.values()], options, repeats))
    planned = repeats * len(seen)
    limits = limits or Limits(Budget(options.budget), timeout=options.timeout)
    arguments = options.recorded() | {"repeats": repeats}
    record = study_record(StudyKind.CALIBRATE, options.recorded_suites, arguments, planned)
    with open_study(record, options.reports, sources, limits, options.resume) as session:
        spread, viewing = Spread(), Viewing(session)
        viewing.open_measuring(one.trial.policy.embedding for one in seen.values())
        for done, result in enumerate(_results(session, list(seen.values()), repeats, spread), 1):
            _note(seen[result.key], result, session.folder, baselines, viewing)
            if progress is not None:
                progress(done, planned)
        notes = session.finish().notes or ()
        return Calibration(tuple(_floors(seen.values(), spread, viewing)), session.folder, notes, limits.stopped)


def measured_floors(folder: Path, results: Iterable[TrialResult], baselines: Baselines) -> tuple[Calibrated, ...]:
    """Return the noise floors that ``results``, repeats recorded in the run ``folder``, show; nothing is generated.

    Each is compared with what is accepted for its trial. Raises ManifestError, and the ledger's faults.
    """
    seen: dict[TrialKey, _Seen] = {}
    viewing = Viewing()
    for result in results:
        if result.key not in seen:
            seen[result.key] = _Seen(Trial(result.key, result.recipe, result.policy or Policy()))
        _note(seen[result.key], result, folder, baselines, viewing)
    return tuple(_floors(seen.values(), Spread(processes=1), viewing))


def _results(session: Session, seen: Sequence[_Seen], repeats: int, spread: Spread) -> Iterator[TrialResult]:
    """Yield what an earlier part of the calibration recorded, then what is generated now."""
    known = {one.trial.key: one.trial.recipe.digest for one in seen}
    for result in session.recorded():
        if known.get(result.key) != result.recipe.digest:
            what = f"{result.key} is generated by another recipe now than in {session.folder}"
            raise UsageError(what, "leave out --resume to begin a new calibration")
        yield result
    recorder = Recorder(session, StudyKind.CALIBRATE)
    for item in sessions(session, [one.trial for one in seen], repeats, spread):
        yield recorder.record(item)


def _note(seen: _Seen, result: TrialResult, folder: Path, baselines: Baselines, viewing: Viewing) -> None:
    """Take in one repeat."""
    trial = seen.trial
    if result.image is None:
        seen.faults, seen.fault = seen.faults + 1, seen.fault or result.outcome.reasons
        return
    if result.source != Source.GENERATED:
        seen.left_out += 1
        return
    profile = profile_of(trial.policy, result.environment)
    if unknown := [name for name, value in profile.items() if value is None]:
        seen.faults, seen.fault = seen.faults + 1, (Reason(Code.PROFILE_UNKNOWN, {"fields": unknown}),)
        return
    accepted = baselines.find(trial.key, profile, verify=False)
    if not accepted:
        seen.faults, seen.fault = seen.faults + 1, (baselines.why_missing(trial.key, profile),)
        return
    received = Received(EncodedImage(read_image(folder, result.image)), result.image)

    def reference(item: Accepted) -> Reference:
        def load() -> EncodedImage:
            return EncodedImage(baselines.load(item, trial.key))

        comparison = compare_by(trial.policy, viewing, item.image, received, load)
        return Reference(item.recipe, {}, comparison)

    references = tuple(map(reference, accepted))
    nearest = closest(references)
    item = accepted[references.index(nearest)]
    index = baselines.manifest(trial.key.suite).accepted(trial.key).index(item)
    value = score(nearest.comparison)
    if value is None:
        seen.unmeasured = unmeasured(nearest.comparison) or "block SSIM or ΔE could not be measured"
    seen.scores.setdefault(index, []).append(UNMEASURED if value is None else value)
    here = {name: to_json(entry) for name, entry in causes(result.environment).items()}
    before = here if seen.environment is None else seen.environment
    seen.environment = {name: entry for name, entry in before.items() if here.get(name) == entry}


def _floors(seen: Iterable[_Seen], spread: Spread, viewing: Viewing) -> Iterator[Calibrated]:
    """Yield the floors, pooled suite by suite."""
    everything = list(seen)
    for suite in dict.fromkeys(one.trial.key.suite for one in everything):
        own = [one for one in everything if one.trial.key.suite == suite]
        scores: dict[Address, list[float]] = {}
        for one in own:
            # a key without any repeat is reported too
            for index in sorted(one.scores) or [0]:
                scores[one.trial.key, index] = one.scores.get(index, [])
        noises = noise_of(scores)
        by_key = {one.trial.key: one for one in own}
        for (key, index), noise in noises.items():
            one = by_key[key]
            if one.unmeasured:
                wrong = sum(1 for value in scores[key, index] if value != value)
                counts = {"count": wrong, "repeats": noise.n, "absent": one.unmeasured}
                noise = replace(noise, problem=Reason(Code.FLOOR_NOT_COMPARED, counts))
            embedding = one.trial.policy.embedding
            judge = None if embedding is None else viewing.judge(embedding)
            noise = replace(noise, environment=one.environment or {}, made=asdict(spread), judge=judge)
            floor = noise.floor(one.trial.policy.drift.alpha or RATE, CONFIRMATIONS)
            values = tuple(round(value, 6) for value in scores[key, index])
            yield Calibrated(key, index, noise, floor, values, one.left_out, one.faults, one.fault)


@dataclass(frozen=True, slots=True)
class CalibrationEstimate:
    """What a calibration will generate: ``keys`` with an accepted image, of ``planned``; ``generates`` images, less
    what is recorded, for ``cost`` US dollars (None: unknown). Of each, ``repeats``; ``needed`` are enough for a limit
    at the strictest rate ``alpha`` among them, whatever the noise is like."""

    planned: int
    keys: int
    generates: int
    cost: float | None
    alpha: float
    repeats: int
    needed: int


def calibration_estimate(
    plan: Plan, options: RunOptions, baselines: Baselines, repeats: int | None = None
) -> CalibrationEstimate:
    """Count and price the generations of a calibration; nothing is generated and no trial is kept.

    Without ``repeats`` those of the resumed calibration, or as many as are needed, and at least
    ``REPEATS[StudyKind.CALIBRATE]``.
    """
    planned = 0
    alpha = 1.0
    accepted: list[Trial] = []
    for trial in plan.trials():
        planned += 1
        if baselines.manifest(trial.key.suite).accepted(trial.key):
            accepted.append(trial)
            alpha = min(alpha, trial.policy.drift.alpha or RATE)
    needed = enough_repeats(alpha)
    if repeats is None and options.resume is not None:
        repeats = read_run(options.resume).arguments.get("repeats")
    repeats = repeats or max(needed, REPEATS[StudyKind.CALIBRATE])
    rows = _estimates(plan, accepted, options, repeats)
    images = sum(row.trials for row in rows)
    return CalibrationEstimate(planned, len(accepted), images, cost_of(rows), alpha, repeats, needed)


def _estimates(plan: Plan, trials: Sequence[Trial], options: RunOptions, repeats: int) -> list[Estimate]:
    """Return what is generated of the trials, less what a resumed calibration has recorded."""
    repeated = (trial for trial in trials for _ in range(repeats))
    return estimate_left(plan.providers, repeated, options.resume, free=options.replay is not None)
