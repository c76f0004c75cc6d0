"""Every complaint says the file, the line, the column, and what to write instead."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.errors import EXIT_USAGE
from harness.suite import Lookup, SuiteError, load, resolve_project
from harness.suite.model import CaseEntry, SuiteEntry

HEAD = "suite: s\nprovider: painter\n"
CASE = HEAD + "cases:\n  - id: a\n    prompt: x\n"

# text, line, column, words of the message, words of the hint
BAD = [
    ("", 0, 0, "the file is empty", "harness init"),
    ("# nothing\n", 0, 0, "the file is empty", "harness init"),
    ("- a\n- b\n", 1, 1, "a suite is a mapping", ""),
    ("suite\n", 1, 1, "a suite is a mapping", ""),
    (HEAD, 1, 1, "the suite has no `cases`", "cases:"),
    (HEAD + "cases: []\n", 3, 8, "`cases` is empty", ""),
    (HEAD + "cases: {a: {prompt: x}}\n", 3, 8, "`cases` takes a list, not a mapping", ""),
    ("provider: painter\ncases: [{id: a, prompt: x}]\n", 1, 1, "the suite has no `suite`", ""),
    ("suite: s\ncases: [{id: a, prompt: x}]\n", 2, 14, "no `provider` is named", "provider: painter"),
    (HEAD + "cases:\n  - promt: x\n    id: a\n", 4, 5, "unknown key `promt`", "did you mean `prompt`?"),
    (HEAD + "cases:\n  - prompt: x\n", 4, 5, "the case has no `id`", "add `id:`"),
    (HEAD + "cases:\n  - id: a\n", 4, 9, "case `a` has no `prompt`", "add `prompt:`"),
    (HEAD + "cases:\n  - id: a\n    prompt: '  '\n", 5, 13, "`prompt` is empty", ""),
    (CASE + "quality: hd\n", 6, 1, "unknown key `quality`", "`quality` belongs under `defaults:` or in a case"),
    (CASE + "    cases: []\n", 6, 5, "unknown key `cases`", "`cases` belongs at the top of the suite"),
    (CASE + "defaults: {prompt: y}\n", 6, 12, "unknown key `prompt`", "`prompt` belongs in a case"),
    (CASE + "    seed: 3\n", 6, 5, "unknown key `seed`", "write `seeds: [7]`"),
    (CASE + "    quality: ultra\n", 6, 14, '`quality` cannot be "ultra"', "draft, hd, standard"),
    (CASE + "    quality:\n", 6, 5, "`quality` has no value", "take the key out"),
    (CASE + "    steps: 1e3\n", 6, 12, "`steps` takes a whole number, not 1e3", ""),
    (CASE + "    steps: 0\n", 6, 12, "`steps` is at least 1, not 0", ""),
    (CASE + "    guidance: .inf\n", 6, 15, "finite", ""),
    (CASE + "    strength: 0.5\n", 6, 5, "`strength` goes with `input_image`", "input_image"),
    (CASE + "    mask: m.png\n", 6, 5, "`mask` goes with `input_image`", "input_image"),
    (CASE + "    timeout: 0\n", 6, 14, "`timeout` is above 0, not 0", ""),
    (CASE + "    tags: foo\n", 6, 11, '`tags` takes a list, not "foo"', ""),
    (CASE + "    answer: '2'\n", 6, 5, "`answer` goes with `ask`", ""),
    (CASE + "    size: 256 by 256\n", 6, 11, '"256 by 256" is not a size', '"256x256"'),
    (CASE + "    size: 20000x20000\n", 6, 11, "out of range", "16384"),
    (CASE + "    aspect: wide\n", 6, 13, '"wide" is not an aspect', '"16:9"'),
    (CASE + "    size: 64x64\n    aspect: 1:1\n", 6, 11, "both say how wide and high", "longer side"),
    (CASE + "    seeds: []\n", 6, 12, "seeds are empty", ""),
    (CASE + "    seeds: [1, true]\n", 6, 16, "True is not a seed", "whole number"),
    (CASE + "    seeds: [1, 0..3]\n", 6, 16, 'seed "0..3" is listed twice', ""),
    (CASE + "    seeds: -1\n", 6, 12, "seed -1 is out of range", "2^64 - 1"),
    (CASE + "    seeds: 18446744073709551616\n", 6, 12, "out of range", "2^64 - 1"),
    (CASE + "    seeds: 9..0\n", 6, 12, "runs backwards", '"0..9"'),
    (CASE + "    seeds: 0..9223372036854775807\n", 6, 12, "more than 1,000,000 seeds", ""),
    (CASE + "    drift: exat\n", 6, 12, '"exat" is not a rule of drift', "did you mean `exact`?"),
    (CASE + "    drift: {ssmi: '>= 0.9'}\n", 6, 13, "unknown metric `ssmi`", "did you mean `ssim`?"),
    (CASE + "    drift: {ssim: '> 0.9'}\n", 6, 19, '"> 0.9" is not a limit', "include their end"),
    (CASE + "    drift: {ssim: 0.9}\n", 6, 19, "0.9 is not a limit", '">= 0.98"'),
    (CASE + "    drift: {ssim: '>= 98'}\n", 6, 19, "ssim can never be 98", "-1 to 1"),
    (CASE + "    drift: {phash: '>= 4'}\n", 6, 20, "would demand a change", '"<= 4"'),
    (CASE + "    drift: {ssim: '<= 0.9'}\n", 6, 19, "would demand a change", '">= 0.9"'),
    (CASE + "    drift: {ssim: '0.9..0.8'}\n", 6, 19, "runs backwards", '"0.8..0.9"'),
    (CASE + "    drift: set\n    seeds: [1]\n", 7, 5, "unseeded", "`samples:`"),
    (CASE + "    drift: exact\n    samples: 3\n", 7, 5, "`samples` goes with `drift: set`", ""),
    (CASE + "    determinism: pixel\n", 6, 18, '`determinism` cannot be "pixel"', "did you mean `pixels`?"),
    (CASE + "    ignore: [{box: [0, 0, 0, 4]}]\n", 6, 20, "[0, 0, 0, 4] is not a box", "above 0"),
    (CASE + "    ignore: [[0, 0, 1, 1]]\n", 6, 14, "an ignored place is a box", "{box:"),
    (CASE + "    ignore: [{box: [900, 0, 4, 4]}]\n", 6, 14, "outside the image of 256x256", ""),
    (CASE + "    checks: [{cuont: red circle}]\n", 6, 15, "unknown check `cuont`", "did you mean `count`?"),
    (CASE + "    checks: [{count: red circle}]\n", 6, 15, "check `count` has no `equals`", "equals: 2"),
    (CASE + "    checks: [{count: a circle, equals: 1.5}]\n", 6, 40, "whole number", ""),
    (CASE + "    checks: [{color: house, equals: yelow}]\n", 6, 37, "cannot be `yelow`", "did you mean `yellow`?"),
    (CASE + "    checks: [{above: [circle]}]\n", 6, 22, "takes a list of 2 things", "blue square"),
    (CASE + "    checks: [{between: [a, b]}]\n", 6, 24, "takes a list of 3 things", "green star"),
    (CASE + "    checks: [{absent: red, present: blue}]\n", 6, 28, "two checks in one", "two checks"),
    (CASE + "    checks: [{absent: red, equals: 2}]\n", 6, 28, "unknown key `equals` in check `absent`", ""),
    (CASE + "    checks: [{absent: [red]}]\n", 6, 23, "names a thing in words", ""),
    (CASE + "    checks: [{background: nigt}]\n", 6, 27, "`nigt` is not a background", "did you mean `night`?"),
    (CASE + "    checks: [{count: red cricle, equals: 2}]\n", 6, 22, "`cricle` is not a shape", "mean `circle`?"),
    (CASE + "    checks: [{left_of: [star, bleu heart]}]\n", 6, 31, "`bleu` is not a shape", "did you mean `blue`?"),
    (CASE + "    checks: [{absent: red, equal: 1}]\n", 6, 28, "unknown key `equal` in check `absent`", "absent"),
    (CASE + "    matrix: {seeds: [1, 2]}\n", 6, 14, "`seeds` cannot be a matrix key", "`seeds:`"),
    (CASE + "    matrix: {style: [a, A]}\n", 6, 25, "listed twice", ""),
    (CASE + "    matrix: {quality: [draft, drft]}\n", 6, 31, '`quality` cannot be "drft"', "did you mean `draft`?"),
    (CASE + "    matrix: {a/b: [1]}\n", 6, 14, "is a path", ""),
    (CASE + "    matrix: {style: []}\n", 6, 21, "`style` is empty", ""),
    (CASE + "    input_image: ../secret.png\n", 6, 18, "is outside the suite's folder", "beside the suite"),
    (CASE + "    input_image: /etc/hostname\n", 6, 18, "is outside the suite's folder", "beside the suite"),
    (CASE + "    input_image: none.png\n", 6, 18, "cannot be read: No such file", "none.png"),
    (CASE + "    ask: how many?\n    answer: '1'\n    input_image: x\n", 5, 5, "`prompt` does not go with `ask`", ""),
    (HEAD + "cases: [{id: a, ask: how many?}]\n", 3, 17, "`ask` needs `", "add `"),
    (CASE + '"a[b": 1\n', 6, 1, "unknown key `a[b`", ""),
    (CASE + "str: 1\n", 6, 1, "unknown key `str`", ""),
    (CASE + "  - id: a\n    prompt: y\n", 6, 9, "duplicate id `a`, first on line 4", ""),
    (CASE + "  - id: A\n    prompt: y\n", 6, 9, "id `A` differs from `a` (line 4) only in case", "macOS"),
    (CASE + "providers: {p: {argv: [x]}}\n", 6, 13, "provider `p` has no `kind`", "kind: command"),
    (CASE + "providers: {p: {kind: command, api_key: sk-1}}\n", 6, 32, "`api_key` would keep a secret", "api_key_env"),
    (CASE + "defaults: {provider: painter}\n", 6, 12, "`provider` is given twice", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), BAD)
def test_bad_suites(
    fault: Callable[..., SuiteError], text: str, line: int, column: int, message: str, hint: str
) -> None:
    problem = fault(text).problems[0]
    assert message in problem.message
    assert hint in problem.hint
    assert (problem.place.line, problem.place.column) == (line, column)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../x", "is a path"), ("a/b", "is a path"), (r"a\b", "is a path"), ("..", "is a path"), (".hidden", "letters"),
        ("-x", "begins with"), ("a b", "may hold only"), ("grün", "may hold only"), ('"a\\nb"', "may hold only"),
        ('"abc\\n"', "may hold only"),
        ("con", "device name"), ("COM1.png", "device name"), ("nul", "device name"), ("x.", "ends with a dot"),
        ("manifest.json", "own files"), ("x" * 81, "longer than 80"), ('""', "is empty"),
    ],
)  # fmt: skip
def test_ids_that_are_no_file_names(fault: Callable[..., SuiteError], name: str, why: str) -> None:
    for text in (CASE.replace("id: a", f"id: {name}"), CASE.replace("suite: s", f"suite: {name}")):
        (problem,) = fault(text).problems
        assert why in problem.message


@pytest.mark.parametrize("value", ["0123", "1e3", "true", "2"])
def test_a_name_that_yaml_reads_as_a_number_is_to_be_quoted(fault: Callable[..., SuiteError], value: str) -> None:
    (problem,) = fault(CASE.replace("id: a", f"id: {value}")).problems
    assert problem.message == f"`id` takes text, not {value}"
    assert problem.hint == f'write it in quotes: "{value}"'


def test_all_problems_are_reported_together_in_order(fault: Callable[..., SuiteError]) -> None:
    found = fault(HEAD + "provders: {}\ncases:\n  - id: ../x\n    promt: y\n  - id: b\n    quality: x\n    steps: no\n")
    assert [problem.place.line for problem in found.problems] == [3, 5, 6, 8, 9]
    assert found.summary.endswith("(and 4 more)")
    assert found.hint.startswith("correct these 5 places")
    assert found.exit_code == EXIT_USAGE


def test_problems_of_several_files_are_reported_together(write: Callable[..., Path]) -> None:
    first, second = write(HEAD, "a.yaml"), write("suite: [\n", "b.yaml")
    with pytest.raises(SuiteError) as caught:
        load([first, second])
    assert [Path(problem.path).name for problem in caught.value.problems] == ["a.yaml", "b.yaml"]


def test_the_message_quotes_the_line_with_a_caret(fault: Callable[..., SuiteError]) -> None:
    found = fault(HEAD + "cases:\n  - id: a\n    promt: two circles\n")
    lines = str(found).splitlines()
    assert lines[0].endswith("suite.yaml:5:5: unknown key `promt`")
    assert lines[1:3] == ["     5 |     promt: two circles", "       |     ^~~~~"]
    assert found.problems[0].hint == "did you mean `prompt`?"


def test_the_caret_is_under_its_word_after_wide_characters(fault: Callable[..., SuiteError]) -> None:
    found = fault(HEAD + "cases: [{prompt: 二つの赤い円, promt: x, id: a}]\n")
    _, quoted, caret = str(found).splitlines()
    # Each of the six characters takes two columns on a terminal, so the caret is six further than its index.
    assert caret.index("^") - quoted.index("promt") == 6


def test_a_long_line_is_cut_around_the_place(fault: Callable[..., SuiteError]) -> None:
    quoted = fault(HEAD + f"cases: [{{id: a, prompt: {'x' * 5000}, quality: hq}}]\n").problems[0].quote
    text, caret = quoted.splitlines()
    assert len(text) < 140
    assert text[caret.index("^") :].startswith("hq")


def test_a_message_cannot_steer_the_terminal(fault: Callable[..., SuiteError]) -> None:
    found = fault(HEAD + 'cases: [{id: a, prompt: x, "\\e[31mk": 1}] # \u202e\n')
    assert "\x1b" not in str(found)
    assert "\u202e" not in str(found)


def test_a_twentieth_problem_is_the_last_that_is_spelled_out(fault: Callable[..., SuiteError]) -> None:
    found = fault(HEAD + "cases:\n" + "".join(f"  - {{id: c{index}, promt: x}}\n" for index in range(30)))
    assert len(found.problems) >= 30
    assert str(found).endswith(f"… and {len(found.problems) - 20} more")


def test_a_matrix_that_explodes(fault: Callable[..., SuiteError]) -> None:
    keys = "\n".join(f"  k{index}: [{', '.join(map(str, range(10)))}]" for index in range(10))
    (problem,) = fault(CASE + f"matrix:\n{keys}\n").problems
    assert problem.message == "10,000,000,000 variants; at most 1,000 fit a case"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[providers.a]\nkind = 'x'\n[provders.b]\n", 3, "unknown key `provders`"),
        ("[providers.a]\nargv = []\n", 1, "provider `a` has no `kind`"),
        ("x = [1,\n", 2, "TOML syntax: Invalid value"),
        ("[providers.a]\nkind = 'x'\nkind = 'y'\n", 3, "TOML syntax: Cannot overwrite a value"),
        ("[providers.'a/b']\nkind = 'x'\n", 1, "is a path"),
        ("[providers.a]\nkind = 'x'\ntoken = 'sk'\n", 3, "`token` would keep a secret in a file"),
        ("providers = 3\n", 1, "`providers` takes a mapping, not 3"),
    ],
)
def test_a_bad_harness_toml(write: Callable[..., Path], text: str, line: int, message: str) -> None:
    config = write(text, "harness.toml")
    with pytest.raises(SuiteError) as caught:
        resolve_project(config=config)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.place.line == line


def test_an_unknown_provider_names_the_nearest(fault: Callable[..., SuiteError], promises: Lookup) -> None:
    (problem,) = fault(CASE.replace("painter", "paintr"), capabilities=promises).problems
    assert (problem.message, problem.hint) == ("unknown provider `paintr`", "did you mean `painter`?")
    assert (problem.place.line, problem.place.column) == (2, 11)
    own = CASE.replace("provider: painter", "provider: mini1\nproviders: {mini: {kind: command}}")
    assert fault(own, capabilities=promises).problems[0].hint == "did you mean `mini`?"


def test_an_unknown_kind_is_shown_where_it_is_defined(fault: Callable[..., SuiteError], promises: Lookup) -> None:
    text = CASE.replace("provider: painter", "provider: mine\nproviders:\n  mine: {kind: comand}")
    (problem,) = fault(text, capabilities=promises).problems
    assert (problem.place.line, problem.place.column) == (4, 16)
    assert problem.message == "there is no such kind"


ODD_KEYS = st.one_of(
    st.sampled_from(
        ["a[b", "a[b]", "[key]", "str", "int", "float", "bool", "list[str]", "a]b[", "function-after[x(), y]"]
    ),
    st.text("ab[]()strinfoql_", min_size=1, max_size=12),
)


@given(key=ODD_KEYS, place=st.sampled_from(["", "defaults", "cases"]))
@settings(max_examples=150, deadline=None)
def test_a_key_of_any_name_is_complained_about_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, key: str, place: str
) -> None:
    known = SuiteEntry.model_fields.keys() | CaseEntry.model_fields.keys()
    assume(key not in known)
    document: dict[str, Any] = {"suite": "s", "provider": "painter", "cases": [{"id": "a", "prompt": "x"}]}
    inside = document["cases"][0] if place == "cases" else document.setdefault(place, {}) if place else document
    inside[key] = 1
    path = tmp_path_factory.getbasetemp() / "odd.yaml"
    path.write_text(json.dumps(document, indent=1), "utf-8")
    with pytest.raises(SuiteError) as caught:
        load([path])
    [problem] = [problem for problem in caught.value.problems if "unknown key" in problem.message]
    assert f"`{key}`" in problem.message
    assert json.dumps(key) in problem.text
