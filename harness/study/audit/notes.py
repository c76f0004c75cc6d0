"""What a reader of an audit must know beside its numbers."""

from collections.abc import Iterator, Sequence

from harness.records import Audit, Reason
from harness.study.audit.read import Prompt
from harness.vocabulary import AuditMethod, Code

FEW_CONTROLS = 10
"""Pairs of generations below which a reader is reported on how few the word `exact` rests."""


def notes_of(audit: Audit, prompts: Sequence[Prompt]) -> Iterator[Reason]:
    """Return notes on the arms' recipes, on images not generated for this, and on few repeats: that these
    agree is no proof that all would."""
    pairs = [pair for prompt in prompts for pair in prompt.seeds]
    if pairs and all(a.recipe == b.recipe for a, b in pairs):
        yield Reason(Code.AUDIT_ITSELF)
    other = sum(any(a.recipe.request.prompt != b.recipe.request.prompt for a, b in prompt.seeds) for prompt in prompts)
    if other:
        yield Reason(Code.AUDIT_OTHER_WORDS, {"count": other})
    for name, arm in (("A", audit.a), ("B", audit.b)):
        if arm.not_generated:
            yield Reason(Code.AUDIT_CACHED, {"arm": name, "count": arm.not_generated})
    controls = audit.a.controls + audit.b.controls
    if audit.method == AuditMethod.EXACT and controls < FEW_CONTROLS:
        yield Reason(Code.AUDIT_FEW, {"pairs": controls})
