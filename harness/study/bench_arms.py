"""The arms of a benchmark: each provider with each model and quality tier that is asked for."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from harness.errors import UsageFault
from harness.provider import Capabilities, capabilities_of, price_of
from harness.records import Policy, Recipe, Rule, Trial
from harness.run import configuration
from harness.suite import Plan, ProviderSpec, load

QUALITIES = ("draft", "standard", "hd")
"""The tiers of the common vocabulary."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure. ``providers``, ``models`` and ``qualities`` are combined; an empty one leaves what the suite
    says, but empty ``qualities`` are all tiers that the provider has. ``overrides`` are the pairs of ``--set``."""

    suites: tuple[Path, ...]
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    config: Path | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: its ``label``, the settings that make it (pairs of ``--set``), its plan and its ``capabilities``."""

    label: str
    settings: Mapping[str, str]
    plan: Plan
    capabilities: Capabilities

    @property
    def provider(self) -> str:
        """The provider of its trials."""
        return next(iter(self.plan.providers))

    def price(self, recipe: Recipe) -> float | None:
        """US dollars for the picture of a recipe, None when unknown."""
        return price_of(self.plan.providers[recipe.subject.provider], recipe)

    def trials(self) -> list[Trial]:
        """What it draws in one pass. Nothing is judged: no rule, no promise, so that any provider can be measured."""
        policy = Policy()
        return [
            dataclasses.replace(
                trial, policy=dataclasses.replace(policy, drift=Rule("limits"), timeout=trial.policy.timeout)
            )
            for trial in self.plan.trials()
            if trial.recipe.request.ask is None
        ]


def arms_of(wanted: Wanted) -> tuple[Arm, ...]:
    """The arms, each with its plan. Raises UsageFault when an arm would draw nothing or mix providers, SuiteFault."""
    found: list[Arm] = []
    for provider, model in product(wanted.providers or (None,), wanted.models or (None,)):
        settings = dict(wanted.overrides)
        settings |= {} if provider is None else {"provider": provider}
        settings |= {} if model is None else {"model": model}
        plan = _plan(wanted, settings)
        for quality in _qualities(wanted, plan, settings):
            with_quality = settings if quality is None else settings | {"quality": quality}
            found.append(_arm(wanted, with_quality, plan if quality is None else _plan(wanted, with_quality)))
    return _labelled(found)


def _plan(wanted: Wanted, settings: Mapping[str, str]) -> Plan:
    plan = load(wanted.suites, config=configuration(wanted.config), overrides=settings, capabilities=_measured)
    return plan.select(cases=wanted.cases, tags=wanted.tags)


def _measured(spec: ProviderSpec) -> Capabilities:
    """What the provider can do, without its doubts about its seed: a benchmark judges no drift."""
    return dataclasses.replace(capabilities_of(spec), seed="exact-per-environment")


def _qualities(wanted: Wanted, plan: Plan, settings: Mapping[str, str]) -> Sequence[str | None]:
    if wanted.qualities:
        return wanted.qualities
    varied = any(
        "quality=" in variant.name for suite in plan.suites for case in suite.cases for variant in case.variants
    )
    if "quality" in settings or varied:
        return (None,)
    able = [capabilities_of(spec) for spec in plan.providers.values()]
    if not all("quality" in one.honours for one in able):
        return (None,)
    shared = [quality for quality in QUALITIES if all(quality in one.choices.get("quality", QUALITIES) for one in able)]
    return shared or (None,)


def _arm(wanted: Wanted, settings: Mapping[str, str], plan: Plan) -> Arm:
    if len(plan.providers) != 1:
        raise UsageFault(
            f"{', '.join(map(str, wanted.suites))}: several providers draw ({', '.join(plan.providers)})",
            "name one an arm with --provider, or choose cases with --case or --tag",
        )
    arm = Arm("", settings, plan, capabilities_of(next(iter(plan.providers.values()))))
    if not arm.trials():
        raise UsageFault("there is nothing to draw: every case asks a question", "choose cases that draw")
    return arm


def _labelled(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """Each arm under the settings in which it differs from the others, its provider first."""
    names = [name for name in ("model", "quality") if len({arm.settings.get(name) for arm in arms}) > 1]
    several = len({arm.provider for arm in arms}) > 1 or not names
    labels = []
    for arm in arms:
        parts = [str(arm.settings.get(name, "as written")) for name in names]
        labels.append(" · ".join([arm.provider, *parts] if several else parts))
    twice = {label for label in labels if labels.count(label) > 1}
    if twice:
        raise UsageFault(f"the arm {min(twice)!r} is there twice", "name each provider, model and quality once")
    return tuple(dataclasses.replace(arm, label=label) for arm, label in zip(arms, labels, strict=True))
