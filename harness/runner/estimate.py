"""What a plan will cost, recipe by recipe, without generating."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.baseline import Baselines
from harness.generation import UnknownPriceError
from harness.judge import CONFIRMATIONS
from harness.provider import price_of
from harness.records import Recipe
from harness.runner.options import RunOptions
from harness.suite import Plan, ProviderSpec


@dataclass(frozen=True, slots=True)
class Estimate:
    """The trials of one provider. ``least`` and ``most`` are the known prices of an image in US dollars, None when
    none is known; ``cost`` is their sum, None when the price of ``unknown`` > 0 trials is not known."""

    provider: str
    kind: str
    trials: int = 0
    unknown: int = 0
    least: float | None = None
    most: float | None = None
    cost: float | None = 0.0


def estimate(plan: Plan, options: RunOptions) -> list[Estimate]:
    """What each provider of a plan will generate and cost. No trial is kept in memory; a replay is free."""
    found = {name: Estimate(name, spec.kind) for name, spec in plan.providers.items()}
    for spec, recipe, count in _priced_alike(plan, options.repeats):
        price = 0.0 if options.replay is not None else price_of(spec, recipe)
        found[spec.name] = _added(found[spec.name], count, price)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Confirming:
    """The generations that confirm drifts: ``most`` where every one of ``trials`` lies above its noise floor, for
    ``cost`` US dollars (None: unknown)."""

    trials: int = 0
    most: int = 0
    cost: float | None = 0.0


def confirming_at_most(plan: Plan, options: RunOptions, baselines: Baselines) -> Confirming:
    """What a run may generate beside its trials; nothing where no noise floor is stored. No trial is kept in memory."""
    rules = (variant.policy.drift.kind for suite in plan.suites for case in suite.cases for variant in case.variants)
    found = Confirming()
    if "calibrated" not in rules:
        return found
    for trial in plan.trials(options.repeats):
        if trial.policy.drift.kind != "calibrated" or trial.recipe.request.ask is not None:
            continue
        if all(item.noise_floor is None for item in baselines.manifest(trial.key.suite).accepted(trial.key)):
            continue
        spec = plan.providers[trial.recipe.subject.provider]
        price = 0.0 if options.replay is not None else price_of(spec, trial.recipe)
        cost = None if price is None or found.cost is None else round(found.cost + CONFIRMATIONS * price, 6)
        found = Confirming(found.trials + 1, found.most + CONFIRMATIONS, cost)
    return found


def must_be_priced(plan: Plan, options: RunOptions) -> None:
    """Raise UnknownPriceError when a plan that is held to a budget has a recipe whose price is not known."""
    for row in estimate(plan, options):
        if row.unknown:
            raise UnknownPriceError(row.provider)


def _added(row: Estimate, count: int, price: float | None) -> Estimate:
    if price is None:
        return Estimate(row.provider, row.kind, row.trials + count, row.unknown + count, row.least, row.most, None)
    least = price if row.least is None else min(row.least, price)
    most = price if row.most is None else max(row.most, price)
    cost = None if row.cost is None else row.cost + count * price
    return Estimate(row.provider, row.kind, row.trials + count, row.unknown, least, most, cost)


def _priced_alike(plan: Plan, repeats: int) -> Iterator[tuple[ProviderSpec, Recipe, int]]:
    """For each variant its provider, a recipe, and how many trials share its price: no price hangs on the seed."""
    if plan.shard is not None:
        for trial in plan.trials(repeats):
            yield plan.providers[trial.recipe.subject.provider], trial.recipe, 1
        return
    for variant in (variant for suite in plan.suites for case in suite.cases for variant in case.variants):
        recipe = Recipe(variant.request, variant.subject)
        yield plan.providers[variant.subject.provider], recipe, variant.keys * variant.samples * repeats
