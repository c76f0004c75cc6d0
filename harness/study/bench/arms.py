"""The arms of a benchmark: each provider with each model and quality tier that is asked for."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from harness.errors import UsageError
from harness.provider import Capabilities, capabilities_of
from harness.records import Trial
from harness.study.arms import ArmsSpec, unjudged_trials
from harness.suite import Plan, ProviderSpec
from harness.vocabulary import Quality

QUALITIES = (Quality.DRAFT, Quality.STANDARD, Quality.HD)
"""The tiers of the common vocabulary."""


@dataclass(frozen=True, slots=True)
class BenchSpec(ArmsSpec):
    """What to measure. ``providers``, ``models`` and ``qualities`` are combined; an empty one leaves what the suite
    says, but empty ``qualities`` are all tiers that the provider has. ``overrides`` are the pairs of ``--set``."""

    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)


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

    @property
    def spec(self) -> ProviderSpec:
        """The provider's definition."""
        return self.plan.providers[self.provider]

    def trials(self) -> list[Trial]:
        """Return what it generates in one pass."""
        return list(unjudged_trials(self.plan))


def arms_of(spec: BenchSpec) -> tuple[Arm, ...]:
    """Return the arms, each with its plan. Raises UsageError when an arm would generate nothing or mix providers,
    SuiteError."""
    found: list[Arm] = []
    for provider, model in product(spec.providers or (None,), spec.models or (None,)):
        settings = dict(spec.overrides)
        settings |= {} if provider is None else {"provider": provider}
        settings |= {} if model is None else {"model": model}
        plan = spec.plan(settings)
        for quality in _qualities(spec, plan, settings):
            with_quality = settings if quality is None else settings | {"quality": quality}
            found.append(_arm(spec, with_quality, plan if quality is None else spec.plan(with_quality)))
    return _labeled(found)


def _qualities(spec: BenchSpec, plan: Plan, settings: Mapping[str, str]) -> Sequence[str | None]:
    if spec.qualities:
        return spec.qualities
    varied = any("quality=" in variant.name for variant in plan.variants())
    if "quality" in settings or varied:
        return (None,)
    able = [capabilities_of(spec) for spec in plan.providers.values()]
    if not all("quality" in one.honors for one in able):
        return (None,)
    shared = [quality for quality in QUALITIES if all(quality in one.choices.get("quality", QUALITIES) for one in able)]
    return shared or (None,)


def _arm(spec: BenchSpec, settings: Mapping[str, str], plan: Plan) -> Arm:
    if len(plan.providers) != 1:
        raise UsageError(
            f"{', '.join(map(str, spec.suites))}: several providers generate ({', '.join(plan.providers)})",
            "name one an arm with --provider, or choose cases with --case or --tag",
        )
    arm = Arm("", settings, plan, capabilities_of(next(iter(plan.providers.values()))))
    if not arm.trials():
        raise UsageError("there is nothing to generate: every case asks a question", "choose cases that generate")
    return arm


def _labeled(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """Return each arm under the settings in which it differs from the others, its provider first."""
    names = [name for name in ("model", "quality") if len({arm.settings.get(name) for arm in arms}) > 1]
    several = len({arm.provider for arm in arms}) > 1 or not names
    labels = []
    for arm in arms:
        parts = [str(arm.settings.get(name, "as written")) for name in names]
        labels.append(" · ".join([arm.provider, *parts] if several else parts))
    twice = {label for label in labels if labels.count(label) > 1}
    if twice:
        raise UsageError(f"the arm {min(twice)!r} is a duplicate key", "name each provider, model and quality once")
    return tuple(dataclasses.replace(arm, label=label) for arm, label in zip(arms, labels, strict=True))
