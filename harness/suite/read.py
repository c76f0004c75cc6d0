"""A suite file to its validated entry; every complaint carries its line."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.errors import (
    FieldError,
    HarnessError,
    described,
    know_secret,
    masked,
    names_secret,
    nearest,
    path_of,
    printable,
    redact,
)
from harness.suite.comments import cut_texts
from harness.suite.model import CaseEntry, ProviderEntry, Shared, SuiteEntry, ViewerEntry
from harness.suite.problem import Place, Problem, SuiteError, sorted_problems
from harness.suite.project_model import BudgetEntry, ExecutorEntry, StoreEntry
from harness.suite.text import SuiteText, read_text
from harness.suite.tree import Node, TreeError, read_tree

M = TypeVar("M", bound=BaseModel)
_BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@dataclass(slots=True)
class SuiteFile:
    """A file being read: the places of its parts, the problems found so far, and what is usable but hardly meant."""

    path: Path
    root: Node
    lines: Sequence[str]
    problems: list[Problem] = field(default_factory=list)
    model: type[BaseModel] = SuiteEntry
    warnings: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Have what providers keep under the name of a secret known as one, before anything is said of the file."""
        parts = self.root.value if isinstance(self.root.value, dict) else {}
        for part in ("providers", "viewers"):
            if part in parts:
                _know_secrets(parts[part].node, secret=False)

    def complain(self, where: Sequence[str | int], message: str, hint: str = "", *, at_key: bool = False) -> None:
        """Note a problem at the part that ``where`` leads to (as deep as it exists)."""
        place = self.place(where, at_key=at_key)
        self.problems.append(problem_at(self.path, self.lines, place, redact(message), redact(hint)))

    def warn(self, where: Sequence[str | int], message: str, hint: str = "") -> None:
        """Note what is usable but hardly meant at a part; once where it is said again."""
        place = self.place(where)
        problem = problem_at(self.path, self.lines, place, redact(message), redact(hint))
        if problem not in self.warnings:
            self.warnings.append(problem)

    def place(self, where: Sequence[str | int], *, at_key: bool = False) -> Place:
        """Return the place of a part: its value, or its key."""
        node, key, _ = self.root.find(where)
        return key if at_key and key is not None else node.place

    def has(self, where: Sequence[str | int]) -> bool:
        """Return whether the file holds this part."""
        return self.root.find(where)[2]

    def raise_problems(self) -> None:
        """Raise SuiteError if anything was found wrong."""
        if self.problems:
            raise SuiteError(sorted_problems(self.problems))


def read_suite(given: Path | SuiteText) -> tuple[SuiteEntry, SuiteFile]:
    """Return the validated entry of a suite. Raises SuiteError with all problems found."""
    path, text = (given.path, given.text) if isinstance(given, SuiteText) else (given, read_text(given))
    lines = _BREAKS.split(text)
    try:
        root = read_tree(text)
    except TreeError as fault:
        cut = next(cut_texts(path, text, lines), None)
        problem = problem_at(path, lines, fault.place, fault.message, fault.hint)
        raise SuiteError([problem] if cut is None else sorted_problems([problem, cut])) from None
    if root is None or root.value is None:
        raise SuiteError([Problem(str(path), "the file is empty", "`harness init` writes a suite to begin with")])
    source = SuiteFile(path, root, lines, warnings=list(cut_texts(path, text, lines)))
    if not isinstance(root.value, dict):
        source.complain((), "a suite is a mapping with `suite:` and `cases:`")
        source.raise_problems()
    _complain_nulls(source, root, ())
    return validated(source, SuiteEntry), source


def validated(source: SuiteFile, model: type[M]) -> M:
    """Return the entry that a source holds. Raises SuiteError with all problems found."""
    source.model = model
    data = source.root.plain()
    try:
        entry = model.model_validate(data)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            _complain(source, error, path_of(error, data))
        raise SuiteError(sorted_problems(source.problems)) from None
    source.raise_problems()
    return entry


def complain_provider(source: SuiteFile, name: str, fault: HarnessError, section: str = "providers") -> None:
    """Note what is wrong with a provider that a file defines (or a viewer, in its ``section`` of the file).

    That is a kind there is not (the attribute ``known`` of the fault lists those there are), or options that it does
    not take (``problems``, each with its path).
    """
    place = (section, name)
    if hasattr(fault, "known"):
        source.complain((*place, "kind"), str(fault), fault.hint)
        return
    problems = getattr(fault, "problems", ())
    for problem in problems:
        at_key = problem.at_key or not problem.path
        source.complain((*place, *problem.path), problem.message, problem.hint, at_key=at_key)
    if not problems:
        source.complain(place, str(fault), fault.hint, at_key=True)


def problem_at(path: Path, lines: Sequence[str], place: Place, message: str, hint: str = "") -> Problem:
    """Return a problem with its source line, secrets in it masked."""
    text = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    return Problem(str(path), message, hint, place, masked(text))


def _know_secrets(node: Node, *, secret: bool) -> None:
    if isinstance(node.value, dict):
        for key, entry in node.value.items():
            _know_secrets(entry.node, secret=secret or names_secret(key))
    elif isinstance(node.value, list):
        for item in node.value:
            _know_secrets(item, secret=secret)
    elif secret:
        know_secret(node.raw.strip())


def check_field(name: str, value: Any) -> Any:
    """Return the value of one shared field (``size``, ``quality`` …), as a case would read it. Raises FieldError."""
    try:
        return getattr(Shared.model_validate({name: value}), name)
    except ValidationError as invalid:
        error = invalid.errors(include_url=False)[0]
        fault = error.get("ctx", {}).get("error")
        if isinstance(fault, FieldError):
            raise fault from None
        message, hint = described(error, name, str(value))
        raise FieldError(message, hint) from None


def _complain_nulls(source: SuiteFile, node: Node, where: tuple[str | int, ...]) -> None:
    """Complain about keys without a value; only a provider's own settings may be null."""
    if where and (where[-1] in ("settings", "providers", "viewers")):
        return
    if isinstance(node.value, dict):
        for key, entry in node.value.items():
            if entry.node.value is None:
                source.complain((*where, key), f"`{key}` has no value", "give it one, or take the key out", at_key=True)
            _complain_nulls(source, entry.node, (*where, key))
    elif isinstance(node.value, list):
        for index, item in enumerate(node.value):
            _complain_nulls(source, item, (*where, index))


def _complain(source: SuiteFile, error: Any, where: list[str | int]) -> None:
    fault = error.get("ctx", {}).get("error")
    if error["input"] is None and source.problems:
        return
    if isinstance(fault, FieldError):
        source.complain([*where, *fault.path], fault.message, fault.hint, at_key=fault.at_key)
    elif error["type"] == "missing":
        _complain_missing(source, where)
    elif error["type"] == "extra_forbidden":
        key = str(where[-1])
        hint = _misplaced(source.model, where) or nearest(key, _keys_at(source.model, where[:-1]))
        source.complain(where, f"unknown key `{printable(key)}`", hint, at_key=True)
    else:
        name = next((str(step) for step in reversed(where) if isinstance(step, str)), "suite")
        source.complain(where, *described(error, name, source.root.find(where)[0].raw))


def _complain_missing(source: SuiteFile, where: Sequence[str | int]) -> None:
    key = str(where[-1])
    if len(where) == 1:
        hint = {"suite": "begin with `suite: NAME`", "cases": "list the prompts under `cases:`"}.get(key, "")
        source.complain((), f"the suite has no `{key}`", hint)
    elif where[0] in ("providers", "viewers"):
        what, example = ("provider", "command") if where[0] == "providers" else ("viewer", "vlm")
        hint = f"name its kind, such as `kind: {example}`"
        source.complain(where[:-1], f"{what} `{where[1]}` has no `{key}`", hint, at_key=True)
    else:
        source.complain(where[:-1], f"the case has no `{key}`", f"add `{key}:`")


def _keys_at(model: type[BaseModel], where: Sequence[str | int]) -> Iterable[str]:
    parts: dict[str | int, type[BaseModel]] = {
        "cases": CaseEntry, "defaults": Shared, "providers": ProviderEntry, "budget": BudgetEntry, "store": StoreEntry,
        "executor": ExecutorEntry, "viewers": ViewerEntry,
    }  # fmt: skip
    return (parts.get(where[0], model) if where else model).model_fields


def _misplaced(model: type[BaseModel], where: Sequence[str | int]) -> str:
    """Return a hint for a key that is right elsewhere in the file."""
    key = str(where[-1])
    if len(where) == 1 and key in Shared.model_fields:
        return f"`{key}` belongs under `defaults:` or in a case"
    if len(where) == 1 and key in CaseEntry.model_fields:
        return f"`{key}` belongs in a case"
    if len(where) > 1 and key not in _keys_at(model, where[:-1]) and key in model.model_fields:
        return f"`{key}` belongs at the top of the {'suite' if model is SuiteEntry else 'file'}"
    if where[0] == "defaults" and key in CaseEntry.model_fields:
        return f"`{key}` belongs in a case"
    if key == "seed":
        return "write `seeds: [7]`"
    return ""
