"""What a stored probe says of how a provider repeats, among the reasons of a drift."""

from functools import cache
from pathlib import Path

from harness.baseline import Probe, ProbesError, read_probes
from harness.records import Reason, Subject, Trial, canonical_json, digest_of
from harness.vocabulary import Code


class Probed:
    """Looks up the stored probes of a baselines folder; each suite's file is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[tuple[str, str], tuple[Reason, ...]] = {}
        self._stored = cache(self._read)

    def reasons(self, trial: Trial) -> tuple[Reason, ...]:
        """Return when the latest probe of this provider with these settings was made, and what it showed; none for
        none.
        """
        if not self._stored(trial.key.suite):
            return ()
        subject = trial.recipe.subject
        place = (trial.key.suite, canonical_json(subject))
        if place not in self._known:
            self._known[place] = self._reasons(trial.key.suite, subject)
        return self._known[place]

    def _reasons(self, suite: str, subject: Subject) -> tuple[Reason, ...]:
        digest = digest_of(subject)
        own = [one for one in self._stored(suite) if one.provider == subject.provider and one.subject == digest]
        if not own:
            return ()
        latest = max(own, key=lambda one: one.when)
        return (Reason(Code.PROBE_STORED, {"when": latest.when, "level": latest.level}), *latest.causes)

    def _read(self, suite: str) -> tuple[Probe, ...]:
        try:
            return read_probes(self._root, suite)
        except ProbesError:
            # planning has refused a file that cannot be read; here it would only have added a clause
            return ()
