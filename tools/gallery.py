"""Make again what docs/gallery shows: the recordings, the baselines, and the pictures of the reports.

python -m tools.gallery [NAME…]

Each page has two blocks of commands: the first is what a reader runs, the second how the folder was made. Both are run
here, in the folder. Needs Chromium, and the extras of the suites that are named.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GALLERY = Path(__file__).resolve().parents[1] / "docs" / "gallery"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED = re.compile(r"# exit code (\d)(?:, (\w+))?")
EXTRA = ("diffusers",)
"""Suites that need an extra."""
SIZE = (1200, 760)


@dataclass(frozen=True)
class Command:
    """A command of a page, the exit code it must have, and a verdict that its run must hold."""

    text: str
    code: int
    verdict: str | None


def names() -> list[str]:
    """Return the names of all suites of the gallery."""
    return sorted(page.stem for page in GALLERY.glob("*.md") if page.stem != "README")


def commands(name: str) -> Iterator[Command]:
    """Yield the commands that the page of a suite tells to run."""
    for line in _blocks(name)[0].splitlines():
        found = EXPECTED.search(line)
        yield Command(line.partition("#")[0].strip(), int(found[1]) if found else 0, found and found[2])


def environment() -> dict[str, str]:
    """Return the variables of this process without those of CI and of a project; ``harness`` is this one."""
    kept = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith(("HARNESS_", "GITHUB_"))}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}", "HARNESS_USER": "the gallery"}


def make(name: str) -> None:
    """Record and accept again, run the page's commands, and take a picture of the last run with findings."""
    folder = GALLERY / name
    for made in ("recordings", "baselines", "reports"):
        shutil.rmtree(folder / made, ignore_errors=True)
    subprocess.run(["bash", "-c", _blocks(name)[1]], cwd=folder, env=environment(), check=False)  # noqa: S603, S607
    for command in commands(name):
        done = subprocess.run(command.text, shell=True, cwd=folder, env=environment(), check=False)  # noqa: S602
        if done.returncode != command.code:
            sys.exit(f"{name}: `{command.text}` ended with {done.returncode}, not {command.code}")
        if command.code == 1:
            photograph(max((folder / "reports").glob("*/index.html")), GALLERY / f"{name}.webp")
    shutil.rmtree(folder / "reports")


def photograph(page: Path, to: Path) -> None:
    """Store what a browser shows of a report."""
    import io

    from PIL import Image
    from playwright.sync_api import sync_playwright

    from tests.browsing import CHROMIUM, SWITCHES

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        tab = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        tab.goto(page.as_uri())
        tab.wait_for_timeout(800)
        shot = tab.screenshot()
        browser.close()
    Image.open(io.BytesIO(shot)).convert("RGB").save(to, "WEBP", quality=80, method=6)


def _blocks(name: str) -> list[str]:
    return BLOCK.findall((GALLERY / f"{name}.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    for chosen in sys.argv[1:] or names():
        make(chosen)
