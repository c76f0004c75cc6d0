"""A comment that cuts a text is a warning with its place; one that is written as a comment is none."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import HarnessWarning
from harness.provider import capabilities_of
from harness.suite import Plan, SuiteError, load

CASES = Path(__file__).parent / "cases"
HEAD = "suite: s\nprovider: painter\n"
CASE = HEAD + "cases:\n  - id: a\n    prompt: "


def _places(text: str, write: Callable[..., Path]) -> list[tuple[int, int]]:
    """Load a text; returns the line and column of each warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = load([write(text)])
    assert [str(one.message) for one in caught] == list(found.warnings)
    assert all(issubclass(one.category, HarnessWarning) for one in caught)
    return [(int(line), int(column)) for _, line, column, _ in (one.rsplit(":", 3) for one in _heads(found))]


def _heads(plan: Plan) -> list[str]:
    return [warning.partition(": ")[0] + ":" for warning in plan.warnings]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (CASE + "a red circle #1, no green\n", (5, 26)),
        (CASE + "a red circle #1\n    seeds: [3, 4]  # three\n", (5, 26)),
        (CASE + "a red\n      circle #1\n", (6, 14)),
        (CASE + "x\n    tags: [a, b #1\n      , c]\n", (6, 17)),
        (CASE + "x\n    tags:\n      - a\n      - b #1\n", (8, 11)),
        (CASE + "x\n    checks: [{absent: green}]\n    style: flat #no\n", (7, 17)),
        (HEAD + "description: ünïcode \t #1\n" + CASE.removeprefix(HEAD) + "x\n", (3, 24)),
        (CASE + "x\n    settings: {a: #1\n      }\n", (6, 19)),
    ],
)
def test_a_text_that_is_cut(text: str, place: tuple[int, int], write: Callable[..., Path]) -> None:
    assert _places(text, write) == [place]


@pytest.mark.parametrize(
    "text",
    [
        CASE + "'a red circle #1' #1\n",
        CASE + "a red circle#1\n",
        CASE + "a red circle # the plain one\n",
        CASE + "a red circle  #\n",
        CASE + "x\n    seeds: 3  # three\n",
        CASE + "x\n    seeds: 3 #three\n",
        CASE + "x\n    tags: [a, b] #1\n",
        CASE + "|\n      a circle #1\n",
        "#!suite\n" + CASE + "x\n#1\n  #2\n",
        "suite: s\nprovider: painter\nfalse_alarms: 0.1 #low\ncases: #all\n  - id: a\n    prompt: x\n",
    ],
)
def test_an_ordinary_comment_is_no_warning(text: str, write: Callable[..., Path]) -> None:
    assert _places(text, write) == []


WORDS = st.lists(st.from_regex(r"[a-zé][a-z-]{0,7}", fullmatch=True), min_size=1, max_size=5).map(" ".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(WORDS.filter(lambda words: words not in ("true", "false", "null")), WORDS, st.integers(1, 3))
def test_whatever_is_cut_off_is_reported(write: Callable[..., Path], words: str, rest: str, spaces: int) -> None:
    prompt = f"{words}{' ' * spaces}#{rest}"
    assert _places(f"{CASE}{prompt}\n", write) == [(5, 13 + len(words) + spaces)]
    assert _places(f"{CASE}{json.dumps(prompt)}\n", write) == []
    assert _places(f"{CASE}{words}{' ' * spaces}# {rest}\n", write) == []


def test_a_cut_that_breaks_the_syntax_is_named_beside_it(fault: Callable[..., SuiteError]) -> None:
    found = fault(HEAD + "cases: [{id: a, prompt: a red circle #1}]\n").problems
    assert [(one.place.line, one.place.column) for one in found] == [(3, 38), (4, 1)]


def test_the_handed_cases() -> None:
    with pytest.warns(HarnessWarning, match=r"hash-in-prompt\.yaml:5:26: "):
        (trial,) = load([CASES / "hash-in-prompt.yaml"]).trials()
    assert trial.recipe.request.prompt == "a red circle"
    with pytest.raises(SuiteError) as caught:
        load([CASES / "bracket-key.yaml"])
    (problem,) = caught.value.problems
    assert (problem.message, problem.place.line, problem.place.column) == ("unknown key `a[b`", 3, 1)
    with pytest.raises(SuiteError) as caught:
        load([CASES / "profile-unknown.yaml"], capabilities=capabilities_of)
    assert [one.message.rsplit("`", 2)[1] for one in caught.value.problems] == ["painter"]
    assert {(one.place.line, one.place.column) for one in caught.value.problems} == {(3, 21)}
    # the usual names may be stated on the machine that runs the suite
    assert "`nonsense`" in caught.value.problems[0].message
    assert "--env nonsense=VALUE" in caught.value.problems[0].hint
