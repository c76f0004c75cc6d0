"""Every relative link in the documentation leads somewhere, and every page is in the navigation of the site."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, ROOT
from tools.docs.made import BESIDE, MAKERS, MARK

pytestmark = pytest.mark.checkout

PAGES = sorted(
    page
    for folder, found in (
        ("docs", "**/*.md"),
        (".", "*.md"),
        ("reports", "**/*.md"),
        ("suites", "*.md"),
        ("harness/painter", "*.md"),
    )
    for page in (ROOT / folder).glob(found)
)
FENCE = re.compile(r"^(```+)(.*?)^\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!\\)\[(?:[^\]\\]|\\.)*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """A page without its code."""
    return re.sub(
        r"`[^`\n]+`(?!\])", lambda code: code[0] if "](" in code[0] else "`x`", FENCE.sub("", page.read_text("utf-8"))
    )


def anchors(page: Path) -> set[str]:
    """The anchors of its headings, as GitHub and the site make them."""
    words = (
        re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        for heading in HEADING.findall(FENCE.sub("", page.read_text("utf-8")))
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in words}


def broken(page: Path, text: str) -> Iterator[str]:
    """The relative links of a text on a page that lead nowhere."""
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        made = target.suffix == ".md" and target.exists() and MARK.search(target.read_text("utf-8"))
        if not target.exists() or (anchor and not made and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    assert list(broken(page, prose(page))) == []


@pytest.mark.parametrize("link", ["nowhere.md", "noise.md#no-such-part", "#nor-this", "../nowhere/x.md#y"])
def test_a_broken_link_is_found(link: str) -> None:
    assert list(broken(DOCS / "ci.md", f"See [this]({link}) and [that](noise.md#how-many-false-alarms).")) == [link]


def navigation(page: Path) -> Iterator[Path]:
    """The pages that the navigation of the site reaches from a page, in order."""
    yield page
    text = page.read_text("utf-8").replace("<!-- made: pages-beside -->", BESIDE)
    for line in "".join(TOCTREE.findall(text)).splitlines():
        entry = re.sub(r".*<(.*)>$", r"\1", line.strip())
        if entry and not entry.startswith(":") and entry != "self":
            below = (page.parent / entry).resolve()
            for found in sorted(below.parent.glob(f"{below.name}.md")):
                if found != page:
                    yield from navigation(found)


def test_every_page_is_in_the_navigation_once() -> None:
    listed = list(navigation(DOCS / "index.md"))
    assert len(listed) == len(set(listed))
    assert set(DOCS.rglob("*.md")) <= set(listed)


def test_every_mark_is_made_and_everything_made_is_used() -> None:
    used = {name for page in PAGES for name in MARK.findall(page.read_text("utf-8"))}
    assert used == set(MAKERS)
