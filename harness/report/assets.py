"""The parts of pages that are package data."""

import re
from importlib import resources


def asset(name: str) -> str:
    """Return the text of a file in ``harness/report/html``."""
    return (resources.files("harness.report") / "html" / name).read_text("utf-8")


def icon() -> str:
    """Return the ``<link>`` of the icon that every page has."""
    found = re.search(r'<link rel="icon"[^\n]*', asset("index.html"))
    assert found is not None
    return found[0]
