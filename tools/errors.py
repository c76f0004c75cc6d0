"""Write the tree of all errors into ``harness/errors/__init__.py`` and their table into ``docs/errors.md``.

``python tools/errors.py`` writes both; the tests compare them with :func:`documents`.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import harness
from harness.errors import HarnessError

ROOT = Path(__file__).resolve().parents[1]
FACE = ROOT / "harness" / "errors" / "__init__.py"
TABLE = ROOT / "docs" / "errors.md"
EXTRAS = ("torch", "diffusers", "ray")
"""What a module may need that only an extra brings: such a module has no errors of its own."""


def import_everything() -> None:
    """Import every module, so that every error is known."""
    for module in pkgutil.walk_packages(harness.__path__, "harness."):
        if module.name.endswith(("__main__", ".worker")):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name not in EXTRAS:
                raise


def errors(kind: type[HarnessError] = HarnessError, depth: int = 0) -> Iterator[tuple[int, type[HarnessError]]]:
    """Yield every error of the package with its depth in the tree, a base before what is made of it, by name."""
    yield depth, kind
    for below in sorted(kind.__subclasses__(), key=lambda one: one.__name__):
        if below.__module__.startswith("harness."):
            yield from errors(below, depth + 1)


def documents() -> dict[Path, str]:
    """Both files as they should be."""
    import_everything()
    found = list(errors())
    tree = "".join(f"    {'  ' * depth}{kind.__name__}\n" for depth, kind in found)
    text = FACE.read_text("utf-8")
    begin, end = text.index("::\n\n") + 4, text.index('"""', 3)
    rows = "".join(
        f"| `{kind.code}` | `{kind.__name__}` | {_room(kind)} | {kind.exit_code} | {_said(kind)} |\n"
        for _, kind in sorted(found, key=lambda one: one[1].code)
    )
    return {FACE: text[:begin] + tree + text[end:], TABLE: _HEAD + rows}


def _room(kind: type[HarnessError]) -> str:
    return kind.__module__.split(".")[1]


def _said(kind: type[HarnessError]) -> str:
    """Return the first sentence of the docstring, on one line."""
    text = " ".join((kind.__doc__ or "").split()).replace("``", "`").replace("|", "\\|")
    return re.split(r"(?<=[^.])\.(?: |$)", text, maxsplit=1)[0]


_HEAD = """# Errors

Every fault is a class with a `code` that does not change, attributes, one sentence, a hint and an exit code. The
command line prints sentence and hint, and with `--json` the document below; in Python they are
`harness.errors.HarnessError` and its subclasses. A failed or refused generation of one image is a verdict,
not an error of the run.

```json
{"format": 1, "error": {"code": "run-not-found", "message": "there is no run 'x'", "hint": "…", "exit_code": 2}}
```

`usage` also stands for a wrong command line, `system` for what the operating system refused. This table is written by
`python tools/errors.py`.

| code | class | room | exit code | when |
|---|---|---|---|---|
"""

if __name__ == "__main__":
    for path, content in documents().items():
        path.write_text(content, "utf-8", newline="\n")
