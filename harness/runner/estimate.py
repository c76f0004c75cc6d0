"""What a plan will cost, recipe by recipe, without generating."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.baseline import Baselines
from harness.generation import Estimate, Sources, UnknownPriceError, estimate_images
from harness.judge import CONFIRMATIONS
from harness.provider import price_of
from harness.records import Recipe
from harness.runner.options import RunOptions
from harness.suite import Plan, ProviderSpec
from harness.vocabulary import RuleKind


def estimate(plan: Plan, options: RunOptions) -> list[Estimate]:
    """What each provider of a plan will generate and cost. No trial is kept in memory; a replay is free."""
    return estimate_images(_priced_alike(plan, options.repeats), free=options.replay is not None)


def expected_cost(plan: Plan, options: RunOptions) -> tuple[float | None, int]:
    """US dollars that a run may cost (None: unknown), and of how many trials; what a cache holds costs nothing."""
    rows = estimate(plan, options)
    cost = None if any(row.cost is None for row in rows) else sum(row.cost or 0.0 for row in rows)
    if cost == 0 or options.cache is None:
        return cost, sum(row.trials for row in rows)
    sources = Sources(plan.providers, cache=options.cache)
    missing = [trial for trial in plan.trials(options.repeats) if not sources.keeps(trial)]
    prices = [sources.price(trial.recipe) for trial in missing]
    return None if None in prices else sum(price or 0.0 for price in prices), len(missing)


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
    if RuleKind.CALIBRATED not in rules:
        return found
    for trial in plan.trials(options.repeats):
        if trial.policy.drift.kind != RuleKind.CALIBRATED or trial.recipe.request.ask is not None:
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


def _priced_alike(plan: Plan, repeats: int) -> Iterator[tuple[ProviderSpec, Recipe, int]]:
    """For each variant its provider, a recipe, and how many trials share its price: no price hangs on the seed."""
    if plan.shard is not None:
        for trial in plan.trials(repeats):
            yield plan.providers[trial.recipe.subject.provider], trial.recipe, 1
        return
    for variant in (variant for suite in plan.suites for case in suite.cases for variant in case.variants):
        recipe = Recipe(variant.request, variant.subject)
        yield plan.providers[variant.subject.provider], recipe, variant.keys * variant.samples * repeats
