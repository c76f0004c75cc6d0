"""Suites from files and folders, to one plan."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import HarnessError, warn
from harness.records import ViewerSpec
from harness.suite.find import find_suites
from harness.suite.overrides import parse_overrides
from harness.suite.plan import Plan, Suite
from harness.suite.problem import Problem, SuiteError
from harness.suite.project import Project
from harness.suite.promises import Lookup, Shown
from harness.suite.provider_spec import ProviderSpec
from harness.suite.read import read_suite
from harness.suite.resolve import Resolver
from harness.suite.text import SuiteText


def load(
    paths: Sequence[Path | SuiteText],
    *,
    project: Project | None = None,
    overrides: Mapping[str, str] | None = None,
    flag: str = "--set",
    capabilities: Lookup | None = None,
    shown: Shown | None = None,
) -> Plan:
    """Return the plan of suite files, folders of suites, and suites held as text.

    ``project`` has the providers and defaults that all suites share (a suite's own win); ``overrides`` are the
    ``--set`` pairs; ``capabilities`` looks up what a provider promises, and without it nothing a suite asks of its
    providers is checked; ``shown`` looks up what stored probes showed of them, which overrides the promise. Warns where
    a comment cuts a text. Raises SuiteError with every problem of every file, UsageError for an override.
    """
    settings = parse_overrides(overrides or {}, flag)
    problems: list[Problem] = []
    suites: list[Suite] = []
    notes: list[Problem] = []
    providers: dict[str, ProviderSpec] = {}
    viewers: dict[str, ViewerSpec] = {}
    known: set[str] = set()
    override_fault: HarnessError | None = None
    for path in find_suites(paths):
        try:
            entry, source = read_suite(path)
            resolving = Resolver(entry, source, project or Project(Path()), capabilities, settings, shown)
            suite = resolving.suite()
        except SuiteError as fault:
            problems += fault.problems
            continue
        except HarnessError as fault:
            override_fault = override_fault or fault
            continue
        notes += source.warnings
        problems += _clashes(suite, suites)
        problems += _providers(resolving.providers.used, providers, source.path)
        problems += _viewers(suite, viewers, source.path)
        suites.append(suite)
        known |= resolving.settings_known
    if problems:
        raise SuiteError(dict.fromkeys(problems))
    if override_fault is not None:
        raise override_fault
    settings.refuse_unknown(known)
    for note in notes:
        warn(note)
    return Plan(tuple(suites), providers, warnings=tuple(map(str, notes)))


def _clashes(suite: Suite, others: Sequence[Suite]) -> list[Problem]:
    for other in others:
        if other.name.lower() == suite.name.lower():
            same = "is also the name of" if other.name == suite.name else f"differs only in case from `{other.name}` in"
            hint = "suites share a folder of baselines by name: rename one"
            return [Problem(suite.path, f"suite name `{suite.name}` {same} {other.path}", hint)]
    return []


def _providers(used: Mapping[str, ProviderSpec], known: dict[str, ProviderSpec], path: Path) -> list[Problem]:
    """Take in the providers of a suite; the same name must mean the same in all suites of a plan."""
    problems = []
    for name, spec in used.items():
        other = known.setdefault(name, spec)
        if (other.kind, other.options, other.root) != (spec.kind, spec.options, spec.root):
            first = other.defined or "an earlier suite"
            message = f"provider `{name}` means something else in {first}"
            problems.append(Problem(str(path), message, "rename one, or define it once in harness.toml"))
    return problems


def _viewers(suite: Suite, known: dict[str, ViewerSpec], path: Path) -> list[Problem]:
    """Take in the viewers of a suite; the same name must mean the same in all suites of a plan."""
    variants = [variant for case in suite.cases for variant in case.variants]
    checks = [check for variant in variants for check in variant.checks]
    specs = [spec for check in checks for spec in (*check.viewers, *([] if check.by is None else [check.by]))]
    used = {spec.name: spec for spec in specs}
    encoders = (variant.policy.embedding for variant in variants)
    measuring = {spec.name: spec for spec in encoders if spec is not None}
    hint = "rename one, or define it once in harness.toml"
    return [
        Problem(str(path), f"viewer `{name}` means something else in an earlier suite", hint)
        for name, spec in (used | measuring).items()
        if known.setdefault(name, spec) != spec
    ]
