"""Checks as a suite writes them, whichever viewer answers them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from harness.errors import nearest, warn
from harness.records import Check
from harness.vision.derived import AUTO, AUTO_GRAMMAR
from harness.vision.embedding_grammar import SIMILAR
from harness.vision.grammar import MAX_PHRASE, CheckError, as_written
from harness.vision.kinds import ViewerKind
from harness.vision.registry import BUILT_IN, BrokenViewerError, installed_kinds, viewer_kind

_NAMES = ("name", "needs", "viewer")
COMMON = (*_NAMES, "paired")
"""Keys that every check takes."""


def parse_check(written: Any) -> Check:
    """Return the check of a mapping such as ``{text: OPEN, viewer: ocr, name: sign}``, or of the word ``auto``.

    It is read by the grammar of the first kind of viewer that declares it. Raises CheckError.
    """
    if written == AUTO:
        written = {AUTO: {}}
    if not isinstance(written, Mapping) or not written:
        raise CheckError("a check is a mapping", "such as {count: red circle, equals: 2}")
    common = {key: written[key] for key in COMMON if key in written}
    if not isinstance(common.get("paired", True), bool):
        raise CheckError("`paired` of a check is true or false", "", ("paired",))
    if isinstance(common.get("needs"), str):
        common["needs"] = [common["needs"]]
    for key in common.keys() & _NAMES:
        value = common[key]
        names = value if key == "needs" and isinstance(value, list | tuple) and value else [value]
        if not all(isinstance(name, str) and name.strip() and len(name) <= MAX_PHRASE for name in names):
            raise CheckError(f"`{key}` of a check is a name", "", (key,))
    if "needs" in common:
        common["needs"] = tuple(common["needs"])
    own = {key: value for key, value in written.items() if key not in COMMON}
    if AUTO in own:
        for key in common.keys() - {"viewer"}:
            raise CheckError(f"`{key}` does not go with `auto`", "each derived check has a name of its own", (key,))
        return replace(AUTO_GRAMMAR.parse(own), **common)
    grammar = None
    known: list[str] = []
    for kind in _kinds():
        known += kind.grammar.forms
        if kind.grammar.forms.keys() & own.keys():
            grammar = kind.grammar
            break
    if grammar is None:
        key = str(next(iter(own or common)))
        raise CheckError(f"unknown check `{key}`", nearest(key, known), (key,), at_key=True)
    check: Check = grammar.parse(own)
    if check.kind == SIMILAR and common.get("paired"):
        hint = "leave out `paired`: the check compares with the accepted image by itself"
        raise CheckError(f"`paired` does not go with `{SIMILAR}`", hint, ("paired",))
    return replace(check, **common)


def check_text(check: Check) -> str:
    """Return a check as it was written: what a finding is known by."""
    chosen: dict[str, Any] = {} if check.viewer is None else {"viewer": check.viewer}
    if check.paired:
        chosen["paired"] = True
    return as_written({**check.args, **chosen})


def checks_schema() -> dict[str, Any]:
    """Return the JSON Schema of a check of the built-in viewers; other packages may bring more kinds."""
    name = {"type": "string", "minLength": 1, "maxLength": MAX_PHRASE}
    several = {"oneOf": [name, {"type": "array", "items": name, "minItems": 1}]}
    common = {**dict.fromkeys(_NAMES, name), "needs": several, "paired": {"type": "boolean"}}
    forms = {form: one for kind in map(viewer_kind, BUILT_IN) for form, one in kind.grammar.forms.items()}
    found = []
    for kind, form in forms.items():
        schema = form.schema(kind)
        found.append({**schema, "properties": {**schema["properties"], **common}})
    auto = AUTO_GRAMMAR.forms[AUTO].schema(AUTO)
    found += [{**auto, "properties": {**auto["properties"], "viewer": name}}, {"const": AUTO}]
    return {"oneOf": found}


def in_order(checks: Sequence[Check]) -> tuple[int, ...]:
    """Return the positions of checks so that each comes after the one it needs. Raises CheckError, whose path begins
    with the position, for a name that is used twice, a name that is not there, and a cycle."""
    at: dict[str, int] = {}
    for index, check in enumerate(checks):
        if check.name is not None and at.setdefault(check.name, index) != index:
            raise CheckError(f"two checks have the name `{check.name}`", "rename one", (index, "name"))
    for index, check in enumerate(checks):
        for need in check.needs:
            if need not in at:
                hint = nearest(need, at) if at else f"give the other check `name: {need}`"
                raise CheckError(f"`needs`: no check has the name `{need}`", hint, (index, "needs"))
    needed = {index: [at[need] for need in check.needs] for index, check in enumerate(checks)}
    try:
        return tuple(TopologicalSorter(needed).static_order())
    except CycleError as fault:
        circle = fault.args[1][::-1]
        names = " → ".join(str(checks[index].name) for index in circle)
        problem = f"`needs` goes round in a circle: {names}"
        raise CheckError(problem, "take one of them out", (circle[0], "needs")) from None


def _kinds() -> Iterator[ViewerKind]:
    """Yield the built-in kinds, then those of other packages, each loaded at its turn. Warns of one that cannot be."""
    yield from map(viewer_kind, BUILT_IN)
    for name in installed_kinds():
        try:
            yield viewer_kind(name)
        except BrokenViewerError as fault:
            warn(str(fault))
