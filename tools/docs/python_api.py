"""The reference of the Python API: each public name by its docstring."""

import inspect

import harness


def text() -> str:
    """Return directives of Sphinx's autodoc for each public name."""
    return "\n".join(map(_entry, (name for name in harness.__all__ if name != "__version__")))


def _entry(name: str) -> str:
    what = getattr(harness, name)
    if inspect.ismodule(what):
        return f"`harness.{name}`: [one table of all](../errors.md); `HarnessError` is the base of each.\n"
    kind = "class" if inspect.isclass(what) else "function"
    members = "\n   :members:\n   :undoc-members:" if kind == "class" else ""
    return f"```{{eval-rst}}\n.. auto{kind}:: harness.{name}{members}\n```\n"
