"""What the finding of a check rests on: the words read, the votes, and who answered."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.records import Finding
from harness.report.formatting import show_cost
from harness.report.text.forms import Words, shown
from harness.report.words import one_line, plural
from harness.vocabulary import CheckOutcome

MOST_CHECKS = 12
"""Checks that a line about a run names."""


def answered_by(finding: Finding) -> str:
    """Return who answered: ``gpt · judge 3fa9c11b2d04 · $0.003``; empty for the built-in viewer of shapes."""
    judge = finding.judge and f"judge {finding.judge[:12]}"
    cost = None if finding.cost is None else show_cost(finding.cost)
    return " · ".join(filter(None, (finding.viewer, judge, cost)))


def checks_passed(counts: Mapping[str, Mapping[CheckOutcome, int]]) -> str:
    """Return how often checks passed, the lowest share first, those that always did as one number: ``checks passed:
    warm 9 of 16 (7 inconclusive), all others 20 of 20``; empty where nothing was checked."""
    shares = {label: count.get(CheckOutcome.PASS, 0) / sum(count.values()) for label, count in counts.items()}
    rows = sorted((label for label, share in shares.items() if share < 1), key=lambda label: (shares[label], label))
    named = [f"{one_line(label)} {passed_shown(counts[label])}" for label in rows[:MOST_CHECKS]]
    named += [plural(len(rows) - MOST_CHECKS, "more check")] if len(rows) > MOST_CHECKS else []
    if always := sum(sum(counts[label].values()) for label, share in shares.items() if share == 1):
        named.append(f"{'all others' if rows else 'all'} {always:,} of {always:,}")
    return "checks passed: " + ", ".join(named) if named else ""


def passed_shown(count: Mapping[CheckOutcome, int]) -> str:
    """Return how often one check passed, and what else it came to: ``9 of 16 (7 inconclusive)``."""
    others = [f"{count[one]:,} {one}" for one in CheckOutcome if one != CheckOutcome.PASS and count.get(one)]
    passed = f"{count.get(CheckOutcome.PASS, 0):,} of {sum(count.values()):,}"
    return f"{passed} ({', '.join(others)})" if others else passed


def box_words(finding: Finding) -> list[str]:
    """Return a word for each box: what was read in it; none where the evidence has no word for each."""
    words = (finding.evidence or {}).get("words")
    texts = [text for text, _ in map(_word, words)] if isinstance(words, Sequence) else []
    return texts if len(texts) == len(finding.boxes) else []


def evidence_shown(finding: Finding) -> list[list[str]]:
    """Return the evidence as rows of texts: what was seen, and the details of it. What has no form of its own is shown
    as it was recorded; the evidence of an image beside it (of a paired check) has that image's name in each row."""
    return list(_rows(finding.evidence or {}))


def _rows(evidence: Mapping[str, Any], of: str = "") -> Iterator[list[str]]:
    for name, value in evidence.items():
        words = f"{of}{name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _rows(value, f"{words} · ")
        elif name in ("votes", "words") and isinstance(value, Sequence) and not isinstance(value, str):
            show = _vote if name == "votes" else _read
            yield from (show(one, f"{of}{name[:-1]} {number}") for number, one in enumerate(value, 1))
        elif name == "cer":
            yield [Words().format("{0:number}", value), f"{of}character error rate"]
        else:
            yield [shown(value), words]


def _read(one: Any, what: str) -> list[str]:
    text, score = _word(one)
    return [f"“{text}”", Words().format("{0} · score {1:number}", what, score)]


def _word(one: Any) -> tuple[str, Any]:
    """Return the text and the score of a word; one of another form is its own text, without a score."""
    pair = isinstance(one, Sequence) and not isinstance(one, str) and len(one) == 2
    return (str(one[0]), one[1]) if pair else (shown(one), None)


def _vote(one: Any, what: str) -> list[str]:
    """``yes``, its number with the model and the size sent, what the model saw or why there is no answer."""
    vote = dict(one) if isinstance(one, Mapping) else {"answer": one}
    answer, seen = vote.pop("answer", None), vote.pop("seen", "") or vote.pop("problem", "")
    vote.pop("options", None)
    return ["no answer" if answer is None else str(answer), " · ".join([what, *map(_part, vote.items())]), str(seen)]


def _part(item: tuple[str, Any]) -> str:
    name, value = item
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = "×".join(map(str, value))
    return f"sent {value}" if name == "sent" else shown(value)
