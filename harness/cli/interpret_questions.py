"""``harness interpret --questions``: what an image of a prompt must answer, as checks that can be pasted."""

import json
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.cli.interpret_call import paid
from harness.cli.output import echo, print_json
from harness.errors import UsageError, nearest

if TYPE_CHECKING:
    from harness.prompt import LlmInterpreter, Questions, SceneQuestion
    from harness.records import Check, Request, ViewerSpec
    from harness.suite import Project

ANY = "vlm"
"""What ``--viewer`` calls a chat model that is not defined."""


def show_questions(
    reader: "LlmInterpreter | None",
    request: "Request",
    viewer: str | None,
    project: "Project",
    given: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    """Show the tree of questions of a request and the checks made of them: those of the grammar by the viewer of
    shapes, those of a chat model by a chat model, where no other ``viewer`` is named.

    Raises UsageError for a viewer that is not known, PromptError, and what asking a chat model raises.
    """
    from harness.prompt import questions_of
    from harness.records import to_json
    from harness.runner import derivation, questions_in
    from harness.vision import derive

    viewers = _viewers(viewer or ("shapes" if reader is None else ANY), project)
    if reader is None:
        questions = questions_of(request.prompt, request.negative_prompt)
    else:
        questions = questions_in(paid(reader, request, project, given, partial(derivation, reader, request)))
    derived = derive(questions, viewers)
    if as_json:
        checks = [written(check) for check in derived.checks]
        print_json({"questions": to_json(questions.asked), "checks": checks, "unchecked": list(derived.unchecked)})
        return
    for line in _tree(questions):
        echo(line)
    echo("")
    echo("checks:" if derived.checks else "checks: []")
    for check in derived.checks:
        echo(f"  - {_flow(written(check))}")
    for words in derived.unchecked:
        echo(f"# no check for {json.dumps(words, ensure_ascii=False)}")


def written(check: "Check") -> dict[str, Any]:
    """Return a check as a suite writes it."""
    needs = {"needs": list(check.needs)} if check.needs else {}
    return {**check.args, "name": check.name, **needs}


def _viewers(name: str, project: "Project") -> "tuple[ViewerSpec, ...]":
    from harness.records import ViewerSpec
    from harness.vision import BUILT_IN

    spec = project.viewers.get(name) or (ViewerSpec(name, name) if name in BUILT_IN else None)
    if spec is None:
        raise UsageError(f"there is no viewer `{name}`", nearest(name, (*BUILT_IN, *project.viewers)))
    return (ViewerSpec("ocr", "ocr"), spec)


def _tree(questions: "Questions") -> Iterator[str]:
    """Yield each question below the first that it needs, with its answer."""
    below: dict[str, list[SceneQuestion]] = {}
    for one in questions.asked:
        below.setdefault(one.needs[0] if one.needs else "", []).append(one)
    left = [(one, 0) for one in reversed(below.get("", []))]
    while left:
        one, depth = left.pop()
        more = f"  (needs {', '.join(one.needs)})" if len(one.needs) > 1 else ""
        yield f"{'  ' * depth}{one.question} {one.answer}{more}"
        left += [(child, depth + 1) for child in reversed(below.get(one.name, []))]


def _flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
