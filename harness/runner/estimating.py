"""What a plan will cost, recipe by recipe, without generating."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

from harness.generation import Estimate, estimate_images, not_recorded
from harness.provider import price_of
from harness.records import Check, Recipe, Request, Subject, Trial, TrialKey
from harness.runner.options import RunOptions
from harness.suite import Plan
from harness.vision import AUTO, viewer_kind
from harness.vocabulary import RuleKind


def estimate(plan: Plan, options: RunOptions) -> list[Estimate]:
    """Return what each provider of a plan will generate and cost: less what a resumed run has recorded, and what the
    cache answers. No trial is kept in memory; a replay is free. Raises what reading the resumed run raises."""
    free, kept = options.replay is not None, _kept(options)
    rows = estimate_images(plan.providers, _images(plan, options, kept), free=free)
    return [*rows, *estimate_answers(_checks(plan, options, kept), free=free)]


def estimate_answers(checks: Iterable[tuple[Check, int]], *, free: bool = False) -> list[Estimate]:
    """Return what the viewers that make calls answer and what that costs, at most. ``checks`` are those of images, each
    with how many images it has; ``free``: a replay costs nothing."""
    found: dict[str, Estimate] = {}

    def add(subject: Subject, answers: int, price: float | None) -> None:
        row = found.get(subject.provider) or Estimate(subject)
        found[subject.provider] = row.plus_answers(answers, 0.0 if free else price)

    for check, count in checks:
        questions = 2 if check.paired else 1
        if check.kind == AUTO:
            from harness.prompt import MOST_QUESTIONS
            from harness.runner.deriving import chat_model_of, recipe_of

            model, questions = chat_model_of(check), MOST_QUESTIONS
            add(recipe_of(model, Request("")).subject, 1, model.price)
        for viewer in check.viewers or ((check.by,) if check.by else ()):
            options = viewer_kind(viewer.kind).options.read(viewer.name, viewer.options)
            if options.questions_each:
                subject = Subject(viewer.name, viewer.kind, viewer.options.get("model"), {"judge": ""})
                add(subject, count * questions * options.questions_each, options.calls_cost)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Confirming:
    """The generations that confirm drifts: ``most`` where every one of ``trials`` lies above its noise floor, for
    ``cost`` US dollars (None: unknown)."""

    trials: int = 0
    most: int = 0
    cost: float | None = 0.0


def confirming_at_most(plan: Plan, options: RunOptions) -> Confirming:
    """Return what a run may generate beside its trials; nothing where no noise floor is stored. No trial is kept in
    memory."""
    found = Confirming()
    if all(variant.policy.drift.kind != RuleKind.CALIBRATED for variant in plan.variants()):
        return found
    from harness.baseline import Baselines
    from harness.judge import CONFIRMATIONS

    baselines = Baselines(options.baselines)
    for trial in _trials(plan, options, _kept(options)):
        if trial.policy.drift.kind != RuleKind.CALIBRATED or trial.recipe.request.ask is not None:
            continue
        if all(item.noise_floor is None for item in baselines.manifest(trial.key.suite).accepted(trial.key)):
            continue
        spec = plan.providers[trial.recipe.subject.provider]
        price = 0.0 if options.replay is not None else price_of(spec, trial.recipe)
        cost = None if price is None or found.cost is None else round(found.cost + CONFIRMATIONS * price, 6)
        found = Confirming(found.trials + 1, found.most + CONFIRMATIONS, cost)
    return found


class Spare:
    """What a run may generate again to see whether a drift repeats: free images, and paid ones within what a stated
    budget leaves beside the plan. Never while a recording is made or answers."""

    def __init__(self, plan: Plan, options: RunOptions) -> None:
        self._providers = plan.providers
        self._never = options.record is not None or options.replay is not None
        self._left = 0.0
        if options.budget and not self._never:
            costs = [row.cost for row in estimate(plan, options)]
            self._left = 0.0 if None in costs else options.budget - sum(cost for cost in costs if cost is not None)
        self._lock = Lock()

    def allows(self, trial: Trial) -> bool:
        """Return whether a trial may be generated again as often as its policy says, and count what that costs."""
        if self._never:
            return False
        price = price_of(self._providers[trial.recipe.subject.provider], trial.recipe)
        if price is None:
            return False
        cost = price * trial.policy.confirm
        with self._lock:
            if cost > self._left + 1e-9 and cost:
                return False
            self._left -= cost
        return True


def _kept(options: RunOptions) -> Mapping[TrialKey, int]:
    """Return how many results of each trial a resumed run keeps."""
    if options.resume is None:
        return {}
    from harness.ledger import kept_results
    from harness.runner.resume import generated_again

    return kept_results(options.resume, generated_again(options.rerun))


def _trials(plan: Plan, options: RunOptions, kept: Mapping[TrialKey, int]) -> Iterator[Trial]:
    """Return the trials that will be generated."""
    cached = None
    if options.cache and options.shares:
        from harness.generation import Sources

        cached = Sources(plan.providers, cache=options.cache).keeps
    return not_recorded(plan.trials(options.repeats), kept, cached)


def _checks(plan: Plan, options: RunOptions, kept: Mapping[TrialKey, int]) -> Iterator[tuple[Check, int]]:
    """Return the checks of the images that will be looked at, those from the cache included."""
    if not any(variant.checks for variant in plan.variants()):
        return
    if not plan.whole_variants or options.resume is not None:
        for trial in not_recorded(plan.trials(options.repeats), kept):
            yield from ((check, 1) for check in trial.checks)
        return
    for variant in plan.variants():
        images = variant.keys * variant.samples * options.repeats
        yield from ((check, images) for check in variant.checks)


def _images(plan: Plan, options: RunOptions, kept: Mapping[TrialKey, int]) -> Iterator[tuple[Recipe, int]]:
    """Recipes, each with how many images share its price: that of a variant hangs on no seed."""
    if not plan.whole_variants or options.resume is not None or (options.cache and options.shares):
        yield from ((trial.recipe, 1) for trial in _trials(plan, options, kept))
        return
    for variant in plan.variants():
        yield Recipe(variant.request, variant.subject), variant.keys * variant.samples * options.repeats
