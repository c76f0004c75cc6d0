"""The reference of the Python API: each public name by its docstring."""

import inspect

import harness


def text() -> str:
    """Return directives of Sphinx's autodoc for each public name."""
    return "\n".join(map(_section, (name for name in harness.__all__ if name != "__version__")))


def _section(name: str) -> str:
    what = getattr(harness, name)
    if inspect.ismodule(what):
        return f"## {name}\n\nThe errors: [one table of all](../errors.md). `HarnessError` is the base of each.\n"
    kind = "class" if inspect.isclass(what) else "function"
    members = "\n   :members:\n   :undoc-members:" if kind == "class" else ""
    where = f"{what.__module__}.{what.__qualname__}"
    return f"## {name}\n\n```{{eval-rst}}\n.. auto{kind}:: {where}{members}\n```\n"
