"""Trials whose accepted outcome is a refusal."""

from harness.judge.cause import request_changed
from harness.judge.difference import differences
from harness.judge.evidence import Evidence
from harness.judge.rule import Ruling
from harness.records import Reason
from harness.vocabulary import Code, Verdict


def refused(evidence: Evidence, why: Reason) -> Ruling:
    """Return the ruling on a refusal: fine where the same request was accepted as refused."""
    if evidence.refusal is None:
        return Ruling(Verdict.REFUSED, (why,))
    changed = differences(evidence.refusal, {}, evidence.trial.recipe, {})
    if asked := request_changed(changed):
        return Ruling(Verdict.REFUSED, (why, *asked))
    data = {name: why.data[name] for name in ("provider", "problem")}
    return Ruling(Verdict.REFUSED, (Reason(Code.REFUSAL_SAME, data),), accepted=True)


def not_refused(evidence: Evidence) -> Ruling:
    """Return the ruling on an image where only a refusal is accepted."""
    assert evidence.refusal is not None
    changed = differences(evidence.refusal, {}, evidence.trial.recipe, {})
    if asked := request_changed(changed):
        return Ruling(Verdict.INCOMPARABLE, asked)
    return Ruling(Verdict.DRIFT, (Reason(Code.REFUSAL_NONE),))
