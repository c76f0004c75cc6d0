"""What a run came to, counted as the trials come in: the same however many there are."""

from collections import Counter

from harness.records import TrialKey, TrialResult, canonical_json
from harness.report.formatting import show_cost
from harness.report.words import ORDER, is_fine, one_line, plural, unmet
from harness.vocabulary import FINE, Source, Status, Verdict

MOST_FINDINGS = 200
"""Findings that are kept to be shown one by one; the rest is counted."""


class Tally:
    """Counts over trials, and the first findings. Its size does not grow with the run.

    ``cost`` adds up the known costs, ``unpriced`` counts the generated images without one; ``unmet`` counts by provider
    and setting what was asked for and not done; ``acceptable`` by verdict the findings that have an image.
    """

    def __init__(self, most: int = MOST_FINDINGS) -> None:
        self._most = most
        self.trials = 0
        self.verdicts: Counter[Verdict] = Counter()
        self.statuses: Counter[Status] = Counter()
        self.sources: Counter[Source] = Counter()
        self.findings_by_verdict: Counter[Verdict] = Counter()
        self.acceptable: Counter[Verdict] = Counter()
        self.warned = 0
        self.seconds = 0.0
        self.cost: float | None = None
        self.unpriced = 0
        self.unmet: Counter[tuple[str, str, str]] = Counter()
        self.findings: list[TrialResult] = []
        self._sets: Counter[tuple[TrialKey, Verdict, str]] = Counter()

    def add(self, result: TrialResult) -> None:
        """Count one trial."""
        outcome = result.outcome
        self.trials += 1
        self.verdicts[outcome.verdict] += 1
        self.statuses[outcome.status] += 1
        self.sources[result.source] += 1
        self.seconds += result.seconds
        self.warned += bool(outcome.warnings or result.notes)
        if result.cost is not None:
            self.cost = (self.cost or 0.0) + result.cost
        elif result.source == Source.GENERATED:
            self.unpriced += 1
        for verb, name in unmet(result):
            self.unmet[one_line(result.recipe.subject.provider), verb, name] += 1
        if not is_fine(result):
            self.findings_by_verdict[outcome.verdict] += 1
            # an answer is compared with the suite, which alone can change what is right
            self.acceptable[outcome.verdict] += result.image is not None
            if self.alike(result):
                self._sets[_of_set(result)] += 1
            elif len(self.findings) < self._most:
                self.findings.append(result)
                if result.is_set:
                    self._sets[_of_set(result)] = 1

    def alike(self, result: TrialResult) -> int:
        """Return how many findings of the same set with the same verdict were counted: one of them is kept for all."""
        return self._sets[_of_set(result)] if result.is_set else 0

    @property
    def money(self) -> str:
        """What the run cost, as one says it; empty when it was free."""
        if not self.unpriced:
            return show_cost(self.cost) if self.cost else ""
        known = f"{show_cost(self.cost)} and " if self.cost else ""
        return f"{known}unknown cost of {plural(self.unpriced, 'image')}"

    @property
    def omissions(self) -> list[str]:
        """What providers were asked for and did not do, a clause for each provider."""
        reported: dict[str, list[str]] = {}
        for (provider, verb, name), count in sorted(self.unmet.items()):
            reported.setdefault(f"{provider} {verb}", []).append(f"{name} ({plural(count, 'trial')})")
        return [f"{who} {', '.join(names)}" for who, names in reported.items()]

    @property
    def to_look_at(self) -> int:
        """Trials whose outcome is not proven fine."""
        return self.trials - self.statuses[Status.OK] - self.statuses[Status.IGNORED]

    @property
    def fine_but(self) -> int:
        """Trials whose image is fine, but not a check or a promise of determinism."""
        return sum(self.findings_by_verdict[verdict] for verdict in FINE)

    @property
    def not_generated(self) -> int:
        """Images that came from a cache or a replay, so that they prove nothing about determinism."""
        return self.sources[Source.CACHE] + self.sources[Source.REPLAY]

    def ordered(self) -> list[tuple[Verdict, int]]:
        """Verdicts that occurred with their counts, what needs a look first."""
        return [(verdict, self.verdicts[verdict]) for verdict in ORDER if self.verdicts[verdict]]

    def headline(self, noun: str = "trial") -> str:
        """Return the run in one sentence; ``noun`` is what its trials are called."""
        if not self.trials:
            return f"No {noun}s were recorded."
        if not self.to_look_at:
            word = "identical" if self.verdicts[Verdict.IDENTICAL] == self.trials else "fine"
            return f"The one {noun} is {word}." if self.trials == 1 else f"All {self.trials:,} {noun}s are {word}."
        if self.trials == 1:
            return f"The one {noun} needs a look."
        verb = "needs" if self.to_look_at == 1 else "need"
        return f"{self.to_look_at:,} of {plural(self.trials, noun)} {verb} a look."


def _of_set(result: TrialResult) -> tuple[TrialKey, Verdict, str]:
    return result.key, result.outcome.verdict, canonical_json(result.outcome.reasons)
