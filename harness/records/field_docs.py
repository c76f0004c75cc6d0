"""The docstrings under the fields of a class, read from its source when they are asked for: most commands show none."""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache


@cache
def field_docs(cls: type) -> Mapping[str, str]:
    """Return the docstring under each field of a class and of its bases, on one line, where there is one."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if inspect.get_annotations(base) and base.__module__ != "builtins":
            found |= _own(base)
    return found


def _own(cls: type) -> dict[str, str]:
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):
        return {}  # without its source, as in an interactive session
    [definition] = ast.parse(textwrap.dedent(source)).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, after in zip(definition.body, definition.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str() as text)):
                found[name] = " ".join(text.split())
    return found
