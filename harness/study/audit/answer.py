"""The answer of an audit: equivalence, what kind of change, and go or no-go; pure functions over distances."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from harness.judge import change_kinds, equivalence, same_pixels
from harness.records import Equivalence, Reason
from harness.study.audit.checks import Tally
from harness.study.audit.compare import Compared, PromptDistances
from harness.study.audit.judge import Decision
from harness.vocabulary import AuditMethod, ChangeKind, Code, PairKind, PromptOutcome

TURNED = ("won", "lost")


def equivalence_of(
    distances: Sequence[PromptDistances],
    decisions: Sequence[Decision],
    method: AuditMethod,
    alpha: float,
    *,
    a_exact: bool,
) -> Equivalence:
    """Return whether B is within the noise of A at the rate ``alpha``."""
    compared = [one for one in distances if one.all_across]
    if method == AuditMethod.EXACT:
        judged = [one for one in decisions if one.outcome in (PromptOutcome.SAME, PromptOutcome.CHANGED)]
        changed = sum(one.outcome == PromptOutcome.CHANGED for one in judged)
        return same_pixels(changed, len(judged), alpha)
    if method == AuditMethod.NONE or not compared:
        return Equivalence(alpha, 0, 0, problem=Reason(Code.EQUIVALENCE_NO_CONTROL))
    if a_exact:
        return Equivalence(alpha, len(compared), 0, problem=Reason(Code.EQUIVALENCE_A_EXACT))
    pairs = [pair for one in compared for pair in (*one.within_a, *(one.across or one.all_across))]
    if any(pair.score is None for pair in pairs):
        return Equivalence(alpha, len(compared), 0, problem=Reason(Code.EQUIVALENCE_NOT_MEASURED))
    return equivalence(
        [_scores(one.within_a) for one in compared], [_scores(one.across or one.all_across) for one in compared], alpha
    )


def kinds_of(
    one: PromptDistances, decision: Decision, tally: Tally, *, together: bool = False
) -> tuple[ChangeKind, ...]:
    """Return what kind of change a prompt has; none where it has not changed, or was refused. ``together``: a change is
    shown over all prompts, though in none alone."""
    if decision.kind == PairKind.REFUSED or not one.all_across:
        return ()
    if decision.outcome != PromptOutcome.CHANGED and not together:
        return ()
    return change_kinds(
        _means(one.all_across),
        _means((*one.within_a, *one.within_b)),
        sorted({kind for (kind, word), count in tally.items() if word in TURNED and count}),
        other_size=any(reason.code == Code.AUDIT_SIZES for reason in decision.reasons) or _other_size(one),
        visible=decision.kind == PairKind.VISIBLE,
    )


def _scores(pairs: Sequence[Compared]) -> list[float]:
    return [pair.score for pair in pairs if pair.score is not None]


def _means(pairs: Sequence[Compared]) -> Mapping[str, float]:
    """Return the mean of each metric over pairs; of equal images it is that of no change."""
    values: dict[str, list[float]] = {}
    for pair in pairs:
        for name, value in pair.metrics.items():
            values.setdefault(name, []).append(value)
    return {name: fmean(found) for name, found in values.items()}


def _other_size(one: PromptDistances) -> bool:
    sides = [{(s.image.width, s.image.height) for s in one.prompt.samples(arm) if s.image} for arm in "ab"]
    return all(sides) and not sides[0] & sides[1]
