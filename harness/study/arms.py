"""What an audit and a benchmark measure: arms of the same suites, each with settings of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path

from harness.provider import Capabilities, capabilities_of
from harness.records import Policy, Rule, Trial
from harness.suite import Plan, Project, ProviderSpec, load
from harness.vocabulary import RuleKind, SeedPromise


@dataclass(frozen=True, slots=True)
class ArmsSpec:
    """What all arms generate: ``suites``, and of them the cases that ``cases`` (globs) and ``tags`` choose."""

    suites: tuple[Path, ...]
    _: KW_ONLY
    cases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    project: Project | None = None

    @property
    def recorded_suites(self) -> tuple[str, ...]:
        """The suites as the study's file names them."""
        return tuple(map(str if self.project is None else self.project.recorded, self.suites))

    def plan(self, settings: Mapping[str, str], flag: str = "--set") -> Plan:
        """Return the plan of one arm. Raises SuiteError and UsageError.

        Each provider is taken at its word that it repeats: no drift is judged, and whether it does is measured.
        """
        plan = load(self.suites, project=self.project, overrides=settings, flag=flag, capabilities=_repeating)
        return plan.select(cases=self.cases, tags=self.tags)


def unjudged_trials(plan: Plan) -> Iterator[Trial]:
    """Yield the trials of a plan that generate images. Nothing is judged: no rule, no promise, so that any provider can
    be measured."""
    for trial in plan.trials():
        if trial.recipe.request.ask is None:
            yield replace(trial, policy=Policy(drift=Rule(RuleKind.LIMITS), timeout=trial.policy.timeout))


def _repeating(spec: ProviderSpec) -> Capabilities:
    return replace(capabilities_of(spec), seed=SeedPromise.EXACT_PER_ENVIRONMENT)
