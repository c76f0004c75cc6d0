"""The field's words: no identifier of the package is made of the words that the project gave up."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

HARNESS = Path(__file__).resolve().parents[1] / "harness"
BANNED = frozenset(
    {
        *("picture", "pictures", "draw", "draws", "drawn", "drawing", "drawings", "told", "wanted"),
        *("remedy", "remedies", "sighting", "sightings", "telling", "tellings", "purse", "purses"),
    }
)
ALLOWED = {"ImageDraw": "a module of Pillow", "Draw": "the function of PIL.ImageDraw"}

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
