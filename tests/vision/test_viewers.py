"""The registry of viewers, and what every check may have: a name, needs, a viewer."""

from importlib.metadata import EntryPoint
from typing import Any

import jsonschema
import numpy as np
import pytest

from harness.errors import HarnessWarning
from harness.records import Check, Finding, ViewerSpec
from harness.vision import (
    BUILT_IN,
    SHAPES,
    BrokenViewerError,
    CheckError,
    Form,
    Grammar,
    UnknownViewerKindError,
    ViewedImage,
    Viewer,
    ViewerKind,
    check_text,
    checks_schema,
    evaluate_checks,
    in_order,
    judge_digest,
    open_viewer,
    parse_check,
    viewer_kind,
)
from harness.vision import registry as registry_module
from harness.vocabulary import CheckOutcome


class Faces:
    """A viewer of another package."""

    kind = "faces"

    def __init__(self, name: str, _options: Any) -> None:
        self.name = name

    @property
    def recipe(self) -> dict[str, Any]:
        return {"weights": "v1"}

    def answer(self, image: ViewedImage, check: Check) -> Finding:
        return Finding("faces", CheckOutcome.PASS)

    def close(self) -> None:
        pass


KIND = ViewerKind("faces", Grammar({"faces": Form("{faces: any}")}, lambda _: None), Faces)
NOT_A_KIND = "faces"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {
        "faces": EntryPoint("faces", f"{__name__}:KIND", "image_harness.viewers"),
        "text-only": EntryPoint("text-only", f"{__name__}:NOT_A_KIND", "image_harness.viewers"),
        "gone": EntryPoint("gone", "no_such_module_anywhere:KIND", "image_harness.viewers"),
    }
    monkeypatch.setattr(registry_module, "_installed", lambda: points)


def test_every_kind_declares_what_it_answers() -> None:
    kinds = {kind.kind: set(kind.grammar.forms) for kind in map(viewer_kind, BUILT_IN)}
    assert tuple(kinds) == BUILT_IN
    assert kinds["ocr"] == {"text"}
    assert kinds["vlm"] == {"question", "shows"}
    assert "count" in kinds["shapes"]
    assert len(set().union(*kinds.values())) == sum(map(len, kinds.values()))


def test_the_viewer_of_shapes_answers_as_before() -> None:
    pixels = np.full((256, 256, 3), 255, np.uint8)
    y, x = np.mgrid[:256, :256]
    pixels[(x - 128) ** 2 + (y - 128) ** 2 < 40**2] = (220, 30, 30)
    viewer = open_viewer(SHAPES)
    assert isinstance(viewer, Viewer)
    image = ViewedImage(pixels)
    for written in ({"count": "red circle", "equals": 1}, {"absent": "green"}, {"present": "wombat"}):
        check = Check(next(iter(written)), written)
        assert viewer.answer(image, check) == evaluate_checks(pixels, [check])[0]


@pytest.mark.usefixtures("installed")
@pytest.mark.filterwarnings("ignore::harness.errors.HarnessWarning")
def test_a_kind_of_another_package_brings_its_own_checks() -> None:
    assert parse_check({"faces": "any"}) == Check("faces", {"faces": "any"})
    viewer = open_viewer(ViewerSpec("mine", "faces"))
    assert viewer.answer(ViewedImage(np.zeros((4, 4, 3), np.uint8)), parse_check({"faces": "any"})).outcome == "pass"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("kind", "error"),
    [("text-only", BrokenViewerError), ("gone", BrokenViewerError), ("fcaes", UnknownViewerKindError)],
)
def test_a_kind_that_cannot_be_had_is_refused(kind: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        viewer_kind(kind)


@pytest.mark.usefixtures("installed")
def test_a_broken_kind_is_warned_of_where_a_check_is_not_known() -> None:
    with pytest.warns(HarnessWarning), pytest.raises(CheckError):
        parse_check({"nothing": "any"})


def test_a_judge_is_known_by_what_its_answers_depend_on() -> None:
    made = open_viewer(SHAPES)
    assert judge_digest(made) == judge_digest(open_viewer(ViewerSpec("other", "shapes")))
    assert judge_digest(made) != judge_digest(made, ["another model"])


@pytest.mark.parametrize(
    "written",
    [
        {"count": "red circle", "equals": 2, "viewer": "shapes"},
        {"text": "OPEN", "name": "sign"},
        {"text": {"equals": "OPEN", "cer": "<= .1"}},
        {"question": "How many?", "answer": 2, "needs": "sign"},
        {"question": "Is it red?", "answer": True},
        {"question": "What?", "answer": "fox", "options": ["fox", "dog"]},
        {"shows": {"what": "a fox", "at_least": 0.8}},
        {"shows": "a fox"},
        {"shows": "a fox", "needs": ["sign", "shop"]},
        {"auto": {"interpreter": "grammar"}, "viewer": "gpt"},
    ],
)
def test_the_schema_takes_what_the_grammar_takes(written: dict[str, Any]) -> None:
    check = parse_check(written)
    assert check.args == {key: value for key, value in written.items() if key not in ("name", "needs", "viewer")}
    jsonschema.validate(written, checks_schema())


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"viewer": "ocr"}, ("viewer",)),
        ({"txet": "OPEN"}, ("txet",)),
        ({"text": "OPEN", "name": 3}, ("name",)),
        ({"text": "OPEN", "needs": ["a", 3]}, ("needs",)),
        ({"text": "OPEN", "needs": []}, ("needs",)),
        ({"auto": {}, "name": "all"}, ("name",)),
        ({"auto": {"interpeter": "grammar"}}, ("auto", "interpeter")),
        ({"question": "How many?"}, ("question",)),
        ({"question": "How many?", "answer": 101}, ("answer",)),
        ({"question": "How many?", "answer": "unsure"}, ("answer",)),
        ({"question": "What?", "answer": "fox", "options": ["dog", "cat"]}, ("answer",)),
        ({"question": "What?", "answer": "fox", "options": ["fox", "Fox"]}, ("options",)),
        ({"shows": {"at_least": 0.5}}, ("shows",)),
        ({"shows": {"what": "a fox", "at_least": 2}}, ("shows", "at_least")),
    ],
)
def test_a_check_that_cannot_be_understood_is_refused_where_it_is_wrong(
    written: dict[str, Any], path: tuple[str, ...]
) -> None:
    with pytest.raises(CheckError) as caught:
        parse_check(written)
    assert caught.value.path == path


def named(*pairs: tuple[str | None, str | None]) -> list[Check]:
    return [Check("text", {"text": "a"}, name=name, needs=tuple((needs or "").split())) for name, needs in pairs]


def test_a_check_comes_after_the_one_it_needs() -> None:
    checks = named(("c", "b"), ("b", "a"), ("a", None), (None, "c"))
    assert in_order(checks) == (2, 1, 0, 3)
    order = in_order(named(("d", "b c"), ("b", "a"), ("c", "a"), ("a", None)))
    assert order[0] == 3
    assert order[-1] == 0


@pytest.mark.parametrize(
    "checks",
    [
        named(("a", "b"), ("b", "a")),
        named(("a", "a")),
        named((None, "a"), ("a", "b"), ("b", "c"), ("c", "a")),
        named((None, "fox")),
        named(("a", None), ("b", "a c"), ("c", "d"), ("d", "b")),
        named(("fox", None), ("fox", None)),
    ],
)
def test_a_circle_a_missing_name_and_a_name_given_twice_are_refused(checks: list[Check]) -> None:
    with pytest.raises(CheckError):
        in_order(checks)


def test_the_viewer_chosen_by_a_check_is_part_of_its_text() -> None:
    assert check_text(parse_check({"text": {"equals": "a b"}, "viewer": "ocr", "name": "n"})) == (
        "{text: {equals: a b}, viewer: ocr}"
    )
