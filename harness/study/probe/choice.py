"""Which trials are probed, and with which recipes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.errors import HarnessError, UsageError
from harness.provider import Capabilities, capabilities_of
from harness.records import FIRST, Policy, Recipe, Subject, Trial, TrialKey, digest_of
from harness.suite import Case, Plan, ProviderSpec, Suite, Variant

SEEDS = 4
"""How many seeds of a trial are generated: its own, and the next ones."""
FAR = (2**15, 2**16, 10**6, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**53 + 1)
"""How far from its own the other seeds of a provider's first trial are: distances at which a modulus, a largest seed or
a number format of too few digits makes seeds share an image."""
NEARER = {2**15: tuple(2**power for power in range(14, 1, -1)), 10**6: tuple(10**power for power in range(5, 0, -1))}
"""Distances to try where seeds at this one share an image, from far to near: where none is shared it is no modulus."""
LARGEST_SEED = 2**63 - 1
OTHER_PROMPT = "a red circle"
"""What is generated in between where a suite has only one prompt."""


@dataclass(frozen=True, slots=True)
class Group:
    """What is probed of one provider of one suite. ``others`` are the trials that are not, ``left`` how many settings
    (subjects) no trial stands for."""

    suite: str
    path: str
    spec: ProviderSpec
    capabilities: Capabilities
    trials: tuple[Trial, ...]
    left: int = 0
    asks: int = 0
    others: int = 0


def groups_of(plan: Plan, most: int) -> tuple[Group, ...]:
    """Return the trials to probe: at most ``most`` a provider and suite, spread over cases and settings.

    A case without seeds (``drift: set``) is generated with seed 0 where its provider takes seeds; questions (``ask``)
    are left out. Raises UsageError when nothing is left.
    """
    groups: list[Group] = []
    for suite in plan.suites:
        names = dict.fromkeys(variant.subject.provider for case in suite.cases for variant in case.variants)
        groups += (_group(suite, plan.providers[name], most) for name in names)
    found = tuple(group for group in groups if group.trials)
    if not found:
        raise UsageError(
            "only questions (`ask`) are chosen, and answers are not probed", "choose cases that generate, with --case"
        )
    return found


def promise_of(spec: ProviderSpec, subject: Subject) -> Capabilities:
    """Return what the provider promises with the settings of a subject: ``--set`` may choose another arithmetic."""
    stated = capabilities_of(spec)
    chosen = {name: value for name, value in subject.settings.items() if name in stated.choices}
    if not chosen:
        return stated
    try:
        return capabilities_of(replace(spec, options={**spec.options, **chosen}))
    except HarnessError:
        # a setting that is no option: it cannot change the promise
        return stated


def recipes_of(trial: Trial) -> tuple[Recipe, ...]:
    """Return the recipe of a trial, and the same with the next seeds; a trial without a seed has only its own."""
    recipe = trial.recipe
    seed = recipe.request.seed
    if seed is None:
        return (recipe,)
    return tuple(with_seed(recipe, seed + step) for step in range(SEEDS))


def far_seeds(seed: int) -> tuple[int, ...]:
    """Return the seeds far from one, from near to far."""
    return tuple(seed + step for step in FAR if seed + step <= LARGEST_SEED)


def with_seed(recipe: Recipe, seed: int | None) -> Recipe:
    """Return a recipe with another seed."""
    return replace(recipe, request=replace(recipe.request, seed=seed))


def with_prompt(recipe: Recipe, prompt: str) -> Recipe:
    """Return a recipe with another prompt."""
    return replace(recipe, request=replace(recipe.request, prompt=prompt))


def other_prompt(trial: Trial, group: Group) -> Recipe:
    """Return the recipe of a trial with a prompt of another case."""
    own = trial.recipe.request.prompt
    prompts = (other.recipe.request.prompt for other in group.trials)
    prompt = next((prompt for prompt in prompts if prompt and prompt != own), OTHER_PROMPT)
    if prompt == own:
        prompt = f"{own}, and {OTHER_PROMPT}"
    return with_prompt(trial.recipe, prompt)


def _group(suite: Suite, spec: ProviderSpec, most: int) -> Group:
    every = [(c, v) for c in suite.cases for v in c.variants if v.subject.provider == spec.name]
    generated = [(case, variant) for case, variant in every if variant.request.ask is None]
    picked = _picked(generated, most)
    subjects = {digest_of(variant.subject) for _, variant in generated}
    left = len(subjects - {digest_of(variant.subject) for _, variant in picked})
    # of one group all trials share what the provider promises, but for settings that change the promise
    subject = (picked or every)[0][1].subject
    capabilities = promise_of(spec, subject)
    trials = tuple(_trial(suite, case, variant, capabilities) for case, variant in picked)
    asks, others = len(every) - len(generated), len(generated) - len(picked)
    return Group(suite.name, suite.path, spec, capabilities, trials, left, asks, others)


def _picked(candidates: Sequence[tuple[Case, Variant]], most: int) -> list[tuple[Case, Variant]]:
    """Pick new cases with new settings first, then new cases, then new settings, then any, in suite order."""
    cases: set[str] = set()
    subjects: set[str] = set()
    picked: set[int] = set()
    digests = [digest_of(variant.subject) for _, variant in candidates]
    wishes: tuple[Callable[[bool, bool], bool], ...] = (
        lambda case, subject: case and subject,
        lambda case, _subject: case,
        lambda _case, subject: subject,
        lambda _case, _subject: True,
    )
    for wish in wishes:
        for index, (case, _) in enumerate(candidates):
            if len(picked) >= most:
                break
            if index not in picked and wish(case.id not in cases, digests[index] not in subjects):
                picked.add(index)
                cases.add(case.id)
                subjects.add(digests[index])
    return [candidates[index] for index in sorted(picked)]


def _trial(suite: Suite, case: Case, variant: Variant, capabilities: Capabilities) -> Trial:
    seed = None if variant.seeds is None else next(iter(variant.seeds))
    asked = 0 if seed is None and capabilities.seed != "none" else seed
    recipe = Recipe(replace(variant.request, seed=asked), variant.subject)
    policy: Policy = variant.policy
    key = TrialKey(suite.name, case.id, variant.name, seed)
    return Trial(key, recipe, policy, FIRST, variant.checks, case.tags, case.answer, case.where)
