"""What a stored probe says of how a provider repeats, as part of the reason of a drift."""

from functools import cache
from pathlib import Path

from harness.baseline import Probe, ProbesError, read_probes
from harness.records import Subject, Trial, canonical_json, digest_of


class Probed:
    """Looks up the stored probes of a baselines folder; each suite's file is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lines: dict[tuple[str, str], str] = {}
        self._stored = cache(self._read)

    def line(self, trial: Trial) -> str:
        """``2026-11-22: pixels, …`` of the latest probe of this provider with these settings; empty for none."""
        if not self._stored(trial.key.suite):
            return ""
        subject = trial.recipe.subject
        place = (trial.key.suite, canonical_json(subject))
        if place not in self._lines:
            self._lines[place] = self._line(trial.key.suite, subject)
        return self._lines[place]

    def _line(self, suite: str, subject: Subject) -> str:
        digest = digest_of(subject)
        own = [one for one in self._stored(suite) if one.provider == subject.provider and one.subject == digest]
        if not own:
            return ""
        latest = max(own, key=lambda one: one.when)
        return f"{latest.when[:10]}: {latest.level}, {latest.cause}"

    def _read(self, suite: str) -> tuple[Probe, ...]:
        try:
            return read_probes(self._root, suite)
        except ProbesError:
            # planning has refused a file that cannot be read; here it would only have added a clause
            return ()
