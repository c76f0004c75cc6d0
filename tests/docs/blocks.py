"""The files that a page shows: blocks whose first line is a comment with a path."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(
    r"^```(?:python|yaml|toml)\n# (?P<name>[\w/.]+\.(?:py|yaml|toml)).*?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


def files(page: Path) -> dict[str, str]:
    """Return the text of each file by its path."""
    return {found["name"]: found["text"] for found in _BLOCK.finditer(page.read_text("utf-8"))}


def write_files(page: Path) -> dict[str, str]:
    """Write the files of a page below the working folder, and return them."""
    shown = files(page)
    for name, text in shown.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, "utf-8")
    return shown
