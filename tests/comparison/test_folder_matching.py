"""Pairs of files: tiers, faults, and folders matched by name."""

import errno
import os
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from harness.comparison import (
    compare,
    compare_bytes,
    match_folders,
)
from harness.comparison import tiers as tiers_module
from harness.image import TruncatedImageError, UnreadableFileError, encode_png
from harness.image.image import Pixels
from tests.comparison.conftest import generated

NAMES = st.text("aBé .-_1", min_size=1, max_size=5).filter(lambda name: name.strip(" .") == name)


def titled(pixels: Pixels, title: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", title)
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG", pnginfo=info)
    return out.getvalue()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each decoded file had."""
    sizes: list[int] = []
    real = tiers_module.decode_named

    def counting(data: bytes, where: str) -> object:
        sizes.append(len(data))
        return real(data, where)

    monkeypatch.setattr(tiers_module, "decode_named", counting)
    return sizes


def test_equal_files_and_equal_image_data_are_decoded_once(astronaut: Pixels, decoded: list[int]) -> None:
    a, b = titled(astronaut, "first"), titled(astronaut, "second, longer")
    assert compare_bytes(a, a) == compare(astronaut, astronaut, bytes_equal=True)
    assert decoded == [len(a)]
    assert compare_bytes(a, b) == compare(astronaut, astronaut, bytes_equal=False)
    assert decoded == [len(a), len(a)]
    assert compare_bytes(a, encode_png(astronaut, level=1)).measurements["pixels_equal"].value is True
    assert len(decoded) == 4


def test_other_image_data_are_never_taken_for_equal(astronaut: Pixels) -> None:
    a = encode_png(astronaut)
    other = astronaut.copy()
    other[511, 511, 2] ^= 1
    assert compare_bytes(a, encode_png(other)).measurements["changed"].value == 1 / 512**2
    grey = compare_bytes(encode_png(astronaut[:8, :8, 0]), encode_png(astronaut[:8, :8]))
    assert grey.measurements["pixels_equal"].value is False


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    a, b = tmp_path / "a", tmp_path / "b"
    for folder, step in ((a, 0), (b, 1)):
        (folder / "deep").mkdir(parents=True)
        for index in range(12):
            pixels = generated("shapes", 20 + index, 24, 3, index)
            if index % 3 == 0:
                pixels[0, 0] += np.uint8(step)
            (folder / "deep" / f"{index:02}.png").write_bytes(encode_png(pixels))
    (a / "only.png").write_bytes(encode_png(generated("flat", 9, 9, 3)))
    (b / "notes.txt").write_text("not an image")
    (b / "page.PNG").write_text("<html></html>")
    (a / "page.PNG").write_bytes(encode_png(generated("flat", 9, 9, 3)))
    (a / "photo.png").write_bytes(encode_png(generated("gradient", 30, 30, 3)))
    Image.fromarray(generated("gradient", 30, 30, 3)).save(b / "photo.webp", lossless=True)
    (b / "twice.webp").write_bytes(b"")
    (b / "twice.jpg").write_bytes(b"")
    (a / "twice.png").write_bytes(b"")
    return a, b


def test_folders_are_matched_by_name_then_by_stem(folders: tuple[Path, Path]) -> None:
    a, b = folders
    matched = match_folders(a, b)
    assert (a / "photo.png", b / "photo.webp") in matched.pairs
    assert len(matched.pairs) == 14
    assert list(matched.pairs) == sorted(matched.pairs)
    assert matched.only_a == (a / "only.png", a / "twice.png")
    assert matched.only_b == (b / "notes.txt", b / "twice.jpg", b / "twice.webp")
    assert match_folders(a, b, ["*.txt"]).only_b == (b / "twice.jpg", b / "twice.webp")
    assert len(match_folders(a, b, ["deep/*"]).pairs) == 2
    with pytest.raises(UnreadableFileError) as raised:
        match_folders(a, b / "missing")
    assert (raised.value.path, raised.value.detail) == (str(b / "missing"), os.strerror(errno.ENOENT))


@given(
    st.sets(st.tuples(st.sampled_from(["", "deep", "deep/er"]), NAMES, st.sampled_from(["", ".png", ".txt", ".Gif"])))
)
@settings(max_examples=60, deadline=None)
def test_every_file_is_in_one_pair_or_alone(names: set[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as folder:
        sides = [Path(folder, side) for side in "ab"]
        made: list[set[Path]] = [set(), set()]
        for at, (place, name, suffix) in enumerate(sorted(names)):
            for side in {0, 1} if at % 3 == 0 else {at % 2}:
                path = sides[side] / place / f"{name}{suffix}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"")
                made[side].add(path)
        for side in sides:
            side.mkdir(exist_ok=True)
        found = match_folders(*sides)
        for side, alone in enumerate((found.only_a, found.only_b)):
            listed = [*alone, *(pair[side] for pair in found.pairs)]
            assert len(listed) == len(set(listed))
            assert set(listed) == made[side]


def test_links_and_folders_that_cannot_be_listed_are_files(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    (a / "inside").mkdir(parents=True)
    b.mkdir()
    (a / "nowhere.png").symlink_to(tmp_path / "gone.png")
    (a / "linked").symlink_to(a / "inside", target_is_directory=True)
    assert match_folders(a, b).only_a == (a / "linked", a / "nowhere.png")


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_fault_names_the_image(side: str, astronaut: Pixels) -> None:
    whole = encode_png(astronaut)
    pair = {"a": whole, "b": whole, side: whole[:900]}
    with pytest.raises(TruncatedImageError) as caught:
        compare_bytes(pair["a"], pair["b"])
    assert caught.value.where == side
