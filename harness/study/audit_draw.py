"""Drawing both arms of an audit, each drawing recorded in its arm's ledger as it comes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness import __version__
from harness.draw import Budget, UnknownPrice, draw_all
from harness.ledger import Ledger, timestamp
from harness.provider import Provider, ReadyProvider, create, price_of
from harness.records import Recipe, RunRecord, Trial, TrialResult
from harness.run import Examiner, run_environment
from harness.run.interrupt import interruptible
from harness.study.audit_arms import ARMS, Arms, ArmTrial, Wanted, costs_of
from harness.study.drawings import Unjudged

UNJUDGED = "drawn for an audit: held against the other arm, not against a baseline"

Progress = Callable[[int, int], None]
"""Told of the pictures recorded and planned, over both arms."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How the arms are drawn: ``budget`` in US dollars for both, ``timeout`` in seconds for one picture."""

    budget: float | None = None
    timeout: float | None = None


def draw_arms(
    folder: Path, wanted: Wanted, arms: Arms, drawing: Drawing, *, resume: bool, progress: Progress
) -> str | None:
    """Draw what is not yet recorded; returns why it stopped early (``interrupted``, ``budget``), or None.

    Each arm is a run of its own in ``folder`` (``a`` and ``b``). Ctrl-C hands nothing more over and records what is
    being drawn. Raises UnknownPrice for a budget that cannot be kept, and what the ledger and the providers raise.
    """
    if drawing.budget is not None:
        for row in costs_of(arms):
            if row.cost is None:
                raise UnknownPrice(row.provider)
    with ExitStack() as stack:
        providers = {name: _provider(stack, arms, name) for name in arms.providers}
        ledgers = stack.enter_context(_ledgers(folder, wanted, arms, resume=resume))
        spent = sum(ledger.tally.cost or 0.0 for ledger in ledgers.values())
        budget = Budget(drawing.budget, spent, lambda recipe: _price(arms, recipe))
        stop = threading.Event()
        planned = arms.count("a") + arms.count("b")
        with interruptible(stop) as interrupted, suppress(KeyboardInterrupt):
            for result, arm in _results(ledgers, arms, providers, budget, stop, drawing.timeout):
                ledgers[arm].append(result)
                progress(sum(len(ledger.recorded) for ledger in ledgers.values()), planned)
        stopped = "interrupted" if interrupted.pressed else "budget" if budget.reached else None
        for ledger in ledgers.values():
            ledger.finish(replace(ledger.record, complete=stopped is None, stopped=stopped))
        return stopped


def _results(
    ledgers: Mapping[str, Ledger],
    arms: Arms,
    providers: Mapping[str, Provider],
    budget: Budget,
    stop: threading.Event,
    timeout: float | None,
) -> Iterator[tuple[TrialResult, str]]:
    examiners = {arm: Examiner(ledger, Unjudged(UNJUDGED)) for arm, ledger in ledgers.items()}
    fresh = (trial for trial in arms.trials() if (trial.key, trial.repeat) not in ledgers[trial.arm].recorded)

    def sending(trial: Trial) -> None:
        price = _price(arms, trial.recipe)
        if price != 0:
            ledgers[_arm(trial)].intent(trial.key, trial.repeat, trial.recipe.digest, price)

    # nothing is shared and no cache is asked: that two drawings are alike is what an audit is about
    for drawing in draw_all(fresh, providers, budget=budget, stop=stop, timeout=timeout, sending=sending):
        arm = _arm(drawing.trial)
        yield examiners[arm].examine(drawing), arm


def _price(arms: Arms, recipe: Recipe) -> float | None:
    return price_of(arms.providers[recipe.subject.provider], recipe)


def _arm(trial: Trial) -> str:
    assert isinstance(trial, ArmTrial)
    return trial.arm


@contextmanager
def _ledgers(folder: Path, wanted: Wanted, arms: Arms, *, resume: bool) -> Iterator[dict[str, Ledger]]:
    with ExitStack() as stack:
        found = {}
        for arm in ARMS:
            record = RunRecord(
                run=arm,
                suites=tuple(map(str, wanted.suites)),
                started=timestamp(),
                version=__version__,
                arguments=wanted.recorded() | {"set": dict(wanted.a if arm == "a" else wanted.b), "arm": arm},
                environment=run_environment(),
                planned=arms.count(arm),
            )
            # a kill between the two leaves an arm that was never begun
            begun = resume and (folder / arm / "run.json").is_file()
            ledger = Ledger.resume(folder / arm, expect=record) if begun else Ledger.create(folder, record)
            found[arm] = stack.enter_context(ledger)
        yield found


def _provider(stack: ExitStack, arms: Arms, name: str) -> Provider:
    spec = arms.providers[name]
    provider = create(spec.name, spec.kind, spec.options, Path(spec.root))
    stack.callback(provider.close)
    if isinstance(provider, ReadyProvider):
        provider.ready()
    return provider
