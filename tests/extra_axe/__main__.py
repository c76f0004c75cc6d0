"""``make axe``: every page × 1440 and 400 px × light and dark → how many violations axe-core finds.

Words after it choose pages by name. Prints the table, and each violation with where it is; ends with 1 where there is
any, or a page does not come. Needs Chromium, and axe-core in ``node_modules`` beside this file.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browsing import CHROMIUM, SWITCHES
from tests.extra_axe.pages import Shown, pages

AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
WIDTHS, SCHEMES = (1440, 400), ("light", "dark")
RULES = """axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
  'wcag22aa', 'best-practice']})"""


def violations(browser: Any, shown: Shown, width: int, scheme: str, axe: str) -> list[str]:
    """Return what is violated on a page: the rule, and the element, a line each."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    try:
        page.goto(shown.address)
        page.locator("main:not([hidden])").wait_for()
        page.wait_for_timeout(300)
        for key in shown.keys:
            page.keyboard.press(key)
            page.wait_for_timeout(100)
        for selector in shown.presses:
            if page.locator(selector).count():
                page.locator(selector).first.click()
        page.wait_for_timeout(200)
        page.evaluate(axe)
        found = page.evaluate(RULES)["violations"]
    finally:
        context.close()
    return [f"{one['id']}: {node['target']} {node['html'][:110]}" for one in found for node in one["nodes"]]


def table(browser: Any, listed: list[Shown], axe: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each page with what is violated at each width and scheme."""
    for shown in listed:
        yield shown.name, [violations(browser, shown, width, scheme, axe) for width in WIDTHS for scheme in SCHEMES]


def main(words: list[str]) -> int:
    if not AXE.is_file():
        print(f"there is no {AXE}: `make axe` installs it", file=sys.stderr)
        return 1
    print(f"{'page':22}" + "".join(f"{f'{width} {scheme}':>12}" for width in WIDTHS for scheme in SCHEMES))
    said: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as root, pages(Path(root)) as listed, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        chosen = [one for one in listed if not words or any(word in one.name for word in words)]
        for name, found in table(browser, chosen, AXE.read_text("utf-8")):
            print(f"{name:22}" + "".join(f"{len(one):12}" for one in found), flush=True)
            for line in (line for one in found for line in one):
                said.setdefault(line, []).append(name)
        browser.close()
    for line, names in said.items():
        print(f"{line}  [{', '.join(dict.fromkeys(names))}]")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
