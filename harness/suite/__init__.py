"""What to generate: suites in YAML become trials; every complaint has its file, line and column.

:func:`load` reads files and folders to a :class:`Plan`; its trials are made one at a time.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy
from harness.suite.load import load
from harness.suite.prompt_lists import SUFFIXES as PROMPT_LISTS
from harness.suite.schema import schema, schema_text

if TYPE_CHECKING:
    from harness.suite.call_rules import given_boxes, given_rule
    from harness.suite.importing import ImportedImage, ImportedSuite, suite_of_images, suite_of_prompts
    from harness.suite.named_providers import subject_of
    from harness.suite.plan import Case, Plan, Suite, Variant, shard_of
    from harness.suite.problem import Place, SuiteError
    from harness.suite.project import Origin, Project, SpendLimits, matching
    from harness.suite.promises import Lookup, Refusal, Showing, Shown, refusals
    from harness.suite.prompt_lists import read_prompts
    from harness.suite.provider_spec import ProviderSpec
    from harness.suite.resolution import resolve_project
    from harness.suite.text import SuiteText, is_in_memory
    from harness.suite.tree import TreeError
    from harness.suite.typed import CaseFields, SuiteFields

_HOMES = {
    "call_rules": ("given_boxes", "given_rule"),
    "importing": ("ImportedImage", "ImportedSuite", "suite_of_images", "suite_of_prompts"),
    "named_providers": ("subject_of",),
    "plan": ("Case", "Plan", "Suite", "Variant", "shard_of"),
    "problem": ("Place", "SuiteError"),
    "project": ("Origin", "Project", "SpendLimits", "matching"),
    "promises": ("Lookup", "Refusal", "Showing", "Shown", "refusals"),
    "prompt_lists": ("read_prompts",),
    "provider_spec": ("ProviderSpec",),
    "resolution": ("resolve_project",),
    "text": ("SuiteText", "is_in_memory"),
    "tree": ("TreeError",),
    "typed": ("CaseFields", "SuiteFields"),
}

__all__ = [
    "PROMPT_LISTS",
    "Case",
    "CaseFields",
    "ImportedImage",
    "ImportedSuite",
    "Lookup",
    "Origin",
    "Place",
    "Plan",
    "Project",
    "ProviderSpec",
    "Refusal",
    "Showing",
    "Shown",
    "SpendLimits",
    "Suite",
    "SuiteError",
    "SuiteFields",
    "SuiteText",
    "TreeError",
    "Variant",
    "given_boxes",
    "given_rule",
    "is_in_memory",
    "load",
    "matching",
    "read_prompts",
    "refusals",
    "resolve_project",
    "schema",
    "schema_text",
    "shard_of",
    "subject_of",
    "suite_of_images",
    "suite_of_prompts",
]

__getattr__ = lazy(__name__, _HOMES)
