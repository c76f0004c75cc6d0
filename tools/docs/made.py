"""What is made from the code and put into pages: ``<!-- made: NAME -->`` in a page stands for what NAME makes."""

import re
from collections.abc import Callable
from functools import partial

from tools.docs import commands, figures, formats, metrics, python_api, suite_keys

BESIDE = "```{toctree}\n:glob:\n:hidden:\n\n*\n```\n"
"""The part of the navigation that lists the other pages of a folder."""
MARK = re.compile(r"^<!-- made: ([\w-]+) -->$", re.MULTILINE)
MAKERS: dict[str, Callable[[], str]] = {
    "commands": commands.text,
    "suite-keys": suite_keys.text,
    "metrics": metrics.text,
    "formats": formats.text,
    "python": python_api.text,
    "pages-beside": lambda: BESIDE,
    **{f"figure-{name}": partial(figures.text, name) for name in figures.FIGURES},
}
"""Markdown by the name of a mark."""


def replaced(text: str) -> str:
    """Return the text of a page with its marks replaced. Raises KeyError for a name that nothing makes."""
    return MARK.sub(lambda mark: MAKERS[mark[1]](), text)
