"""A real Chromium, one for each module of tests."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = "/usr/bin/chromium"
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def need_browser() -> None:
    """Skip the test where there is no browser, or fail it where REQUIRE_BROWSER=1 asks for one."""
    missing = "" if Path(CHROMIUM).exists() else f"there is no {CHROMIUM}"
    if importlib.util.find_spec("playwright") is None:
        missing = "playwright is not installed"
    if missing and os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"REQUIRE_BROWSER=1, but {missing}")
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Yield a browser, where there is one; until it is closed, its thread runs an event loop that no other can join."""
    need_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield browser
        browser.close()
