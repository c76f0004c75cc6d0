"""Generates a recorded trial once more, to prove that its image repeats."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from harness.baseline import Recorded
from harness.generation import Recordings, open_provider
from harness.image import file_digest
from harness.ledger import read_run
from harness.provider import Job, Provider, capabilities_of
from harness.records import RunRecord, TrialResult
from harness.runner.options import RunOptions
from harness.runner.planning import plan_of
from harness.suite import Plan, Project, is_in_memory
from harness.vocabulary import RuleKind, Source

RECORDED = 8
"""Generations of one trial that are looked for in a recording."""


def rerun(
    folder: Path, project: Project | None = None, *, plan: Plan | None = None
) -> Callable[[TrialResult], bytes | None]:
    """Return a function that generates a trial of this run again: its bytes, or None where that would prove or cost
    something it should not (the provider neither promises exact seeds nor was shown by a probe to repeat, or it costs
    money, or the suite no longer names it).

    Of what was replayed the recording is asked for another generation first. A provider is only made when it has to
    generate. ``project`` is the one of the run: its recorded paths start at the root. ``plan`` is that of the run where
    it is given; else its suites are read again, and where one was defined in Python nothing is generated.
    """
    reached = Path if project is None else project.located

    @cache
    def record() -> RunRecord:
        return read_run(folder)

    @cache
    def recordings() -> Recordings | None:
        place = record().arguments.get("replay")
        return Recordings(reached(place)) if isinstance(place, str) else None

    @cache
    def provider(name: str, kind: str, *, exact: bool) -> Provider | None:
        if plan is None and any(map(is_in_memory, record().suites)):
            return None
        if plan is None and any(reached(suite).resolve().is_relative_to(folder.resolve()) for suite in record().suites):
            # a run from elsewhere may bring a suite along: what that names is never executed
            return None
        spec = (plan or plan_of(_options(record(), project))).providers.get(name)
        if spec is None or spec.kind != kind:
            return None
        can = capabilities_of(spec)
        if not (exact or can.seed.startswith("exact")) or can.price != 0:
            return None
        return open_provider(spec)

    def again(result: TrialResult) -> bytes | None:
        tape = recordings() if result.source == Source.REPLAY else None
        if tape is not None and (recorded := _recorded(tape, result)) is not None:
            return recorded
        # the plan lets a suite ask for it only where it is promised, or was shown here by a probe
        asked = result.policy
        exact = asked is not None and (
            asked.drift.kind == RuleKind.EXACT or (asked.determinism is not None and asked.determinism.exact)
        )
        found = provider(result.recipe.subject.provider, result.recipe.subject.kind, exact=exact)
        return None if found is None else found.generate(Job(result.recipe, result.key, result.attempt)).data

    return again


def _recorded(tape: Recordings, result: TrialResult) -> Recorded | None:
    """Another generation of the trial in a recording: one whose bytes differ where there is one, None where there is no
    other at all."""
    own = "" if result.image is None else result.image.file_digest
    last = None
    for data in _generations(tape, result):
        last = Recorded(data)
        if file_digest(data) != own:
            break
    return last


def _generations(tape: Recordings, result: TrialResult) -> Iterator[bytes]:
    for index in range(RECORDED):
        attempt = replace(result.attempt, index=index)
        if attempt != result.attempt:
            generated = tape.find(result.recipe.subject.provider, Job(result.recipe, result.key, attempt))
            if generated is not None and generated.source == Source.REPLAY and generated.data:
                yield generated.data


def _options(record: RunRecord, project: Project | None) -> RunOptions:
    reached = Path if project is None else project.located
    overrides = record.arguments.get("set", {})
    return RunOptions(
        suites=tuple(map(reached, record.suites)),
        baselines=reached(record.baselines),
        project=project,
        overrides=overrides if isinstance(overrides, Mapping) else {},
    )
