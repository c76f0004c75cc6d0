"""Which prompts a monitor generates in a night."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import UsageError
from harness.judge import MONITOR_ALPHA
from harness.ledger import timestamp
from harness.records import Attempt, MonitorEpoch, MonitorImage, Trial
from harness.study.arms import ArmsSpec, unjudged_trials
from harness.study.monitor.ranking import is_evidence
from harness.study.monitor.state import MonitorState
from harness.suite import Plan, Project

FOLDER = "monitor"
"""Beside the baselines: a folder for each suite."""
REFERENCE = 8
"""Images of each prompt that the first epoch begins with."""


@dataclass(frozen=True, slots=True)
class MonitorOptions:
    """``images`` are generated a night (the references of a new epoch besides), ``reference`` of each prompt when an
    epoch begins (None: as many as in the epoch before, else REFERENCE); ``alpha`` is the false-alarm rate of a
    new monitor; ``budget`` in US dollars a night."""

    suite: Path
    project: Project
    state: Path | None = None
    images: int = 6
    reference: int | None = None
    alpha: float = MONITOR_ALPHA
    cases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    budget: float | None = None
    timeout: float | None = None

    @property
    def folder(self) -> Path:
        """Where the monitor keeps its state."""
        return self.state or self.project.baselines.parent / FOLDER / self.suite.stem

    @property
    def recorded(self) -> str:
        """The suite as it is recorded."""
        return self.project.recorded(self.suite)


@dataclass(frozen=True, slots=True)
class Monitored:
    """The prompts of a suite: a trial each, by name, with the plan's providers. ``others`` are those of the suite that
    the epoch does not have, or has with another recipe; ``gone`` those that the suite no longer has."""

    plan: Plan
    trials: Mapping[str, Trial]
    others: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def monitored(options: MonitorOptions, epoch: MonitorEpoch | None) -> Monitored:
    """Return what is generated in an epoch (None: the first is to begin). Raises SuiteError and UsageError."""
    plan = ArmsSpec((options.suite,), cases=options.cases, tags=options.tags, project=options.project).plan({})
    trials: dict[str, Trial] = {}
    for trial in unjudged_trials(plan):
        trials.setdefault(str(trial.key), trial)
    if not trials:
        raise UsageError("there is nothing to generate: every case asks a question", "choose cases that generate")
    if epoch is None:
        return Monitored(plan, trials)
    known = dict(zip(epoch.prompts, epoch.recipes, strict=True))
    same = {name: trial for name, trial in trials.items() if known.get(name) == trial.recipe.digest}
    chosen = not options.cases and not options.tags
    return Monitored(
        plan,
        same,
        tuple(name for name in trials if name not in same),
        tuple(name for name in known if name not in trials) if chosen else (),
    )


def new_epoch(options: MonitorOptions, state: MonitorState, trials: Mapping[str, Trial], who: str, reason: str) -> (
    MonitorEpoch
):  # fmt: skip
    """Return the epoch that begins now; the rate that was stated first holds for the whole life."""
    return MonitorEpoch(
        number=len(state.epochs) + 1,
        at=timestamp(),
        who=who,
        reason=reason,
        alpha=state.epochs[0].alpha if state.epochs else options.alpha,
        reference=options.reference or (state.epoch.reference if state.epoch else REFERENCE),
        prompts=tuple(trials),
        recipes=tuple(trial.recipe.digest for trial in trials.values()),
        seed=secrets.token_hex(16),
    )


def trials_of_night(
    trials: Mapping[str, Trial], images: Sequence[MonitorImage], count: int, reference: int
) -> list[Trial]:
    """Return the trials of a night: first what references are lacking, then ``count`` in rotation.

    Rotation: the prompt that was generated least often in the epoch is next, the first of the suite among equals.
    ``images`` are the attempts of the epoch.
    """
    attempts = Counter(image.prompt for image in images)
    evidence = Counter(image.prompt for image in images if is_evidence(image))
    found = []

    def add(name: str) -> None:
        found.append(replace(trials[name], attempt=Attempt(index=attempts[name])))
        attempts[name] += 1

    for number in range(reference):
        for name in trials:
            if number >= evidence[name]:
                add(name)
    if found or not trials:
        return found
    for _ in range(count):
        add(min(trials, key=lambda name: attempts[name]))
    return found
