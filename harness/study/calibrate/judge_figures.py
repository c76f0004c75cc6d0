"""From the answers of a judge to its quality. Pure: the same answers give the same figures."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.records import Finding, JudgeQuality, ViewerSpec
from harness.runner import judge_of
from harness.study.calibrate.labels import Label, LabeledImage
from harness.study.figures import share
from harness.vision import viewer_kind
from harness.vocabulary import CheckOutcome

Answered = tuple[LabeledImage, Sequence[Finding]]
"""An image with the findings of its checks: all of them once, then all again."""


def qualities_of(answered: Sequence[Answered], viewer: ViewerSpec, origin: str, when: str) -> tuple[JudgeQuality, ...]:
    """Return the quality of each judge that answered (a server may change what it serves), by kind of check.

    The first answer to a check counts. One that decided nothing is in neither sensitivity nor specificity.
    """
    kind_of = viewer_kind(viewer.kind).grammar.kind_of
    counts: dict[tuple[str, str], Counter[str]] = {}
    for label, findings in _answers(answered):
        first = findings[0]
        judge = judge_of(first, viewer)
        if judge is None:
            continue
        count = counts.setdefault((kind_of(label.check), judge), Counter())
        count["asked"] += 1
        again = [one.outcome for one in findings if judge_of(one, viewer) == judge]
        count["repeated"] += len(again) > 1
        count["same"] += len(again) > 1 and len(set(again)) == 1
        if first.outcome not in (CheckOutcome.PASS, CheckOutcome.FAIL):
            count["inconclusive"] += 1
            continue
        side = "holds" if label.holds else "fails"
        count[side] += 1
        count[f"{side} right"] += label.holds == (first.outcome == CheckOutcome.PASS)
    return tuple(
        JudgeQuality(
            viewer=viewer.name,
            judge=judge,
            kind=kind,
            sensitivity=share(count["fails right"], count["fails"]),
            specificity=share(count["holds right"], count["holds"]),
            inconclusive=share(count["inconclusive"], count["asked"]),
            repeatability=share(count["same"], count["repeated"]),
            when=when,
            labels=origin,
            images=sum(any(kind_of(one.check) == kind for one in image.labels) for image, _ in answered),
        )
        for (kind, judge), count in sorted(counts.items())
    )


def unanswered_of(answered: Iterable[Answered], viewer: ViewerSpec) -> int:
    """Count the checks that had no answer the first time: a fault, a refusal, the budget."""
    return sum(judge_of(findings[0], viewer) is None for _, findings in _answers(answered))


def _answers(answered: Iterable[Answered]) -> Iterator[tuple[Label, Sequence[Finding]]]:
    """Yield each labeled check with its findings, the first first."""
    for image, findings in answered:
        for index, label in enumerate(image.labels):
            yield label, findings[index :: len(image.labels)]
