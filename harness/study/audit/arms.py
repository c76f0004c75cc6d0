"""The two arms of an audit: their plans, and their trials interleaved."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.errors import UsageError
from harness.generation import Estimate
from harness.provider import capabilities_of
from harness.records import Attempt, Trial
from harness.study.arms import ArmsSpec
from harness.study.study_session import estimate_left
from harness.suite import Plan, ProviderSpec
from harness.vocabulary import REPEATS, StudyKind

ARMS = ("a", "b")
"""The two arms; also the names of their runs' folders inside the audit's."""


LOOKS = 4
"""Looks of an audit that goes on until it is decided: at 1, 2, 4 and 8 times its repeats."""


@dataclass(frozen=True, slots=True)
class AuditSpec(ArmsSpec):
    """What to audit. ``a`` and ``b`` are the pairs that make each arm (as of ``run --set``), ``repeats`` how often
    each arm generates a seeded trial; an unseeded set has its ``samples``. ``until_decided``: repeats are doubled until
    the audit is decided, or all looks are taken."""

    a: Mapping[str, str] = field(default_factory=dict)
    b: Mapping[str, str] = field(default_factory=dict)
    repeats: int = REPEATS[StudyKind.AUDIT]
    until_decided: bool = False

    @property
    def looks(self) -> tuple[int, ...]:
        """Return the repeats at each planned look: one look, or LOOKS with twice the repeats each time."""
        return tuple(self.repeats * 2**look for look in range(LOOKS if self.until_decided else 1))

    def recorded(self) -> dict[str, object]:
        """Return what decides which trials are generated, as JSON: a resumed audit must have the same."""
        return {
            "a": dict(sorted(self.a.items())),
            "b": dict(sorted(self.b.items())),
            "cases": list(self.cases),
            "tags": list(self.tags),
            "repeats": self.repeats,
            **({"until": "decided"} if self.until_decided else {}),
        }


@dataclass(frozen=True, slots=True)
class Arms:
    """The plans of both arms; their trials have the same keys. ``promises`` are what each provider says of its seed."""

    a: Plan
    b: Plan
    repeats: int
    promises: Mapping[str, str]

    @property
    def providers(self) -> dict[str, ProviderSpec]:
        """Who generates, by name: the same name is the same provider in both arms, since both read the same files."""
        return {**self.a.providers, **self.b.providers}

    def trials(self) -> Iterator[tuple[str, Trial]]:
        """Yield each trial with its arm: A1 B1 A2 B2 …, so that whatever changes while it generates changes both arms
        alike."""
        for (key, group_a), (other, group_b) in zip(_groups(self.a), _groups(self.b), strict=True):
            if key != other:
                raise UsageError(f"arm A has {key} where arm B has {other}", "both arms must generate the same trials")
            for one, two in zip(self._generated(group_a), self._generated(group_b), strict=True):
                yield "a", one
                yield "b", two

    def count(self, arm: str) -> int:
        """Return how many trials an arm generates."""
        return sum(1 for own, _ in self.trials() if own == arm)

    def at(self, repeats: int) -> "Arms":
        """Return the same with fewer repeats: those of an earlier look."""
        return replace(self, repeats=repeats)

    def _generated(self, group: Sequence[Trial]) -> list[Trial]:
        if len(group) == 1:
            group = [replace(group[0], attempt=Attempt(index=index)) for index in range(self.repeats)]
        return [self._of(trial) for trial in group]

    def _of(self, trial: Trial) -> Trial:
        recipe = trial.recipe
        if recipe.request.seed is not None and self.promises[recipe.subject.provider] == "none":
            # taken at its word for the loader only: who has no seed is given none
            return replace(trial, recipe=replace(recipe, request=replace(recipe.request, seed=None)))
        return trial


def plan_audit(spec: AuditSpec) -> Arms:
    """Return the arms, with nothing generated. Raises SuiteError and UsageError, each with its hint."""
    if spec.repeats < 1:
        raise UsageError(f"{spec.repeats} repeats", "generate each trial at least once; twice gives a control arm")
    a, b = spec.plan(spec.a, "--a"), spec.plan(spec.b, "--b")
    specs = {**a.providers, **b.providers}
    return Arms(a, b, spec.looks[-1], {name: capabilities_of(spec).seed for name, spec in specs.items()})


def estimates_of_arms(arms: Arms, resume: Path | None = None) -> Iterator[tuple[str, Estimate]]:
    """Yield what each provider generates for each arm, less what the audit in the folder ``resume`` has recorded."""
    for arm in ARMS:
        own = (trial for name, trial in arms.trials() if name == arm)
        for row in estimate_left(arms.providers, own, resume and resume / arm, checks=True):
            yield arm.upper(), row


def _groups(plan: Plan) -> Iterator[tuple[object, list[Trial]]]:
    for key, group in itertools.groupby(plan.trials(), key=lambda trial: trial.key):
        yield key, list(group)
