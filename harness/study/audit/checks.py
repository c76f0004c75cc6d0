"""Checks won and lost between the arms: pure functions over findings."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.judge import holm, mcnemar, same_judge
from harness.records import CheckRow
from harness.study.audit.read import Prompt, Sample
from harness.vocabulary import CheckOutcome

ALL = "all"
"""The kind of the row that sums all others."""
_KIND = re.compile(r"\W*(\w+)")

INCOMPARABLE = CheckOutcome.INCOMPARABLE.value
"""Of a check that another judge answered in the other arm; it is among the undecided."""

Tally = Counter[tuple[str, str]]
"""How often something came of a kind of check: (kind, ``kept`` …)."""


def tally_checks(prompt: Prompt) -> Tally:
    """Return how each check changed from A to B, and from each arm to itself; pairs of equal images count once.

    A refused image shows nothing of what was asked for: its checks fail. One that failed for another reason says
    nothing, and is left out.
    """
    tally: Tally = Counter()
    for a, b in prompt.seeds:
        for one, two in _once(zip(a.samples, b.samples, strict=False)):
            for kind, was, now in _checks(one, two):
                tally[kind, _change(was, now)] += 1
                tally[kind, INCOMPARABLE] += INCOMPARABLE in (was, now)
        for side, word in ((a, "flips_a"), (b, "flips_b")):
            for one, two in zip(side.samples[::2], side.samples[1::2], strict=False):
                for kind, was, now in _checks(one, two):
                    tally[kind, word] += _change(was, now) in ("won", "lost")
    return tally


def check_rows(tallies: Sequence[Tally]) -> tuple[CheckRow, ...]:
    """Return the sum over all kinds, then each kind by name; none where nothing was checked.

    McNemar takes checks as independent; those of one image are not quite, so that its p-value is a guide.
    """
    total: Tally = Counter()
    for tally in tallies:
        total.update(tally)
    kinds = sorted({kind for kind, _ in total})
    if not kinds:
        return ()
    ps = [mcnemar(total[kind, "won"], total[kind, "lost"]) for kind in kinds]
    rows = [_row(kind, total, p, adjusted) for kind, p, adjusted in zip(kinds, ps, holm(ps), strict=True)]
    for (_, word), count in list(total.items()):
        total[ALL, word] += count
    overall = mcnemar(total[ALL, "won"], total[ALL, "lost"])
    return (_row(ALL, total, overall, overall), *rows)


def prompts_p(tallies: Sequence[Tally]) -> float | None:
    """Return the same over prompts, which are independent: those that lost more checks than they won against the
    others. None where nothing was checked."""
    if not any(tallies):
        return None
    sides = [won_of(tally) - lost_of(tally) for tally in tallies]
    return mcnemar(sum(side > 0 for side in sides), sum(side < 0 for side in sides))


def incomparable_of(tallies: Sequence[Tally]) -> int:
    """Count the checks that were answered by another judge in B than in A."""
    return sum(count for tally in tallies for (_, word), count in tally.items() if word == INCOMPARABLE)


def won_of(tally: Tally) -> int:
    """Count the checks that B passes and A does not."""
    return sum(count for (_, word), count in tally.items() if word == "won")


def lost_of(tally: Tally) -> int:
    """Count the checks that A passes and B does not."""
    return sum(count for (_, word), count in tally.items() if word == "lost")


def _row(kind: str, total: Tally, p: float, adjusted: float) -> CheckRow:
    words = ("kept", "missed", "won", "lost", "undecided", "flips_a", "flips_b")
    kept, missed, won, lost, undecided, flips_a, flips_b = (total[kind, word] for word in words)
    return CheckRow(kind, kept, missed, won, lost, undecided, flips_a, flips_b, p, adjusted)


def _once(pairs: Iterable[tuple[Sample, Sample]]) -> Iterator[tuple[Sample, Sample]]:
    seen = set()
    for one, two in pairs:
        same = tuple(sample.image.pixel_digest if sample.image else sample.verdict for sample in (one, two))
        if same not in seen:
            yield one, two
        seen.add(same)


def _checks(one: Sample, two: Sample) -> Iterator[tuple[str, str, str]]:
    """Kind and both outcomes of each check of a pair of generations."""
    if not (one.has_image or one.refused) or not (two.has_image or two.refused):
        return
    sides = [{finding.check: finding for finding in sample.findings} for sample in (one, two)]
    for check in dict.fromkeys([*sides[0], *sides[1]]):
        both = [side.get(check) for side in sides]
        outcomes = [
            ("fail" if sample.refused else "unsupported") if finding is None else finding.outcome
            for finding, sample in zip(both, (one, two), strict=True)
        ]
        if both[0] is not None and both[1] is not None and not same_judge(both[0], both[1]):
            outcomes = [INCOMPARABLE, INCOMPARABLE]
        found = _KIND.match(check)
        yield found[1] if found else check, outcomes[0], outcomes[1]


def _change(was: str, now: str) -> str:
    if not {was, now} <= {CheckOutcome.PASS, CheckOutcome.FAIL}:
        return "undecided"
    if was == now:
        return "kept" if was == "pass" else "missed"
    return "won" if now == "pass" else "lost"
