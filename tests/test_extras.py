"""The page about installing names every extra."""

import re
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_about_installing_names_every_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    listed = re.search(
        r"^The extras: (.*?)\n\n", (ROOT / "docs/install.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert listed is not None
    assert set(re.findall(r"`([^`]+)`", listed[1])) == set(extras)
