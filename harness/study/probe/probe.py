"""Does a provider repeat, and if not, what does its image depend on?"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.baseline import Probe, store_probes
from harness.errors import UsageError
from harness.generation import Budget, Limits, Session, Sources
from harness.judge import (
    Diagnosis,
    ProbeObservations,
    broken_promises,
    causes,
    diagnose,
    diagnose_provider,
    exactly,
)
from harness.ledger import kept_results, timestamp
from harness.provider import price_of
from harness.records import LEVELS, Reason, Subject, Trial, digest_of, to_json
from harness.runner import RunOptions, host, identity_digest, plan_of
from harness.study.probe.choice import Group, groups_of
from harness.study.probe.conditions import conditions_of, generate_under, worth
from harness.study.probe.estimate import ProbeEstimate, estimate
from harness.study.probe.generate import BudgetReachedError, Generator
from harness.study.probe.late import controls, late_repeats
from harness.study.probe.trial import TrialProbe
from harness.study.recorder import Recorder
from harness.study.study_session import open_study, study_record
from harness.vocabulary import REPEATS, Code, Level, ProbeName, ProbeOutcome, RuleKind, SeedPromise, StudyKind

LEAST_REPEATS = 2
Reported = Callable[[Group, int], None]
"""Called after each image with its group and how many were generated of it."""


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """What to probe. ``run`` chooses suites, cases, settings, baselines, budget and timeout; each trial is repeated
    ``repeats`` times, and the first one of a provider as often again at the end; ``trials`` is the most that are probed
    of a provider. Repeats are generated over at least ``span`` seconds."""

    run: RunOptions
    repeats: int = REPEATS[StudyKind.PROBE]
    trials: int = 3
    span: float = 0.0


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What the probe of one provider of one suite came to.

    ``promise`` is what it promises of its seed, ``broken`` each promise that does not hold. ``generated`` images were
    generated, for ``cost`` US dollars (None: unknown). ``left`` settings of the suite have no trial among those probed,
    ``asks`` cases are questions. ``ended`` says why generation ended early. ``folder`` is
    the run that holds every generation.
    """

    suite: str
    provider: str
    kind: str
    promise: SeedPromise
    diagnosis: Diagnosis
    broken: tuple[Reason, ...]
    generated: int
    cost: float | None
    repeats: int
    when: str
    host: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    observations: tuple[ProbeObservations, ...] = ()
    stored: tuple[Probe, ...] = ()
    left: int = 0
    asks: int = 0
    others: int = 0
    ended: Reason | None = None
    folder: str = ""

    @property
    def missing(self) -> bool:
        """Whether not one image came."""
        return not any(trial.generated for trial in self.diagnosis.trials)


def prepare_probe(options: ProbeOptions) -> tuple[tuple[Group, ProbeEstimate], ...]:
    """Return what would be generated, group by group; nothing is generated.

    Raises SuiteError, and UsageError for fewer repeats than show anything.
    """
    if options.repeats < LEAST_REPEATS:
        raise UsageError(
            f"{options.repeats} repeat{'s' if options.repeats != 1 else ''} cannot show whether an image repeats",
            f"generate each at least {LEAST_REPEATS} times: --repeats {LEAST_REPEATS}",
        )
    groups = groups_of(plan_of(options.run, probing=True), options.trials)
    kept = {} if options.run.resume is None else kept_results(options.run.resume)
    return tuple((group, estimate(group, options.repeats, kept)) for group in groups)


def run_probe(
    prepared: Sequence[tuple[Group, ProbeEstimate]],
    options: ProbeOptions,
    reported: Reported | None = None,
    stop: threading.Event | None = None,
) -> tuple[ProbeReport, ...]:
    """Generate, compare and diagnose; each generation is recorded as it comes.

    With ``options.run.resume`` (the folder of such a run) what was recorded is taken from there. Raises the provider's
    HarnessError when it cannot be set up, UnknownPriceError, what the ledger raises, and KeyboardInterrupt once
    ``stop`` is set and what was being generated is recorded.
    """
    sources = Sources({group.spec.name: group.spec for group, _ in prepared})
    budget = Budget(options.run.budget)
    limits = Limits(budget, stop or threading.Event(), options.run.timeout)
    arguments = options.run.recorded() | {"repeats": options.repeats, "trials": options.trials, "span": options.span}
    record = study_record(StudyKind.PROBE, options.run.recorded_suites, arguments)
    with open_study(record, options.run.reports, sources, limits, options.run.resume) as session:
        recorder = Recorder(session, StudyKind.PROBE)
        reports = [_report(group, options, session, recorder, reported) for group, _ in prepared]
        session.finish()
        return tuple(replace(report, folder=str(session.folder)) for report in reports)


def store_probed(reports: Sequence[ProbeReport], baselines: Path) -> list[Path]:
    """Store what the probes showed beside the baselines; what could not be judged is not stored.

    Raises WritesRefusedError where ``CI`` is set, ProbesError, LockedError, WriteError.
    """
    by_suite: dict[str, list[Probe]] = {}
    for report in reports:
        by_suite.setdefault(report.suite, []).extend(report.stored)
    return [store_probes(baselines, suite, probes) for suite, probes in by_suite.items() if probes]


def _report(
    group: Group, options: ProbeOptions, session: Session, recorder: Recorder, reported: Reported | None
) -> ProbeReport:
    price = price_of(group.spec, group.trials[0].recipe)
    budget = session.limits.budget
    generator = Generator(session, recorder, price)
    generator.reported = (lambda: reported(group, generator.count)) if reported is not None else None
    probes = [TrialProbe(group, trial, generator, options.repeats) for trial in group.trials]
    probes[0].leads = True
    before = budget.spent
    stopped = _generate(group, session, probes, options.span)
    seen = tuple(one.observations() for one in probes)
    diagnosis = diagnose_provider(group.spec.name, [diagnose(one) for one in seen])
    asked = ((trial.key, _asked(trial)) for trial in group.trials)
    promised = {key: level for key, level in asked if level is not None}
    when = timestamp()
    report = ProbeReport(
        suite=group.suite,
        provider=group.spec.name,
        kind=group.spec.kind,
        promise=group.capabilities.seed,
        diagnosis=diagnosis,
        broken=tuple(broken_promises(diagnosis, group.capabilities.seed, group.capabilities.honors, promised)),
        generated=generator.count,
        cost=None if price is None and budget.spent == before else round(budget.spent - before, 6),
        repeats=options.repeats,
        when=when,
        host=host(),
        environment=causes(next((one.environment for one in probes if one.environment), {})),
        observations=seen,
        left=group.left,
        others=group.others,
        asks=group.asks,
        ended=stopped,
    )
    return _with_stored(report, group)


def _asked(trial: Trial) -> Level | None:
    """Return the level that its suite asks of a trial."""
    levels = [trial.policy.determinism] if trial.policy.determinism is not None else []
    if trial.policy.drift.kind == RuleKind.EXACT:
        levels.append(Level.PIXELS)
    return min(levels, key=LEVELS.index) if levels else None


def _generate(group: Group, session: Session, probes: Sequence[TrialProbe], span: float) -> Reason | None:
    """Generate everything; why it ended early, None when it did not."""
    try:
        for one in probes:
            one.here(session)
        conditions = conditions_of(group.capabilities, probes[0].environment)
        _without_conditions(group, probes, {condition.probe for condition in conditions})
        for condition in conditions:
            able = [one for one in probes if worth(one, condition)]
            if able:
                generate_under(condition, session, able)
        began = min((one.began for one in probes if one.began), default=time.time())
        for one in probes:
            if one.supported:
                late_repeats(session, one, began, span)
        controls(session, probes[0], span)
    except BudgetReachedError:
        for one in probes:
            one.stopped = Reason(Code.PROBE_BUDGET)
        return Reason(Code.PROBE_BUDGET)
    return None


def _without_conditions(group: Group, probes: Sequence[TrialProbe], made: set[ProbeName]) -> None:
    why = Reason(Code.SKIP_PROCESSOR if group.capabilities.isolated else Code.SKIP_ISOLATION)
    for one in probes:
        for name in (ProbeName.FIRST, ProbeName.RESTART, ProbeName.THREADS, ProbeName.INSTRUCTIONS):
            if (name if name != ProbeName.FIRST else ProbeName.RESTART) not in made:
                one.skipped[name] = why


def _with_stored(report: ProbeReport, group: Group) -> ProbeReport:
    """Return the report with what of it is worth storing: one entry for each subject that could be judged."""
    by_subject: dict[str, list[Trial]] = {}
    for trial in group.trials:
        by_subject.setdefault(digest_of(trial.recipe.subject), []).append(trial)
    stored = []
    for digest, trials in by_subject.items():
        keys = {trial.key for trial in trials}
        own = diagnose_provider(report.provider, [t for t in report.diagnosis.trials if t.key in keys])
        if own.conclusive and own.level is not None and not own.broken:
            stored.append(_stored(report, group, trials[0].recipe.subject, digest, own))
    return replace(report, stored=tuple(stored))


def _stored(report: ProbeReport, group: Group, subject: Subject, digest: str, own: Diagnosis) -> Probe:
    readings = {reading.probe: reading for reading in own.readings}
    moved = all(
        readings[name].outcome == ProbeOutcome.EQUAL
        for name in (ProbeName.THREADS, ProbeName.INSTRUCTIONS)
        if name in readings
    )
    assert own.level is not None
    return Probe(
        provider=report.provider,
        kind=report.kind,
        subject=digest,
        identity=identity_digest(group.spec, subject),
        host=report.host,
        when=report.when,
        repeats=report.repeats,
        images=sum(trial.fresh for trial in own.trials),
        trials=tuple(str(trial.key) for trial in own.trials),
        level=own.level,
        elsewhere=own.elsewhere,
        portable=moved and exactly(own.level) and exactly(own.elsewhere),
        seed=own.seed.outcome,
        causes=own.causes,
        model=subject.model,
        settings=to_json(subject.settings),
        readings={name: to_json(reading) for name, reading in readings.items()},
        parameters={parameter.name: parameter.outcome for parameter in own.parameters},
        environment=to_json(report.environment),
    )
