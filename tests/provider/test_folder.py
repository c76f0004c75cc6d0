"""Images made elsewhere are found by a pattern: one of them, and never outside the folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError
from harness.image import DEFAULT_LIMITS, SUFFIXES
from harness.provider import BadOptionError, Job, Provider, create
from harness.records import TrialKey

Make = Callable[..., Job]


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Provider]:
    """A provider over files of these names; each holds its own name."""

    def folder(*names: str, **options: Any) -> Provider:
        for name in names:
            path = tmp_path / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        return create("closed", "folder", {"folder": "images", **options}, tmp_path)

    return folder


@pytest.mark.parametrize(
    ("names", "pattern", "found"),
    [
        (["case/base-s0.png", "case/base-s1.png"], None, "case/base-s0.png"),
        (["case/base-s0.webp"], None, "case/base-s0.webp"),
        (["suite_case_0.JPG", "suite_case_0.jpg"], "{suite}_{case}_{seed}.jpg", "suite_case_0.jpg"),
        (["a/b/case-0.2.png"], "**/{case}-{seed}.{repeat}", "a/b/case-0.2.png"),
        (["user_two red circles_case_s0_v7.png"], "*_{case}_s{seed}_*", "user_two red circles_case_s0_v7.png"),
        (["case-s0.tiff"], "{case}-s{seed}.*", "case-s0.tiff"),
    ],
)
def test_what_a_pattern_finds(
    folder: Callable[..., Provider], job: Make, names: list[str], pattern: str | None, found: str
) -> None:
    provider = folder(*names, **({"pattern": pattern} if pattern else {}))
    generated = provider.generate(job(repeat=2 if pattern and "{repeat}" in pattern else 0))
    assert generated.data.decode() == found
    assert generated.environment == {"file": found}


def test_values_are_never_patterns(folder: Callable[..., Provider], job: Make) -> None:
    provider = folder("x.png", "[a-z]*.png", pattern="{variant}")
    plain = job()
    odd = Job(plain.recipe, TrialKey("suite", "case", "[a-z]*", 0))
    assert provider.generate(odd).data == b"[a-z]*.png"


def test_none_says_what_was_looked_for_and_where(folder: Callable[..., Provider], job: Make, tmp_path: Path) -> None:
    with pytest.raises(GenerationError) as caught:
        folder("other.png").generate(job())
    assert str(caught.value) == f"closed: no image matches case/base-s0{{{','.join(SUFFIXES)}}}"
    assert str(tmp_path / "images") in caught.value.hint


def test_several_are_named(folder: Callable[..., Provider], job: Make) -> None:
    provider = folder(*(f"case-{letter}.png" for letter in "abcde"), pattern="{case}-*")
    with pytest.raises(GenerationError, match=r"matches case-a\.png, case-b\.png, case-c\.png and 2 more"):
        provider.generate(job())
    with pytest.raises(GenerationError, match=r"matches case/base-s0\.png, case/base-s0\.webp"):
        folder("case/base-s0.png", "case/base-s0.webp").generate(job())


def test_a_repeat_needs_a_file_of_its_own(folder: Callable[..., Provider], job: Make) -> None:
    with pytest.raises(GenerationError, match="proves nothing") as caught:
        folder("case/base-s0.png").generate(job(repeat=1))
    assert "{repeat}" in caught.value.hint


def test_an_unseeded_trial_has_no_seed_to_look_for(folder: Callable[..., Provider], job: Make) -> None:
    with pytest.raises(GenerationError, match="names {seed}"):  # noqa: RUF043
        folder("case/base-sNone.png").generate(job(seed=None))
    assert folder("case/3.png", pattern="{case}/{repeat}").generate(job(seed=None, repeat=3)).data == b"case/3.png"


def test_a_link_that_leads_outside_is_not_followed(folder: Callable[..., Provider], job: Make, tmp_path: Path) -> None:
    provider = folder("other.png")
    (tmp_path / "secret.png").write_text("secret")
    (tmp_path / "images" / "case.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(GenerationError, match="leads outside the folder"):
        folder(pattern="{case}").generate(job())
    assert provider.name == "closed"


def test_a_file_over_the_limit(folder: Callable[..., Provider], job: Make, tmp_path: Path) -> None:
    provider = folder("case/base-s0.png")
    with (tmp_path / "images/case/base-s0.png").open("wb") as file:
        file.truncate(DEFAULT_LIMITS.bytes + 1)
    with pytest.raises(GenerationError, match="the limit 'bytes' is"):
        provider.generate(job())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "`folder` is missing"),
        ({"folder": "nowhere"}, "there is no folder"),
        ({"folder": ".", "pattern": "../{case}"}, "leads outside the folder"),
        ({"folder": ".", "pattern": "/etc/{case}"}, "leads outside the folder"),
        ({"folder": ".", "pattern": "a\\..\\{case}"}, "leads outside the folder"),
        ({"folder": ".", "pattern": "{cas}"}, "unknown {cas}"),
        ({"folder": ".", "pattern": ""}, "`pattern` is empty"),
        ({"folder": ".", "price": "free"}, "`price` takes a number"),
    ],
)
def test_bad_options(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(BadOptionError) as caught:
        create("closed", "folder", options, tmp_path)
    assert said in str(caught.value)
