"""Findings of one check compared with each other."""

from harness.records import Finding
from harness.vocabulary import CheckOutcome

DECIDED = frozenset({CheckOutcome.PASS, CheckOutcome.FAIL})


def same_judge(a: Finding, b: Finding) -> bool:
    """Return whether two findings can be compared: one judge answered both, or one of them decides nothing."""
    return a.judge == b.judge or not {a.outcome, b.outcome} <= DECIDED


def answers(finding: Finding) -> tuple[str, ...]:
    """Return the different answers that a finding rests on, sorted: those of the votes of a chat model."""
    votes = (finding.evidence or {}).get("votes") or ()
    return tuple(sorted({str(vote["answer"]) for vote in votes if "answer" in vote}))


def unchanged(accepted: Finding, candidate: Finding) -> CheckOutcome:
    """Return the outcome of a paired check: ``pass`` where both images are answered alike, whatever the answer;
    ``incomparable`` where another judge answered, else what is undecided of the two."""
    for finding in (candidate, accepted):
        if finding.outcome not in DECIDED:
            return finding.outcome
    if not same_judge(accepted, candidate):
        return CheckOutcome.INCOMPARABLE
    same = accepted.outcome == candidate.outcome and answers(accepted) == answers(candidate)
    return CheckOutcome.PASS if same else CheckOutcome.FAIL
