"""The parts of pages that are package data."""

from importlib import resources


def asset(name: str) -> str:
    """Return the text of a file in ``harness/report/html``."""
    return (resources.files("harness.report") / "html" / name).read_text("utf-8")
