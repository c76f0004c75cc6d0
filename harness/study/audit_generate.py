"""Generation both arms of an audit, each generation recorded in its arm's ledger as it comes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness import __version__
from harness.generation import Budget, UnknownPriceError, generate_all
from harness.ledger import Ledger, timestamp
from harness.provider import Provider, ReadyProvider, create, price_of
from harness.records import Recipe, RunRecord, Trial, TrialResult
from harness.runner import Examiner, run_environment
from harness.runner.interrupt import interruptible
from harness.study.audit_arms import ARMS, Arms, ArmTrial, AuditSpec, costs_of
from harness.study.study_run import Unjudged

UNJUDGED = "generated for an audit: compared with the other arm, not against a baseline"

Progress = Callable[[int, int], None]
"""Reported of the images recorded and planned, over both arms."""


@dataclass(frozen=True, slots=True)
class ArmGeneration:
    """How the arms are generated: ``budget`` in US dollars for both, ``timeout`` in seconds for one image."""

    budget: float | None = None
    timeout: float | None = None


def generate_arms(
    folder: Path, spec: AuditSpec, arms: Arms, generation: ArmGeneration, *, resume: bool, progress: Progress
) -> str | None:
    """Generate what is not yet recorded; returns why it stopped early (``interrupted``, ``budget``), or None.

    Each arm is a run of its own in ``folder`` (``a`` and ``b``). Ctrl-C hands nothing more over and records what is
    being generated. Raises UnknownPriceError for a budget that cannot be kept, and what the ledger and the providers
    raise.
    """
    if generation.budget is not None:
        for row in costs_of(arms):
            if row.cost is None:
                raise UnknownPriceError(row.provider)
    with ExitStack() as stack:
        providers = {name: _provider(stack, arms, name) for name in arms.providers}
        ledgers = stack.enter_context(_ledgers(folder, spec, arms, resume=resume))
        spent = sum(ledger.tally.cost or 0.0 for ledger in ledgers.values())
        budget = Budget(generation.budget, spent, lambda recipe: _price(arms, recipe))
        stop = threading.Event()
        planned = arms.count("a") + arms.count("b")
        with interruptible(stop) as interrupted, suppress(KeyboardInterrupt):
            for result, arm in _results(ledgers, arms, providers, budget, stop, generation.timeout):
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

    # nothing is shared and no cache is asked: that two generations are alike is what an audit is about
    for generation in generate_all(fresh, providers, budget=budget, stop=stop, timeout=timeout, sending=sending):
        arm = _arm(generation.trial)
        yield examiners[arm].examine(generation), arm


def _price(arms: Arms, recipe: Recipe) -> float | None:
    return price_of(arms.providers[recipe.subject.provider], recipe)


def _arm(trial: Trial) -> str:
    assert isinstance(trial, ArmTrial)
    return trial.arm


@contextmanager
def _ledgers(folder: Path, spec: AuditSpec, arms: Arms, *, resume: bool) -> Iterator[dict[str, Ledger]]:
    with ExitStack() as stack:
        found = {}
        for arm in ARMS:
            record = RunRecord(
                run=arm,
                suites=spec.recorded_suites,
                started=timestamp(),
                version=__version__,
                arguments=spec.recorded() | {"set": dict(spec.a if arm == "a" else spec.b), "arm": arm},
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
