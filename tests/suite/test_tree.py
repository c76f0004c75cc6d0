"""YAML is read by its 1.2 core schema, from events alone, within named limits."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.suite import Place, SuiteError, load
from harness.suite.scalars import resolve
from harness.suite.tree import TreeError, read_tree

CASE = "suite: s\nprovider: painter\ncases:\n  - id: a\n    prompt: x\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("y", "y"), ("Off", "Off"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("16:9", "16:9"), ("1:30:00", "1:30:00"), ("2026-11-22", "2026-11-22"), ("1_000", "1_000"),
        ("0123", 123), ("0o17", 15), ("0x1F", 31), ("-7", -7), ("+7", 7), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0),
        ("0b11", "0b11"), ("1.2.3", "1.2.3"), ("=", "="), ("9" * 41, "9" * 41), ("٣", "٣"),
    ],
)  # fmt: skip
def test_plain_scalars(text: str, value: object) -> None:
    got = resolve(text)
    assert got == value
    assert type(got) is type(value)


def test_no_is_a_style_and_no_boolean(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(CASE + "matrix: {style: [no, on, 16:9]}\n")
    names = [key.variant for key in load([path]).keys()]  # noqa: SIM118
    assert names[:2] == ["style=no", "style=on"]
    assert names[2].startswith("style=16-9-")


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate key `a`, first on line 1", 3, 1),
        ("a: {b: 1, b: 2}\n", "duplicate key `b`, first on line 1", 1, 11),
        ("a: !!python/object/apply:os.system [ls]\n", "tag 'tag:yaml.org,2002:python/object/apply:os.system'", 1, 4),
        ("a: !secret x\n", "tag '!secret' is not allowed", 1, 4),
        ("a: &x [*x]\n", "anchor `x` contains itself", 1, 8),
        ("a: *x\n", "", 1, 4),
        ("<<: {a: 1}\n", "merge keys", 1, 1),
        ("? [a]\n: 1\n", "a key must be one word", 1, 3),
        ("a: 1\n---\nb: 2\n", "a second document", 2, 1),
        ("a: [1, 2\nb: 3\n", "YAML syntax", 2, 2),
        ("a:\n\t- b\n", "YAML syntax", 2, 1),
        ("a: b: c\n", "YAML syntax", 1, 5),
        ("a: 'x\n", "YAML syntax", 2, 1),
        ("a: \x07\n", "character U+0007 is not allowed", 1, 4),
        ("[" * 30 + "]" * 30, "nested deeper than 20 levels", 1, 21),
        ("{a: " * 30 + "}" * 30, "nested deeper than 20 levels", 1, 81),
    ],
)
def test_what_is_refused(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(TreeError) as caught:
        read_tree(text)
    assert message in caught.value.message
    assert (caught.value.place.line, caught.value.place.column) == (line, column)


def test_tabs_and_colons_have_a_hint() -> None:
    for text, hint in (
        ("a:\n\t- b\n", "spaces, not tabs"),
        ("prompt: a sign: stop\n", "in quotes"),
        (r'a: "\ud83d\ude00: b: c"', "ensure_ascii=False"),
        (r'a: "C:\dir: b: c"', "single quotes"),
        ('a: "b: c: d', "close the quotes"),
    ):
        with pytest.raises(TreeError) as caught:
            read_tree(text)
        assert hint in caught.value.hint


def test_anchors_may_share_values(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(CASE + "    tags: &t [p, q]\n  - {id: b, prompt: y, tags: *t}\n")
    assert {trial.tags for trial in load([path]).trials()} == {("p", "q")}


def test_a_billion_laughs_are_refused_at_once(fault: Callable[..., SuiteError]) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 20)]
    (problem,) = fault("\n".join(lines)).problems
    assert "makes the file explode: more than 10,000 repeated values" in problem.message


def test_a_file_over_the_limit_is_refused_unread(write: Callable[..., Path]) -> None:
    path = write("")
    with path.open("wb") as file:
        file.truncate(10_000_000)
    with pytest.raises(SuiteError, match="larger than 4,000,000 bytes, the limit of a suite file"):
        load([path])


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"suite: \xff\n", "is not UTF-8", 1),
        (b"a: 1\nb: \xc3\x28\n", "is not UTF-8", 2),
        (CASE.encode("utf-16"), "UTF-8", 1),
    ],
)
def test_other_encodings_are_refused(write: Callable[..., Path], data: bytes, message: str, line: int) -> None:
    path = write("")
    path.write_bytes(data)
    with pytest.raises(SuiteError, match=message) as caught:
        load([path])
    assert caught.value.problems[0].place.line == line


def test_a_byte_order_mark_and_windows_line_ends_are_fine(write: Callable[..., Path]) -> None:
    path = write("")
    path.write_bytes(b"\xef\xbb\xbf" + CASE.replace("\n", "\r\n").encode())
    assert load([path]).count() == 1


def test_a_folder_that_cannot_be_read_as_a_file(write: Callable[..., Path], tmp_path: Path) -> None:
    link = tmp_path / "gone.yaml"
    link.symlink_to(tmp_path / "nothing")
    with pytest.raises(SuiteError, match="no such suite"):
        load([link])


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Zl", "Zp"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain_values)
@settings(max_examples=150, deadline=None)
def test_json_is_yaml(value: Any) -> None:
    tree = read_tree(json.dumps({"top": value}, ensure_ascii=False))
    assert tree is not None
    assert tree.plain() == {"top": value}


@given(st.text(max_size=200) | st.text(st.sampled_from("abc:-[]{}&*!|>'\"#%@`,? \n\t\\0"), max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    breaks = sum(text.count(mark) for mark in "\n\r\x85\u2028\u2029")
    place = Place()
    try:
        read_tree(text)
    except TreeError as fault:
        place = fault.place
    assert 0 <= place.line <= breaks + 2


def test_a_file_of_brackets_is_refused_at_its_twentieth() -> None:
    with pytest.raises(TreeError, match="nested deeper"):
        read_tree("[" * 3_000_000)
