"""Generating both arms of an audit, each image recorded in its arm's ledger as it comes."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.generation import Budget, Limits, Session, Sources, generate_in_turn, require_prices
from harness.runner import Judges, interruptible
from harness.study.audit.arms import ARMS, Arms, AuditSpec, estimates_of_arms
from harness.study.recorder import Recorder
from harness.study.study_session import begun, study_record
from harness.vocabulary import Stop, StudyKind

Progress = Callable[[int, int], None]
"""Reported of the images recorded and planned, over both arms."""


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """How an audit is made: ``budget`` in US dollars for both arms, ``timeout`` in seconds for one image; ``resume`` is
    the folder of an unfinished one."""

    reports: Path = Path("reports")
    budget: float | None = None
    timeout: float | None = None
    resume: Path | None = None


def generate_arms(
    folder: Path,
    spec: AuditSpec,
    arms: Arms,
    options: AuditOptions,
    progress: Progress | None = None,
    planned: int | None = None,
) -> Stop | None:
    """Generate what is not yet recorded; returns why it stopped early (``interrupted``, ``budget``), or None. Progress
    is reported of ``planned`` trials, None: of those of ``arms``.

    Each arm is a run of its own in ``folder`` (``a`` and ``b``), each with its Session. Ctrl-C hands nothing more over
    and records what is being generated. Raises UnknownPriceError for a budget that cannot be kept, and what the ledger
    and the providers raise.
    """
    if options.budget is not None:
        recorded = folder if begun(folder / ARMS[0]) else None
        require_prices(row for _, row in estimates_of_arms(arms, recorded))
    sources = Sources(arms.providers)
    limits = Limits(Budget(options.budget), timeout=options.timeout)
    with ExitStack() as stack:
        sessions: dict[str, Session] = {}
        for arm in ARMS:
            arguments = spec.recorded() | {"set": dict(spec.a if arm == "a" else spec.b), "arm": arm}
            record = study_record("audit", spec.recorded_suites, arguments, arms.count(arm), run=arm)
            beside = sessions.get(ARMS[0])
            opened = Session.open(sources, record, folder, limits=limits, resume=begun(folder / arm), beside=beside)
            sessions[arm] = stack.enter_context(opened)
        judges = Judges() if spec.project is None else Judges.stored(spec.project.baselines)
        # that two generations are alike is what an audit is about: nothing is shared and no cache is asked
        recorders = {
            id(session): Recorder(session, StudyKind.AUDIT, checks=True, judges=judges) for session in sessions.values()
        }
        planned = planned or sum(session.ledger.record.planned or 0 for session in sessions.values())
        works = ((sessions[arm], trial) for arm, trial in arms.trials())
        with interruptible(limits.stop), suppress(KeyboardInterrupt):
            for session, item in generate_in_turn(works):
                recorders[id(session)].record(item)
                if progress is not None:
                    progress(sum(len(one.ledger.recorded) for one in sessions.values()), planned)
        for session in sessions.values():
            session.finish(notes=recorders[id(session)].judge_notes(spec.recorded_suites))
        return limits.stopped
