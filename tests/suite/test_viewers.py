"""Which viewer answers a check: by the check, the case, the defaults, or the kind of the check."""

from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from harness.errors import MissingExtraError
from harness.records import ViewerSpec
from harness.suite import Plan, SuiteError, load, resolve_project
from harness.vision import ocr

JUDGE = "{kind: vlm, model: m, base_url: 'http://127.0.0.1:9/v1', price: 0}"
HEAD = "suite: signs\nprovider: painter\n"
Write = Callable[..., Path]


def plan(write: Write, cases: str, head: str = "", **given: Any) -> Plan:
    return load([write(f"{HEAD}{head}cases:\n{cases}")], **given)


def answered_by(made: Plan) -> list[str]:
    checks = [check for variant in made.variants() for check in variant.checks]
    return ["shapes" if check.by is None else check.by.name for check in checks]


def problem_of(write: Write, cases: str, head: str = "", **given: Any) -> str:
    with pytest.raises(SuiteError) as caught:
        plan(write, cases, head, **given)
    [problem] = caught.value.problems
    return f"{problem.place.line if problem.place else 0}: {problem.message}"


def test_the_kind_of_a_check_decides(write: Write) -> None:
    cases = (
        "  - {id: a, prompt: p, checks: [{text: OPEN}, {shows: a fox}, {question: q, answer: 2},"
        " {count: red circle, equals: 2}]}\n"
    )
    assert answered_by(plan(write, cases, f"viewers: {{gpt: {JUDGE}}}\n")) == ["ocr", "gpt", "gpt", "shapes"]


def test_a_check_goes_before_the_case_and_that_before_the_defaults(write: Write) -> None:
    head = f"viewers: {{one: {JUDGE}, two: {JUDGE}, three: {JUDGE}}}\ndefaults: {{viewer: one}}\n"
    cases = (
        "  - {id: a, prompt: p, checks: [{shows: a fox}, {shows: a dog, viewer: three}, {text: OPEN}]}\n"
        "  - {id: b, prompt: p, viewer: two, checks: [{shows: a fox}, {shows: a dog, viewer: three}]}\n"
    )
    assert answered_by(plan(write, cases, head)) == ["one", "three", "ocr", "two", "three"]


def test_a_built_in_viewer_can_have_options(write: Write) -> None:
    made = plan(
        write, "  - {id: a, prompt: p, checks: [{text: OPEN}]}\n", "viewers: {strict: {kind: ocr, min_score: 0.7}}\n"
    )
    [check] = made.suites[0].cases[0].variants[0].checks
    assert check.by == ViewerSpec("strict", "ocr", {"min_score": 0.7})


def test_a_project_defines_viewers_for_its_suites(write: Write, tmp_path: Path) -> None:
    write('[viewers.gpt]\nkind = "vlm"\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n', "harness.toml")
    made = plan(
        write, "  - {id: a, prompt: p, checks: [{shows: a fox}]}\n", project=resolve_project(tmp_path, environ={})
    )
    assert answered_by(made) == ["gpt"]


def test_a_kind_of_another_package_needs_no_definition_where_it_needs_no_options(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint("faces", "tests.vision.test_viewers:KIND", "image_harness.viewers")
    gone = EntryPoint("gone", "no_such_module_anywhere:KIND", "image_harness.viewers")
    monkeypatch.setattr("harness.vision.registry._installed", lambda: {"faces": point, "gone": gone})
    cases = "  - {id: a, prompt: p, checks: [{faces: any}, {faces: any, viewer: faces}, {text: OPEN}]}\n"
    assert answered_by(plan(write, cases)) == ["faces", "faces", "ocr"]


@pytest.mark.parametrize(
    ("head", "check", "expected"),
    [
        ("", "{shows: a fox}", "no viewer that answers `shows`"),
        (f"viewers: {{one: {JUDGE}, two: {JUDGE}}}\n", "{shows: a fox}", "several viewers answer `shows`"),
        (f"viewers: {{one: {JUDGE}}}\n", "{shows: a fox, viewer: tow}", "unknown viewer `tow`"),
        (f"viewers: {{one: {JUDGE}}}\n", "{text: OPEN, viewer: one}", "viewer `one`: unknown check `text`"),
        ("", "{text: OPEN, viewer: vlm}", "unknown viewer `vlm`"),
        ("viewers: {one: {kind: vlm, model: m}}\n", "{count: circle, equals: 1}", "has no `base_url`"),
        ("viewers: {one: {kind: vml, model: m}}\n", "{count: circle, equals: 1}", "no viewer of kind `vml`"),
        ("viewers: {one: {model: m}}\n", "{count: circle, equals: 1}", "viewer `one` has no `kind`"),
        ("viewers: {one: {kind: ocr, api_key: sk-1}}\n", "{count: circle, equals: 1}", "would keep a secret"),
        ("", "{text: OPEN, name: a, needs: a}", "`needs` goes round in a circle: a → a"),
        ("", "{text: OPEN, needs: fox}", "no check has the name `fox`"),
        ("", "{text: {cer: '<= .1'}}", "`text` says neither"),
    ],
)
def test_what_cannot_be_answered_is_a_complaint(write: Write, head: str, check: str, expected: str) -> None:
    cases = f"  - {{id: a, prompt: p, checks: [{check}]}}\n"
    with pytest.raises(SuiteError) as caught:
        plan(write, cases, head)
    assert expected in str(caught.value)


def test_a_case_may_not_choose_a_viewer_that_answers_none_of_its_checks(write: Write) -> None:
    cases = "  - {id: a, prompt: p, viewer: ocr, checks: [{count: circle, equals: 1}]}\n"
    assert problem_of(write, cases) == "4: viewer `ocr` answers no check of this case"


def test_words_that_the_viewer_of_shapes_does_not_know_are_refused_of_the_painter_alone(write: Write) -> None:
    judged = f"viewers: {{gpt: {JUDGE}}}\n"
    plan(write, "  - {id: a, prompt: p, checks: [{shows: a wombat}]}\n", judged)
    assert "wombat" in problem_of(write, "  - {id: a, prompt: p, checks: [{present: wombat}]}\n", judged)


def test_what_a_viewer_needs_must_be_installed_when_a_suite_is_read(
    write: Write, promises: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.vision.kinds.find_spec", lambda name: None if name == "rapidocr" else object())
    cases = "  - {id: a, prompt: p, checks: [{text: OPEN}]}\n"
    with pytest.raises(MissingExtraError) as caught:
        plan(write, cases, capabilities=promises)
    assert (caught.value.extra, caught.value.exit_code) == (ocr.KIND.extra, 2)
    assert "image-harness[ocr]" in caught.value.hint


def test_one_name_means_one_viewer_in_all_suites(write: Write) -> None:
    first = write(f"{HEAD}viewers: {{gpt: {JUDGE}}}\ncases:\n  - {{id: a, prompt: p, checks: [{{shows: x}}]}}\n")
    other = JUDGE.replace("model: m", "model: n")
    head = f"{HEAD.replace('signs', 'other')}viewers: {{gpt: {other}}}\n"
    text = f"{head}cases:\n  - {{id: a, prompt: p, checks: [{{shows: x}}]}}\n"
    with pytest.raises(SuiteError) as caught:
        load([first, write(text, "other.yaml")])
    assert "viewer `gpt` means something else" in str(caught.value)
