"""What to generate: suites in YAML become trials; every complaint has its file, line and column.

:func:`load` reads files and folders to a :class:`Plan`; its trials are made one at a time.
"""

from harness.suite.fields import parse_drift
from harness.suite.find import find_suites
from harness.suite.load import load
from harness.suite.names import name_trouble
from harness.suite.plan import Case, Plan, Suite, Variant, shard_of
from harness.suite.problem import Place, Problem, SuiteError
from harness.suite.project import Origin, Project, SpendLimits, matching
from harness.suite.promises import Lookup, Promise, Showing, Shown
from harness.suite.provider_spec import ProviderSpec
from harness.suite.resolution import resolve_project
from harness.suite.schema import schema, schema_text

__all__ = [
    "Case",
    "Lookup",
    "Origin",
    "Place",
    "Plan",
    "Problem",
    "Project",
    "Promise",
    "ProviderSpec",
    "Showing",
    "Shown",
    "SpendLimits",
    "Suite",
    "SuiteError",
    "Variant",
    "find_suites",
    "load",
    "matching",
    "name_trouble",
    "parse_drift",
    "resolve_project",
    "schema",
    "schema_text",
    "shard_of",
]
