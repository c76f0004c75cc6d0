"""``checks: auto`` in suites: who answers, what is complained about, what is only listed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harness.errors import HarnessWarning
from harness.records import Check
from harness.suite import Plan, SuiteError, load, resolve_project

JUDGE = "{kind: vlm, model: m, base_url: 'http://127.0.0.1:9/v1', price: 0}"
Write = Callable[..., Path]


def plan(write: Write, cases: str, head: str = "provider: painter\n", **given: Any) -> Plan:
    return load([write(f"suite: seen\n{head}cases:\n{cases}")], **given)


def checks_of(made: Plan) -> tuple[Check, ...]:
    [variant] = made.variants()
    return variant.checks


def answered_by(made: Plan) -> set[str]:
    return {"shapes" if check.by is None else check.by.name for check in checks_of(made)}


@pytest.fixture(autouse=True)
def without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra ``ocr`` is not installed, wherever the tests run."""
    monkeypatch.setattr("harness.vision.kinds.find_spec", lambda name: None if name == "rapidocr" else object())


@pytest.mark.parametrize("checks", ["auto", "[auto]", "[{auto: {}}]", "[{auto: {interpreter: grammar}}]"])
def test_the_forms_of_auto(write: Write, checks: str) -> None:
    made = plan(write, f"  - {{id: a, prompt: a red circle, checks: {checks}}}\n")
    assert [check.kind for check in checks_of(made)] == ["present", "present", "count", "count"]
    assert all(check.derived for check in checks_of(made))


def test_written_checks_stand_beside_derived_ones_and_may_need_them(write: Write) -> None:
    made = plan(write, "  - {id: a, prompt: a red circle, checks: [auto, {absent: green, needs: red circle}]}\n")
    assert [check.derived for check in checks_of(made)] == [True] * 4 + [False]


def test_defaults_may_say_auto_and_a_case_replaces_it(write: Write) -> None:
    cases = (
        "  - {id: a, prompt: a red circle}\n"
        "  - {id: b, prompt: a fox, checks: []}\n"
        "  - {id: c, prompt: a blue star, checks: [{absent: green}]}\n"
        "  - {id: d, ask: what is it?, answer: a fox, input_image: a.png}\n"
    )
    Image.new("RGB", (64, 64)).save(write("", "a.png"))
    made = plan(write, cases, "provider: painter\ndefaults: {checks: auto}\n")
    assert [len(variant.checks) for variant in made.variants()] == [4, 0, 1, 0]


def test_a_project_may_say_auto(write: Write, tmp_path: Path) -> None:
    write('[defaults]\nchecks = "auto"\n', "harness.toml")
    project = resolve_project(tmp_path, environ={})
    assert len(checks_of(plan(write, "  - {id: a, prompt: a red circle}\n", project=project))) == 4


def test_shapes_answers_of_the_painter_and_a_chat_model_of_others(write: Write) -> None:
    case = "  - {id: a, prompt: a red circle, drift: set, checks: auto}\n"
    judged = f"viewers: {{gpt: {JUDGE}}}\n"
    other = f"{judged}provider: mine\nproviders: {{mine: {{kind: command, command: [x]}}}}\n"
    assert answered_by(plan(write, case, f"{judged}provider: painter\n")) == {"shapes"}
    assert answered_by(plan(write, case, other)) == {"gpt"}
    seen = case.replace("checks: auto", "checks: [{auto: {}, viewer: shapes}]")
    assert answered_by(plan(write, seen, other)) == {"shapes"}
    by_case = case.replace("checks: auto", "viewer: shapes, checks: auto")
    assert answered_by(plan(write, by_case, other)) == {"shapes"}


def test_what_shapes_has_no_word_for_goes_to_the_chat_model_that_is_defined(write: Write) -> None:
    head = f"viewers: {{gpt: {JUDGE}}}\nprovider: painter\n"
    assert answered_by(plan(write, "  - {id: a, prompt: a small red circle, checks: auto}\n", head)) == {
        "gpt", "shapes",
    }  # fmt: skip


def test_what_has_no_check_is_kept_with_the_trial_and_warned_of(write: Write) -> None:
    with pytest.warns(HarnessWarning, match="wombat"):
        made = plan(write, "  - {id: a, prompt: a small red circle and a wombat, checks: auto}\n")
    [trial] = made.trials()
    assert set(trial.unchecked) == {"wombat", "red circle small"}
    assert len(made.warnings) == 1
    assert "wombat" in made.warnings[0]
    assert ":4:" in made.warnings[0]


def test_what_an_input_image_shows_may_stay(write: Write) -> None:
    Image.new("RGB", (64, 64)).save(write("", "in.png"))
    made = plan(write, "  - {id: a, prompt: a red circle, input_image: in.png, checks: auto}\n")
    assert "nothing else" not in {check.name for check in checks_of(made)}


@pytest.mark.parametrize(
    ("head", "case", "expected"),
    [
        ("provider: painter\n", "prompt: a fox, checks: auto", "no check can be derived"),
        ("provider: painter\n", "prompt: seven red circles, checks: auto", "no check can be derived"),
        (
            "provider: mine\nproviders: {mine: {kind: command, command: [x]}}\n",
            "prompt: a red circle, drift: set, checks: auto",
            "no check can be derived",
        ),
        (
            f"viewers: {{one: {JUDGE}, two: {JUDGE}}}\nprovider: mine\n"
            "providers: {mine: {kind: command, command: [x]}}\n",
            "prompt: a red circle, drift: set, checks: auto",
            "several viewers answer `auto`",
        ),
        ("provider: painter\n", "prompt: a red circle, checks: [{auto: {}, viewer: gtp}]", "unknown viewer `gtp`"),
        ("provider: painter\n", "prompt: a red circle, checks: [{auto: {}, name: x}]", "`name` does not go with"),
        ("provider: painter\n", "prompt: a red circle, checks: [{auto: {interpeter: x}}]", "interpeter"),
        ("provider: painter\n", "prompt: a red circle, checks: [{auto: {interpreter: gpt}}]", "`interpreter`"),
        (
            f"viewers: {{gpt: {JUDGE}}}\nprovider: painter\n",
            "prompt: a red circle, checks: [{auto: {interpreter: {kind: llm, model: x}}}]",
            "`base_url`",
        ),
        (
            "provider: painter\n",
            "prompt: a fox, checks: [{auto: {interpreter: {kind: llm, model: x, base_url: 'http://127.0.0.1:9'}}}]",
            "no viewer answers the questions",
        ),
        ("provider: painter\n", "prompt: a red circle, checks: [auto, {absent: red, needs: fox}]", "no check has the"),
        ("provider: painter\n", "prompt: a red circle, checks: automatic", "checks"),
    ],
)
def test_what_cannot_be_derived_is_a_complaint(write: Write, head: str, case: str, expected: str) -> None:
    with pytest.raises(SuiteError) as caught:
        plan(write, f"  - {{id: a, {case}}}\n", head)
    assert expected in str(caught.value)


def test_a_chat_model_derives_when_the_run_has_begun(write: Write) -> None:
    model = "{kind: llm, model: x, base_url: 'http://127.0.0.1:9/v1', price: 0.01}"
    made = plan(
        write,
        f"  - {{id: a, prompt: a fox, checks: [{{auto: {{interpreter: {model}}}}}]}}\n",
        f"viewers: {{gpt: {JUDGE}}}\nprovider: painter\n",
    )
    [check] = checks_of(made)
    assert (check.kind, check.derived) == ("auto", True)
    assert [spec.name for spec in check.viewers] == ["shapes", "gpt"]
