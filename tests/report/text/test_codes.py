"""Every code has a sentence, made of the data that it has; the page that lists them is in step."""

import inspect
import runpy
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from harness.records import Reason, from_json, to_json
from harness.report.text import because, hint_for, sentence
from harness.report.text.hints import HINTS, hint_of_probe
from harness.report.text.sentences import TEMPLATES
from harness.vocabulary import Code, Part, ProbeName, SeedOutcome, Verdict

ROOT = Path(__file__).resolve().parents[3]
QUALITY = {"part": Part.SUBJECT, "path": "settings.quality", "before": "standard", "after": "draft"}
DATA: dict[str, Any] = {
    "absent": "the sizes differ", "accepted": ["64×64"], "again": 0.7, "alpha": 0.01, "answer": "2", "arm": "A",
    "asked": 2, "at": "2026-11-27T02:00:00Z", "before": "64×64", "after": "32×32", "bits": 16,
    "blind": {"phash": 0}, "box": [8, 4, 32, 16],
    "cached": 2, "call": 12, "case": "fox",
    "check": "count: red circle = 2", "changed": 0.25, "checks": ["{text: OPEN}"],
    "color": [1, 2, 3], "correlation": 0.04, "count": 3, "date": "2026-12-01", "days": 3, "df": 4,
    "differences": [QUALITY], "differing": 1, "edge": "wrapped", "expected": "3", "first": 0, "fields": ["gpu"],
    "file": "images/1f.bin", "filter": "lanczos", "format": "jpeg",
    "folder": "old", "frames": 2,
    "fresh": 2.5, "gain": 0.5, "gamma": 1.0,
    "generated": 1, "got": 50, "hint": "try again", "how": "left-right", "images": 12,
    "key": f"images/{'5e' * 32}.png", "store": "s3://bucket/baselines",
    "kind": "question/number", "known": ["served_model"], "largest": 0.4, "left": 0.8, "level": "lsb", "levels": 32,
    "limit": 1.25, "max": None,
    "max_abs": 2.0, "metric": "ssim", "min": 0.98,
    "missed": 0.28, "missing": 1, "modes": [5, 1], "modulus": 256, "more": 4, "name": "steps",
    "names": ["background", "seed"], "new": 4, "now": "5e" * 32, "of": 9, "old": 10, "offset": 127.5,
    "order": "BGR", "orientation": 6, "other": "B",
    "outcome": "ignored", "owner": "kim", "who": "kim",
    "night": 41, "p": 0.0123, "planned": 6, "prompts": ["a fox"], "pairs": 1, "part": Part.SUBJECT,
    "passed": 2, "period": 3,
    "phash": 20, "possibly_billed": True,
    "probe": ProbeName.BATCH, "probes": ["order", "batch"], "problem": "no image within 300 s",
    "profile": {"gpu": "H100"}, "profiles": [{"gpu": "H100"}, {"gpu": "A100"}],
    "used": {"gpu_family": "Hopper"}, "promised": "pixels", "quality": 85, "provider": "mini", "rate": 0.001,
    "reason": "a new sky", "refused": 1,
    "repeats": 5, "runs": 4, "score": 3.4, "scores": [1.7, 1.2],
    "second": 256, "seconds": 0.004, "seed": 0, "seeds": 3, "seeing": {"delta_e": 22.6},
    "seen": "lsb",
    "sensitivity": 0.62, "specificity": 0.9, "settings": ["a batch of 4", "a batch of 2"], "single": 0.2,
    "size": [112, 80],
    "share": 0.0001, "shared": [[5, 7], [6, 8]], "span": 250.0,
    "source": "cache", "study": "probe", "subsampling": "4:2:0", "trial": "s/a/base-s1",
    "trials": ["s/a/base-s0"], "until": "2030-01-01", "value": 0.7, "values": {"ssim": 0.998},
    "verdict": Verdict.DRIFT, "viewer": "clip", "when": "2026-11-22T10:00:00Z",
    "words": ["huge"], "x": 3, "y": 0,
}  # fmt: skip
"""A value of each field."""
OTHER: dict[tuple[Code, str], Any] = {
    (Code.BASELINE_OTHER_PROFILE, "accepted"): [{"gpu": "A100"}, {}],
    (Code.CHECK, "seen"): "1 red circle",
    (Code.CHECK_DOUBTFUL, "seen"): "1 red circle",
    (Code.CHECK_DOUBTFUL, "outcome"): "fail",
    (Code.IMAGE_PROFILE, "profile"): "6cf5e5a770a72513",
    (Code.IMAGE_PROFILE, "name"): "Display P3",
    (Code.PROFILE_DIFFERS, "accepted"): None,
    (Code.PROFILE_DIFFERS, "generated"): {"profile": "6cf5e5a770a72513", "name": "Display P3"},
    (Code.GAMMA_DIFFERS, "accepted"): {"gamma": 0.55},
    (Code.GAMMA_DIFFERS, "generated"): None,
    (Code.DEPTH_REDUCED, "accepted"): 8,
    (Code.CHECK, "outcome"): "fail",
    (Code.SEED_LOST, "outcome"): SeedOutcome.CACHED,
    (Code.SET_QUESTION, "name"): "count: red circle = 2",
    (Code.SET_QUESTION, "new"): "1 of 4",
    (Code.SET_QUESTION, "old"): "4 of 4",
    (Code.SET_SIZES, "generated"): ["32×32", "64×64"],
    (Code.SETTING_SAME, "values"): [None, 4],
    (Code.SETTING_OTHER, "values"): [2, 4, 8],
    (Code.STEADY, "level"): "pixels",
    (Code.CLAMPED, "asked"): 200,
    (Code.FLOOR_OTHER_JUDGE, "before"): None,
    (Code.CHANGE_RESIZED, "before"): [64, 64],
    (Code.CHANGE_RESIZED, "after"): [32, 32],
    (Code.CHANGE_GAMMA, "gamma"): 2.2,
    (Code.CHANGE_ALPHA, "how"): "on-white",
    (Code.CHANGE_REGION, "color"): [255, 0, 0],
    (Code.CHANGE_ROUNDING, "max_abs"): 2,
    (Code.CHANGE_OTHER, "seeds"): [7, 8],
    (Code.CHANGE_SIZE, "asked"): [128, 96],
}
"""Where a field of one code is another one."""


def example(code: Code) -> Reason:
    return Reason(code, {field: OTHER.get((code, field), DATA[field]) for field in code.fields})


@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_sentence_of_its_own_data(code: Code) -> None:
    template = TEMPLATES[code]
    if isinstance(template, str):
        used = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
        assert used <= set(code.fields)
    else:
        assert set(inspect.signature(template).parameters) == set(code.fields)
    assert len(set(code.fields)) == len(code.fields)
    assert code.meaning == code.meaning.strip()


def test_no_template_and_no_hint_is_left_over() -> None:
    assert set(TEMPLATES) == set(Code)
    for code, hint in HINTS.items():
        used = {name for _, name, _, _ in Formatter().parse(hint) if name is not None}
        assert used <= {*Code(code).fields, "key", "what"}


@pytest.mark.parametrize("code", Code)
def test_every_hint_of_a_probe_needs_the_data_of_its_reason_alone(code: Code) -> None:
    assert "harness accept" not in hint_of_probe([example(code)])


def test_the_sentences(snapshot: SnapshotAssertion) -> None:
    """All of them, with the hint behind an arrow where there is one."""
    lines = []
    for code in Code:
        hint = hint_for([example(code)], key="s/c/base-s0", what="image")
        lines.append(f"{code}: {sentence(example(code))}" + (f" → {hint}" if hint else ""))
    assert not [line for line in lines if '{"' in line]
    assert "\n".join(lines) == snapshot


@pytest.mark.parametrize("code", Code)
def test_a_reason_survives_its_json(code: Code) -> None:
    assert from_json(Reason, to_json(example(code))) == example(code)


@pytest.mark.parametrize("data", [{}, {"score": 1.0}, {"score": 1.0, "limit": 2.0, "repeats": 3, "more": 1}])
def test_data_of_other_names_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"floor\.within should be score, limit, repeats"):
        Reason(Code.FLOOR_WITHIN, data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_whatever_a_file_holds_a_sentence_is_made(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(Code))
    reason = Reason(code, {field: data.draw(JSON) for field in code.fields})
    assert isinstance(sentence(reason), str)
    assert isinstance(hint_for([reason], key="k", what="image"), str)


def test_several_reasons_stand_in_one_line() -> None:
    assert because([]) == ""
    assert because([Reason(Code.IMAGES_DIFFER), Reason(Code.EXACT)]) == "the images differ; exact: no pixel may differ"


@pytest.mark.checkout
def test_the_page_of_codes_is_in_step() -> None:
    assert (ROOT / "docs" / "codes.md").read_text("utf-8") == runpy.run_path(str(ROOT / "tools" / "codes.py"))["page"]()
