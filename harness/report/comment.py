"""What is said of a run in a pull request: one comment, found again by its marker, and one status."""

from dataclasses import dataclass
from pathlib import Path

from harness.ledger import iter_results, read_run
from harness.report.markdown import MarkdownFile, escape
from harness.report.tally import Tally
from harness.report.words import noun_of, one_line, run_title

COMMENT_CHARACTERS = 65_536
"""What GitHub takes for a comment; GitLab takes more."""
ROOM = 60_000
"""Bytes of it for the summary: the rest is for links."""
STATUS_CHARACTERS = 140
"""What GitHub takes for the description of a status."""


@dataclass(frozen=True)
class Reported:
    """A run as a pull request reports it: ``marker`` is in the comment of the same suites only, ``body`` Markdown of at
    most COMMENT_CHARACTERS where ``link`` is short, ``summary`` one line, ``tally`` its counts."""

    marker: str
    body: str
    summary: str
    tally: Tally


def reported_run(folder: Path, *, name: str = "", link: str = "") -> Reported:
    """Return what to report of the run in ``folder``.

    ``name`` tells several reports of one pull request apart (default: the suites), ``link`` is where the report can be
    opened. Raises what the ledger raises for files that are not a run's.
    """
    run, tally, markdown = read_run(folder), Tally(), MarkdownFile(folder, ROOM)
    for result in iter_results(folder):
        tally.add(result)
        markdown.add(result)
    marker = f"<!-- image-harness: {_comment_text(name or ' '.join(run.suites))} -->"
    where = f"\n[The report]({_address(link)}) shows every image.\n" if link else ""
    body = f"{marker}\n{markdown.text(run, tally, elsewhere=True)}{where}"
    summary = one_line(f"{run_title(run)}: {tally.headline(noun_of(run))}")
    return Reported(marker, body, _shortened(summary), tally)


def with_image(reported: Reported, image: str) -> str:
    """Return the body with an image of the findings: ``image`` is its address, or Markdown that shows it."""
    shown = image if image.startswith("!") else f"![accepted image, new image, heat map]({_address(image)})"
    return f"{reported.body}\n{shown}\n"


def _shortened(text: str) -> str:
    return text if len(text) <= STATUS_CHARACTERS else f"{text[: STATUS_CHARACTERS - 1]}…"


def _comment_text(text: str) -> str:
    """Return a text that can neither end an HTML comment nor be markup in one."""
    return escape(text).replace("--", "- -").replace(">", "")


def _address(text: str) -> str:
    """Return an address that stays inside the parentheses of a link."""
    return "".join(f"%{ord(c):02X}" if c in "()<> \\" else c for c in one_line(text))
