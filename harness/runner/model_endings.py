"""Which models of a plan end soon or have ended, and whether the table that says so is old: warned of before a run."""

from collections.abc import Iterator
from dataclasses import replace

from harness.errors import warn
from harness.provider import PRICED_KINDS, ending_at, endings_of, soon, table_warning
from harness.suite import Plan
from harness.vision import viewer_kind


def with_endings(plan: Plan) -> Plan:
    """Return the plan with a warning for each model that ends, after warning of each."""
    found = tuple(dict.fromkeys(_endings(plan)))
    for text in found:
        warn(text)
    return replace(plan, warnings=(*plan.warnings, *found))


def _endings(plan: Plan) -> Iterator[str]:
    priced = False
    for name, model in dict.fromkeys((one.subject.provider, one.subject.model) for one in plan.variants()):
        spec = plan.providers[name]
        priced |= spec.kind in PRICED_KINDS
        for ending in endings_of(spec, model):
            yield f"provider `{name}`: {ending}"
    checks = (check for variant in plan.variants() for check in variant.checks)
    viewers = {spec.name: spec for check in checks for spec in (*check.viewers, check.by) if spec is not None}
    for viewer in viewers.values():
        options = viewer_kind(viewer.kind).options.read(viewer.name, viewer.options)
        address, model = getattr(options, "base_url", None), getattr(options, "model", None)
        if address and model and (found := soon(ending_at(address, model))) is not None:
            yield f"viewer `{viewer.name}`: {found}"
    if priced and (old := table_warning()) is not None:
        yield old
