"""What a stored probe says of how a provider repeats, among the reasons of a drift."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from harness.baseline import Probe, ProbesError, read_probes
from harness.records import Reason, Trial, digest_of
from harness.vocabulary import Code


def stored_reasons(root: Path) -> Callable[[Trial], tuple[Reason, ...]]:
    """Return a function that says when the latest probe of a trial's provider with its settings was made, and what it
    showed; nothing where there is none. Each suite's file in the baselines folder ``root`` is read once."""

    @cache
    def stored(suite: str) -> tuple[Probe, ...]:
        try:
            return read_probes(root, suite)
        except ProbesError:
            # planning has refused a file that cannot be read; here it would only have added a clause
            return ()

    def reasons(trial: Trial) -> tuple[Reason, ...]:
        subject = trial.recipe.subject
        named = [one for one in stored(trial.key.suite) if one.provider == subject.provider]
        digest = digest_of(subject) if named else ""
        latest = max((one for one in named if one.subject == digest), key=lambda one: one.when, default=None)
        if latest is None:
            return ()
        return (Reason(Code.PROBE_STORED, {"when": latest.when, "level": latest.level}), *latest.causes)

    return reasons
