"""From the replies of a chat model to the finding of a check."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import excerpt
from harness.prompt import unfenced
from harness.records import Check, Finding, decode_json
from harness.vision.grammar import as_written
from harness.vision.protocol import Question, Reply, ViewerError
from harness.vision.vlm_grammar import NO, UNSURE, YES, question_of, shown_of
from harness.vocabulary import CheckOutcome

_SEEN = 300
"""Characters of what a model says that it sees."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer: ``answer`` is one of those allowed, None where there is none, and ``problem`` says why."""

    answer: str | None
    seen: str = ""
    problem: str = ""


def vote_of(question: Question, reply: Reply | ViewerError) -> Vote:
    """Return the vote that a reply is; whatever the image or the model says, it is one of the answers allowed or
    none."""
    if isinstance(reply, ViewerError):
        return Vote(None, problem=excerpt(str(reply), _SEEN))
    try:
        document = decode_json(dict[str, Any], unfenced(reply.text))
    except (ValueError, RecursionError) as error:
        return Vote(None, problem=excerpt(f"the answer is not the JSON that was asked for: {error}", _SEEN))
    answer, seen = document.get("answer"), document.get("seen")
    if answer not in question.options:
        return Vote(None, problem=excerpt(f"the answer is none of those allowed: {answer!r}", _SEEN))
    return Vote(str(answer), excerpt(seen, _SEEN) if isinstance(seen, str) else "")


def finding_of(
    check: Check, questions: Sequence[Question], replies: Sequence[Reply | ViewerError], judge: str | None
) -> Finding:
    """Return the finding of a check from the replies to its questions."""
    votes = [vote_of(question, reply) for question, reply in zip(questions, replies, strict=True)]
    counts = Counter(vote.answer for vote in votes if vote.answer is not None)
    if check.kind == "shows":
        outcome = _shown(counts, len(votes), shown_of(check).at_least or 1.0)
    else:
        outcome = _answered(counts, len(votes), question_of(check)[2])
    seen = ", ".join(f"{answer} ×{count}" for answer, count in counts.most_common())
    problems = Counter(vote.problem for vote in votes if vote.answer is None)
    seen = "; ".join([*([seen] if seen else []), *(f"{text} ×{count}" for text, count in problems.items())])
    evidence = {"votes": list(_evidence(questions, votes, replies))}
    return Finding(as_written(check.args), outcome, seen, judge=judge, evidence=evidence)


def _answered(counts: Counter[str], votes: int, expected: str) -> CheckOutcome:
    """Return the outcome of equal answers; a split, an unsure one and a missing one decide nothing."""
    if sum(counts.values()) < votes or len(counts) != 1 or UNSURE in counts:
        return CheckOutcome.INCONCLUSIVE
    return CheckOutcome.PASS if expected in counts else CheckOutcome.FAIL


def _shown(counts: Counter[str], votes: int, share: float) -> CheckOutcome:
    if counts[YES] >= share * votes - 1e-9:
        return CheckOutcome.PASS
    return CheckOutcome.FAIL if counts[NO] == votes else CheckOutcome.INCONCLUSIVE


def _evidence(
    questions: Sequence[Question], votes: Sequence[Vote], replies: Sequence[Reply | ViewerError]
) -> Iterator[dict[str, Any]]:
    for question, vote, reply in zip(questions, votes, replies, strict=True):
        found = {"answer": vote.answer, "seen": vote.seen, "problem": vote.problem, "options": list(question.options)}
        served = dict(reply.served) if isinstance(reply, Reply) else {}
        yield {name: value for name, value in {**found, **served}.items() if value not in (None, "")}
