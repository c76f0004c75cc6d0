"""What to generate: suites in YAML become trials; every complaint has its file, line and column.

:func:`load` reads files and folders to a :class:`Plan`; its trials are made one at a time.
"""

from harness.suite.config import ProviderSpec, load_config
from harness.suite.fields import FieldError, parse_drift
from harness.suite.find import find_suites
from harness.suite.load import load
from harness.suite.names import name_trouble
from harness.suite.plan import Case, Plan, Suite, Variant, shard_of
from harness.suite.problem import Place, Problem, SuiteError
from harness.suite.promises import Lookup, Promise, Showing, Shown
from harness.suite.schema import schema, schema_text

__all__ = [
    "Case",
    "FieldError",
    "Lookup",
    "Place",
    "Plan",
    "Problem",
    "Promise",
    "ProviderSpec",
    "Showing",
    "Shown",
    "Suite",
    "SuiteError",
    "Variant",
    "find_suites",
    "load",
    "load_config",
    "name_trouble",
    "parse_drift",
    "schema",
    "schema_text",
    "shard_of",
]
