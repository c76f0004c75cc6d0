"""Checks as a suite writes them, whichever viewer answers them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.errors import nearest, warn
from harness.records import Check
from harness.vision.embedding_grammar import SIMILAR
from harness.vision.grammar import MAX_PHRASE, CheckError, as_written
from harness.vision.kinds import ViewerKind
from harness.vision.registry import BUILT_IN, BrokenViewerError, installed_kinds, viewer_kind

_NAMES = ("name", "needs", "viewer")
COMMON = (*_NAMES, "paired")
"""Keys that every check takes."""


def parse_check(written: Any) -> Check:
    """Return the check of a mapping such as ``{text: OPEN, viewer: ocr, name: sign}``.

    It is read by the grammar of the first kind of viewer that declares it. Raises CheckError.
    """
    if not isinstance(written, Mapping) or not written:
        raise CheckError("a check is a mapping", "such as {count: red circle, equals: 2}")
    common = {key: written[key] for key in COMMON if key in written}
    if not isinstance(common.get("paired", True), bool):
        raise CheckError("`paired` of a check is true or false", "", ("paired",))
    for key, value in common.items():
        if key in _NAMES and not (isinstance(value, str) and value.strip() and len(value) <= MAX_PHRASE):
            raise CheckError(f"`{key}` of a check is a name", "", (key,))
    own = {key: value for key, value in written.items() if key not in COMMON}
    grammar = None
    known: list[str] = []
    for kind in _kinds(own):
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
    common = {**dict.fromkeys(_NAMES, name), "paired": {"type": "boolean"}}
    forms = {form: one for kind in map(viewer_kind, BUILT_IN) for form, one in kind.grammar.forms.items()}
    found = []
    for kind, form in forms.items():
        schema = form.schema(kind)
        found.append({**schema, "properties": {**schema["properties"], **common}})
    return {"oneOf": found}


def in_order(checks: Sequence[Check]) -> tuple[int, ...]:
    """Return the positions of checks so that each comes after the one it needs. Raises CheckError, whose path begins
    with the position, for a name that is used twice, a name that is not there, and a cycle."""
    at: dict[str, int] = {}
    for index, check in enumerate(checks):
        if check.name is not None and at.setdefault(check.name, index) != index:
            raise CheckError(f"two checks have the name `{check.name}`", "rename one", (index, "name"))
    for index, check in enumerate(checks):
        if check.needs is not None and check.needs not in at:
            hint = nearest(check.needs, at) if at else f"give the other check `name: {check.needs}`"
            raise CheckError(f"`needs`: no check has the name `{check.needs}`", hint, (index, "needs"))
    order: list[int] = []
    for index in range(len(checks)):
        chain: list[int] = []
        step: int | None = index
        while step is not None and step not in order:
            if step in chain:
                names = " → ".join(str(checks[one].name) for one in [*chain[chain.index(step) :], step])
                raise CheckError(f"`needs` goes round in a circle: {names}", "take one of them out", (step, "needs"))
            chain.append(step)
            needs = checks[step].needs
            step = None if needs is None else at[needs]
        order += reversed(chain)
    return tuple(order)


def _kinds(own: Mapping[str, Any]) -> Iterator[ViewerKind]:
    """Yield the built-in kinds; those of other packages only where none of the built-in ones declares the check. Warns
    of one that cannot be loaded."""
    built_in = [viewer_kind(name) for name in BUILT_IN]
    yield from built_in
    if any(kind.grammar.forms.keys() & own.keys() for kind in built_in):
        return
    for name in installed_kinds():
        try:
            yield viewer_kind(name)
        except BrokenViewerError as fault:
            warn(str(fault))
