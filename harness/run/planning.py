"""From the options to the plan: suites read, providers asked what they promise, trials chosen."""

from pathlib import Path

from harness.provider import capabilities_of
from harness.run.options import RunOptions
from harness.suite import Plan, load

CONFIG = Path("harness.toml")
"""The configuration that is read when none is named and it is there."""


def plan_of(options: RunOptions) -> Plan:
    """The plan of a run. Raises SuiteFault and UsageFault, each with its remedy; draws nothing."""
    config = options.config or (CONFIG if CONFIG.is_file() else None)
    plan = load(options.suites, config=config, overrides=options.overrides, capabilities=capabilities_of)
    return plan.select(cases=options.cases, tags=options.tags, shard=options.shard)
