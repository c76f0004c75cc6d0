"""The sentence at the top of an audit."""

from dataclasses import replace

import pytest

from harness.records import ArmRelation, Audit, AuditArm, AuditPrompt, CheckRow, Ratio, Reason, Share
from harness.report.text import audit_sentences, headline
from harness.report.text.audit import faster, show_p
from harness.vocabulary import AuditMethod, Code, PairKind, PromptOutcome

ARM = AuditArm("mini", "a", exact=True)
SOME, NONE = Share(2, 2, 0.34, 1.0), Share(0, 2, 0.0, 0.66)
EXACT = Audit(
    "x", "0", "", ("s",), ARM, ARM, 0.05, AuditMethod.EXACT, changed=SOME, visible=SOME,
    relations=(ArmRelation("A/A", NONE, NONE), ArmRelation("A/B", SOME, SOME)),
)  # fmt: skip
REFUSED = AuditPrompt(
    "s", "fox", "base", "a fox", PromptOutcome.CHANGED, PairKind.REFUSED,
    (Reason(Code.AUDIT_REFUSED, {"arm": "B", "other": "A", "count": 2}),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("audit", "words"),
    [
        (EXACT, "B changes 2 of 2 prompts (95 % interval 34–100 %; A against itself: 0 of 2)."),
        (
            replace(EXACT, visible=NONE),
            "B changes 2 of 2 prompts, none of them visibly (95 % interval 34–100 %; A against itself: 0 of 2).",
        ),
        (
            replace(EXACT, changed=NONE, visible=NONE),
            "B changes none of 2 prompts (95 % interval 0–66 %; A against itself: 0 of 2).",
        ),
        (
            replace(EXACT, method=AuditMethod.NOISE, changed=NONE, visible=NONE, together=0.31),
            "No change beyond the noise is shown in 2 prompts "
            "(visible differences: A/A 0 of 2, A/B 2 of 2; all together p = .31).",
        ),
        (
            replace(EXACT, method=AuditMethod.NOISE, differs=True, b=replace(ARM, exact=False)),
            "B changes at least 2 of 2 prompts beyond the noise (95 % interval 34–100 %; visible differences: "
            "A/A 0 of 2, A/B 2 of 2); A repeats exactly, B does not.",
        ),
        (
            replace(EXACT, method=AuditMethod.NONE, changed=NONE, visible=NONE),
            "B generates the same pixels as A in 2 prompts (without a control arm).",
        ),
        (
            replace(EXACT, method=AuditMethod.NONE),
            "B differs from A in 2 of 2 prompts (95 % interval 34–100 %; no control arm: noise cannot be excluded).",
        ),
        (
            replace(EXACT, changed=Share(0, 0), prompts=(REFUSED,)),
            "Nothing could be compared (none of 1 prompt has images in both arms); 1 prompt refused by B alone.",
        ),
        (
            replace(EXACT, missing=1, checks=(CheckRow("all", kept=3, lost=2, p=0.5),), speed=Ratio(0.25, 9, 0.2, 0.3)),
            "B changes 2 of 2 prompts (95 % interval 34–100 %; A against itself: 0 of 2); 1 prompt not compared "
            "(no image); checks: 2 lost, 0 won (p = .50); 4.0× faster (95 % interval 3.3–5.0×).",
        ),
    ],
)
def test_the_sentence(audit: Audit, words: str) -> None:
    assert headline(audit) == words
    assert audit_sentences(audit)[0] in words


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Ratio(0.25, 9, 0.2, 0.3), "4.0× faster (95 % interval 3.3–5.0×)"),
        (Ratio(12.0, 9, 11.0, 13.0), "12× slower (95 % interval 11–13×)"),
        (Ratio(0.9, 9, 0.8, 1.1), "no difference in time shown"),
        (Ratio(0.5, 2), "about 2.0× faster"),
        (Ratio(0.9, 2), ""),
    ],
)
def test_time_in_words(found: Ratio, said: str) -> None:
    assert faster(found) == said


def test_p_values_in_words_are_never_zero() -> None:
    assert [show_p(p) for p in (1e-12, 0.0123, 0.5, 1.0)] == ["p < .001", "p = .012", "p = .50", "p = 1.00"]
