"""``background`` and ``format``, and what ``strict: true`` refuses of the common vocabulary."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.provider import capabilities_of
from harness.suite import Plan, SuiteError

PAINTER = "suite: s\n{top}provider: painter\ncases:\n  - id: a\n    prompt: a red circle\n"
COMMAND = """\
suite: s
{top}provider: mine
providers: {{mine: {{kind: command, argv: [generate, "{{prompt}}", "{{seed}}"{more}], promise: exact}}}}
cases:
  - id: a
    prompt: a red circle
"""


def test_they_are_settings_in_defaults_cases_matrix_and_set(plan: Callable[..., Plan]) -> None:
    text = PAINTER.format(top="defaults: {background: transparent}\n")
    case = "    format: webp\n    matrix: {background: [opaque, auto]}\n"
    settings = [trial.recipe.subject.settings for trial in plan(text + case).trials()]
    assert settings == [{"background": "opaque", "format": "webp"}, {"background": "auto", "format": "webp"}]
    (trial,) = plan(text, overrides={"format": "jpeg"}).trials()
    assert trial.recipe.subject.settings == {"background": "transparent", "format": "jpeg"}
    assert trial.key.variant == "base"


@pytest.mark.parametrize(("line", "known"), [("background: clear", "transparent"), ("format: gif", "webp")])
def test_their_words_are_few(fault: Callable[..., SuiteError], line: str, known: str) -> None:
    (problem,) = fault(PAINTER.format(top="") + f"    {line}\n").problems
    assert known in f"{problem.message} {problem.hint}"


@pytest.mark.parametrize("line", ["background: transparent", "format: webp"])
def test_a_value_the_painter_has_not_is_left_out_or_refused_as_the_suite_says(
    plan: Callable[..., Plan], fault: Callable[..., SuiteError], line: str
) -> None:
    assert plan(PAINTER.format(top="") + f"    {line}\n", capabilities=capabilities_of).count() == 1
    (problem,) = fault(PAINTER.format(top="strict: true\n") + f"    {line}\n", capabilities=capabilities_of).problems
    assert problem.message.startswith("`painter` has no ")
    assert "strict: false" in problem.hint
    assert problem.place.line == 7


def test_auto_asks_for_nothing(plan: Callable[..., Plan]) -> None:
    text = COMMAND.format(top="strict: true\n", more="") + "    background: auto\n"
    assert plan(text + "    seeds: 3\n", capabilities=capabilities_of).count() == 1
    assert plan(PAINTER.format(top="strict: true\n") + "    background: auto\n", capabilities=capabilities_of)


@pytest.mark.parametrize(
    "line", ["background: opaque", "quality: hd", "style: flat", "steps: 3", "negative_prompt: fog", "aspect: '16:9'"]
)
def test_strict_refuses_what_a_program_gets_no_argument_for(
    plan: Callable[..., Plan], fault: Callable[..., SuiteError], line: str
) -> None:
    assert plan(COMMAND.format(top="", more="") + f"    {line}\n", capabilities=capabilities_of)
    text = COMMAND.format(top="strict: true\n", more="") + f"    {line}\n"
    (problem,) = fault(text, capabilities=capabilities_of).problems
    assert problem.message == f"`mine` does not honor `{line.partition(':')[0]}`"


def test_a_program_honors_a_format_by_its_argument_or_by_the_ending_of_its_file(plan: Callable[..., Plan]) -> None:
    for more in (', "--as={format}"', ', "{out}"'):
        text = COMMAND.format(top="strict: true\n", more=more) + "    format: webp\n"
        assert plan(text, capabilities=capabilities_of)


def test_strict_refuses_seeds_that_no_provider_takes(fault: Callable[..., SuiteError]) -> None:
    text = COMMAND.format(top="strict: true\n", more="").replace(', "{seed}"', "") + "    seeds: [1]\n"
    (problem,) = fault(text, capabilities=capabilities_of).problems
    assert problem.message == "`mine` does not honor `seeds`"


def test_the_file_of_a_program_ends_as_the_format_does(tmp_path: Path) -> None:
    from harness.provider import Job, create
    from harness.records import Recipe, Request, Subject, TrialKey

    program = tmp_path / "show"
    program.write_text('#!/bin/sh\nprintf %s "$1" > "$1"\n')
    program.chmod(0o755)
    provider = create("mine", "command", {"argv": ["./show", "{out}"]}, tmp_path)

    def ending(**settings: str) -> str:
        recipe = Recipe(Request("x", seed=1), Subject("mine", "command", settings=settings))
        return provider.generate(Job(recipe, TrialKey("s", "a"))).data.decode().rpartition("/")[2]

    assert [ending(), ending(format="webp"), ending(format="../../x")] == ["out.png", "out.webp", "out.png"]
