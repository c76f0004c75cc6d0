"""From the options to the plan: suites, promises of providers, stored probes, selected trials."""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from harness.baseline import Probe, read_probes
from harness.errors import HarnessError, warn
from harness.provider import capabilities_of
from harness.records import Subject, digest_of, to_json
from harness.runner.environment import host
from harness.runner.identity import identity_digest
from harness.runner.model_endings import with_endings
from harness.runner.options import RunOptions
from harness.suite import Plan, ProviderSpec, Showing, load, resolve_project
from harness.vocabulary import Level


def plan_of(options: RunOptions, *, probing: bool = False) -> Plan:
    """Return the plan of a run. Raises SuiteError and UsageError, each with its hint; generates nothing.

    What a stored probe showed here of a provider with its settings overrides its promise: it allows ``drift: exact`` or
    refuses what it contradicts. When ``probing`` every rule is allowed.
    """
    plan = _load(options, _taken if probing else _stored(options.baselines))
    plan = plan.select(cases=options.cases, tags=options.tags, shard=options.shard)
    if options.failed is not None:
        from harness.runner.selecting import not_fine

        plan = plan.only(not_fine(options.failed))
    if options.changed is not None:
        plan = _only_changed(plan, options, options.changed)
    return with_endings(plan)


def print_digests() -> None:
    """Print the digests of the trials of the suites that standard input names, as JSON, for ``digests_at``."""
    from harness.runner.selecting import digests

    given = json.load(sys.stdin)
    config = given["config"] and Path(given["config"])
    try:
        project = resolve_project(config=config if config and config.exists() else None, flags={}, environment={})
        options = RunOptions(tuple(map(Path, given["suites"])), project=project, overrides=given["overrides"])
        print(json.dumps(digests(_load(options, _taken))))
    except HarnessError as fault:
        sys.exit(str(fault))


def _only_changed(plan: Plan, options: RunOptions, revision: str) -> Plan:
    from harness.runner.selecting import digests, digests_at

    own, (before, note) = digests(_load(options, _taken)), digests_at(revision, options)
    changed = {text for text, digest in own.items() if digest != before.get(text)}
    if note:
        warn(note)
        plan = replace(plan, warnings=(*plan.warnings, note))
    return plan.only(filter(lambda key: str(key) in changed, plan.keys()))


def _load(options: RunOptions, shown: Callable[[str, ProviderSpec, Subject], Showing | None]) -> Plan:
    return load(
        options.suites,
        project=options.project,
        overrides=options.overrides,
        capabilities=capabilities_of,
        shown=shown,
    )


def _taken(_suite: str, _spec: ProviderSpec, _subject: Subject) -> Showing:
    return Showing(Level.BYTES)


def _stored(baselines: Path) -> Callable[[str, ProviderSpec, Subject], Showing | None]:
    """Return a function that looks up stored probes and reads each file once."""
    probes: dict[str, tuple[Probe, ...]] = {}
    showings: dict[tuple[str, str], Showing | None] = {}

    def look(suite: str, spec: ProviderSpec, subject: Subject) -> Showing | None:
        if suite not in probes:
            probes[suite] = read_probes(baselines, suite)
        own = [probe for probe in probes[suite] if probe.provider == spec.name]
        if not own:
            return None
        place = (suite, digest_of(subject))
        if place not in showings:
            showings[place] = _showing(own, spec, subject, place[1])
        return showings[place]

    return look


def _showing(probes: Iterable[Probe], spec: ProviderSpec, subject: Subject, digest: str) -> Showing | None:
    """Return what the probes of a provider say of a subject on this machine."""
    own = [probe for probe in probes if probe.subject == digest]
    if not own:
        return Showing(None, note="its stored probe was made with other settings")
    try:
        identity = identity_digest(spec, subject)
    except OSError:
        return None
    same = [probe for probe in own if probe.identity == identity]
    if not same:
        return Showing(None, note="its program or weights changed since it was probed")
    here = to_json(host())
    holding = [probe for probe in same if to_json(probe.host) == here]
    if not holding:
        # what no number of threads and no instruction set changed holds on other processors too
        moved = [probe for probe in same if probe.portable and _versions(probe) == _versions_of(here)]
        if not moved:
            return Showing(None, note=f"its stored probe ({same[0].when[:10]}) was made on another machine")
        holding = moved
    latest = max(holding, key=lambda probe: probe.when)
    return Showing(latest.level, latest.when[:10])


def _versions(probe: Probe) -> object:
    return _versions_of(to_json(probe.host))


def _versions_of(machine: object) -> object:
    return (machine.get("machine"), machine.get("packages")) if isinstance(machine, dict) else None
