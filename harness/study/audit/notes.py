"""What a reader of an audit must know beside its numbers."""

from collections.abc import Iterator, Sequence

from harness.records import Audit, Reason
from harness.study.audit.read import Prompt
from harness.vocabulary import AuditMethod, Code

FEW_CONTROLS = 10
"""Pairs of generations below which a reader is reported on how few the word `exact` rests."""


def arms_note(prompts: Sequence[Prompt]) -> Iterator[Reason]:
    """Yield what of the two arms' recipes a reader must know."""
    pairs = [pair for prompt in prompts for pair in prompt.seeds]
    if pairs and all(a.recipe == b.recipe for a, b in pairs):
        yield Reason(Code.AUDIT_ITSELF)
    other = sum(any(a.recipe.request.prompt != b.recipe.request.prompt for a, b in prompt.seeds) for prompt in prompts)
    if other:
        yield Reason(Code.AUDIT_OTHER_WORDS, {"count": other})


def cache_note(audit: Audit) -> Iterator[Reason]:
    """Images that nobody generated for this."""
    for name, arm in (("A", audit.a), ("B", audit.b)):
        if arm.not_generated:
            yield Reason(Code.AUDIT_CACHED, {"arm": name, "count": arm.not_generated})


def control_note(audit: Audit) -> Iterator[Reason]:
    """Few repeats that agree are no proof that all would."""
    pairs = audit.a.controls + audit.b.controls
    if audit.method == AuditMethod.EXACT and pairs < FEW_CONTROLS:
        yield Reason(Code.AUDIT_FEW, {"pairs": pairs})
