"""Plain words: identifiers without the words that the project gave up, sentences without its former idioms."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parents[1]
HARNESS = ROOT / "harness"
BANNED = frozenset(
    {
        *("picture", "pictures", "draw", "draws", "drawn", "drawing", "drawings", "told", "wanted"),
        *("remedy", "remedies", "sighting", "sightings", "telling", "tellings", "purse", "purses", "lent"),
    }
)
ALLOWED = {"ImageDraw": "a module of Pillow", "Draw": "the function of PIL.ImageDraw"}

IDIOMS = {
    r"what (came|comes|becomes|became) of": "result, outcome",
    r"goes? before": "overrides",
    r"laid over": "overridden by",
    r"(held|holds?) (an image )?against": "compared with",
    r"lets? go of": "close, release",
    r"(is|are|was) set aside|sets? .{0,20}aside": "reserve",
    r"could not be had": "missing",
    r"nobody": "no person, no process",
    r"took it out|taken back|takes back|take .{0,20} back": "remove, withdraw",
    r"taken up again|takes? up": "resume",
    r"takes? the place of": "replaces",
    r"at hand": "available",
    r"(of|in) the house(?! \w)(?=[.;,])": "of the package",
}
"""Idioms that an engineer of another project would not write, and what to write."""
MEANT = re.compile(r"at the top of the house|of the house\b.*relation")
"""Of prompts: a house is a shape."""

_SUBWORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def identifiers(path: Path) -> Iterator[str]:
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=asname):
                yield from (*name.split("."), asname or "")
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                yield from names


def banned_in(name: str) -> frozenset[str]:
    return BANNED & {word.lower() for word in _SUBWORD.findall(name)}


@pytest.mark.parametrize("name", ["Pictures", "DRAWN_AT", "_is_told", "drawAgain", "HTMLPicture", "remedies"])
def test_a_banned_word_is_found_in_any_spelling(name: str) -> None:
    assert banned_in(name)


@pytest.mark.parametrize("name", ["withdrawn", "picturesque", "redraw_ratio", "unwanted"])
def test_a_word_that_only_holds_one_is_none(name: str) -> None:
    assert not banned_in(name)


def test_no_identifier_is_made_of_a_banned_word() -> None:
    paths = list(HARNESS.rglob("*.py"))
    assert len(paths) > 100
    wrong = {
        f"{path.relative_to(HARNESS)}: {name}"
        for path in paths
        for name in identifiers(path)
        if name not in ALLOWED and banned_in(name)
    }
    assert not wrong


def test_every_exception_is_still_needed() -> None:
    used = {name for path in HARNESS.rglob("*.py") for name in identifiers(path)}
    assert set(ALLOWED) <= used


def idioms_in(path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        for idiom, better in IDIOMS.items():
            if re.search(rf"\b({idiom})\b", line, re.IGNORECASE) and not MEANT.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()} (write: {better})"


def test_an_idiom_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "a.md").write_text("Fine.\nWhat came of it, and nobody knows.\n", encoding="utf-8")
    assert len(list(idioms_in(tmp_path / "a.md"))) == 2


def test_sentences_are_plain() -> None:
    paths = [*HARNESS.rglob("*.py"), *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "suites" / "README.md"]
    assert not [line for path in paths for line in idioms_in(path)]
