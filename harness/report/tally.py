"""What a run came to, counted as the trials come in: the same however many there are."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from harness.records import Outcome, TrialResult, canonical_json, to_json
from harness.report.formatting import show_cost
from harness.report.text import because, judge_line, not_understood, sentence, words_shown
from harness.report.words import ORDER, is_fine, one_line, order_of, plural, unmet_words
from harness.vocabulary import (
    DECODING,
    EXPLAINING,
    FINE,
    UNSHOWN,
    CheckOutcome,
    Code,
    RuleKind,
    Source,
    Status,
    Verdict,
)

MOST_GROUPS = 200
"""Groups of findings that are kept; what belongs to none of them is counted."""

NAMED = 3
"""Findings of a group that are kept to be named."""

MOST_NOTES = 12
"""Notes on decoding that are listed; the rest is counted."""

OTHER_CHECKS = "other checks"
"""What counts the checks that are too many to be named."""

NOTED = frozenset({*DECODING, Code.UNCHECKED})
"""Warnings that the end of a run counts."""
DECIDED = (Verdict.DRIFT, Verdict.NEW, Verdict.INCOMPARABLE)
"""The verdicts that accepting settles, where there is an image."""


UNPLACED = frozenset({Code.PROFILE_UNKNOWN, Code.PROFILE_MIXED})
"""Reasons why an image belongs to no one profile, so that it cannot be accepted."""


@dataclass(slots=True)
class Group:
    """Findings with the same verdict and the same reasons; the data of the reasons may differ in numbers."""

    named: list[TrialResult] = field(default_factory=list)
    """The first of them by name, each of another trial: the same in whatever order they came."""
    count: int = 0
    """All of them."""
    vary: bool = False
    """Whether their reasons read differently."""

    def add(self, result: TrialResult) -> None:
        """Count one more."""
        self.count += 1
        if self.named and not self.vary:
            self.vary = because(result.outcome.reasons) != because(self.named[0].outcome.reasons)
        named = {one.key: one for one in self.named}
        named[result.key] = min(named.get(result.key, result), result, key=order_of)
        self.named = sorted(named.values(), key=order_of)[:NAMED]

    @property
    def why(self) -> str:
        """Return their reasons on one line: those of the first."""
        return one_line(because(self.named[0].outcome.reasons)) + (" (and alike)" if self.vary else "")


class Tally:
    """Counts over trials, and the findings in groups. Its size does not grow with the run.

    ``cost`` adds up the known costs, ``unpriced`` counts the generated images without one; ``unmet`` counts by provider
    and setting what was asked for and not done, ``unread`` the words that were not understood, ``decoding`` what
    decoding changed or left out; ``unshown`` counts the fine trials of another color profile, gamma or bit depth;
    ``checks`` counts the outcomes of each check by its name, those beyond ``most`` under OTHER_CHECKS; ``judges`` are
    lines about the calibration of who answered them;
    ``acceptable`` counts by verdict the findings that have an image, ``refused`` the refusals that can be accepted,
    ``explained`` the findings whose reasons name a mistake. Of the first, where an image must be exact,
    ``unrepeated`` counts those that came out differently or may come from another provider, ``generated_once`` those
    that were not generated again and cost something: neither can be accepted as it is.
    """

    def __init__(self, most: int = MOST_GROUPS) -> None:
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
        self.unread: Counter[str] = Counter()
        self.decoding: Counter[str] = Counter()
        self.unshown = 0
        self.unrepeated = 0
        self.generated_once = 0
        self.refused = 0
        self.checks: dict[str, Counter[CheckOutcome]] = {}
        self.judges: dict[str, None] = {}
        self.explained = 0
        self._groups: dict[str, Group] = {}

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
        self.unread.update(not_understood(result))
        self._count_decoding(outcome)
        for verb, name in unmet_words(result):
            self.unmet[one_line(result.recipe.subject.provider), verb, name] += 1
        for finding in result.findings:
            known = finding.label in self.checks or len(self.checks) < self._most
            if len(self.judges) < MOST_NOTES and (line := judge_line(finding, result.finished)):
                self.judges[line] = None
            self.checks.setdefault(finding.label if known else OTHER_CHECKS, Counter())[finding.outcome] += 1
        if not is_fine(result):
            self.findings_by_verdict[outcome.verdict] += 1
            # an answer is compared with the suite, which alone can change what is right
            placed = not UNPLACED.intersection(reason.code for reason in outcome.reasons)
            self.acceptable[outcome.verdict] += result.image is not None and placed
            self.refused += outcome.verdict == Verdict.REFUSED and result.set is None and not _unpinned(result)
            if outcome.verdict in DECIDED and result.image is not None:
                self._count_unproven(result)
                self.explained += any(one.code in EXPLAINING for one in outcome.reasons)
            kind = canonical_json([outcome.verdict, outcome.status, _without_numbers(to_json(outcome.reasons))])
            if kind in self._groups or len(self._groups) < self._most:
                self._groups.setdefault(kind, Group()).add(result)

    def _count_decoding(self, outcome: Outcome) -> None:
        notes = outcome.warnings if outcome.status == Status.FINDING else (*outcome.reasons, *outcome.warnings)
        for note in notes:
            if note.code in NOTED and ((text := sentence(note)) in self.decoding or len(self.decoding) < self._most):
                self.decoding[text] += 1
        self.unshown += outcome.verdict in FINE and any(one.code in UNSHOWN for one in outcome.reasons)

    def _count_unproven(self, result: TrialResult) -> None:
        level = result.outcome.determinism
        exact = result.key.seed is not None and (result.policy is None or result.policy.drift.kind == RuleKind.EXACT)
        self.unrepeated += _unpinned(result) or (exact and level is not None and not level.exact)
        self.generated_once += exact and level is None and result.cost != 0

    @property
    def groups(self) -> list[Group]:
        """Return the findings by what is the matter with them, what needs a look first, then by name."""
        return sorted(self._groups.values(), key=lambda group: order_of(group.named[0]))

    @property
    def findings(self) -> list[TrialResult]:
        """Return the findings that are named, those of one group together."""
        return [result for group in self.groups for result in group.named]

    @property
    def money(self) -> str:
        """What the run cost, as one says it; empty when it was free."""
        if not self.unpriced:
            return show_cost(self.cost) if self.cost else ""
        known = f"{show_cost(self.cost)} and " if self.cost else ""
        return f"{known}unknown cost of {plural(self.unpriced, 'image')}"

    @property
    def omissions(self) -> list[str]:
        """What providers were asked for and did not do, a clause for each provider; then the words of prompts that were
        not understood, and what decoding changed or left out."""
        reported: dict[str, list[str]] = {}
        for (provider, verb, name), count in sorted(self.unmet.items()):
            reported.setdefault(f"{provider} {verb}", []).append(f"{name} ({plural(count, 'trial')})")
        unread = [words_shown([f"{word} ({plural(count, 'trial')})" for word, count in _most_first(self.unread)])]
        decoding = [f"{note} ({plural(count, 'trial')})" for note, count in _most_first(self.decoding)]
        lines = [f"{who} {', '.join(names)}" for who, names in reported.items()] + (unread if self.unread else [])
        rest = len(decoding) - MOST_NOTES
        more = [f"{plural(rest, 'more note')} on decoding: the report has them all"] if rest > 0 else []
        return lines + decoding[:MOST_NOTES] + more

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
            if self.unshown:
                verb = "has" if self.unshown == 1 else "have"
                word += f" in pixels; {self.unshown:,} {verb} another color profile, gamma or bit depth"
            return f"The one {noun} is {word}." if self.trials == 1 else f"All {self.trials:,} {noun}s are {word}."
        if self.trials == 1:
            return f"The one {noun} needs a look."
        verb = "needs" if self.to_look_at == 1 else "need"
        return f"{self.to_look_at:,} of {plural(self.trials, noun)} {verb} a look."


def _most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _unpinned(result: TrialResult) -> bool:
    subject = result.recipe.subject
    return subject.kind == "route" and not subject.settings.get("pin")


def _without_numbers(value: Any) -> Any:
    """JSON with each number replaced: what findings that differ only in numbers have in common."""
    if isinstance(value, dict):
        return {name: _without_numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_numbers(one) for one in value]
    return 0 if isinstance(value, (int, float)) and not isinstance(value, bool) else value
