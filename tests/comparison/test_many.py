"""Pairs of files: tiers, threads, order, memory, and folders matched by name."""

import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from harness.comparison import (
    compare,
    compare_bytes,
    compare_files,
    compare_many,
    match_folders,
    measurements_json,
)
from harness.comparison import tiers as tiers_module
from harness.errors import HarnessError
from harness.image import ImageTooLargeError, NotAnImageError, UnreadableFileError, encode_png
from harness.image.image import Pixels
from harness.image.limits import Limits
from harness.vocabulary import METRICS
from tests.comparison.conftest import generated


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
    real = tiers_module.decode

    def counting(data: bytes, limits: Limits) -> object:
        sizes.append(len(data))
        return real(data, limits)

    monkeypatch.setattr(tiers_module, "decode", counting)
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
    assert matched.only_b == (b / "twice.jpg", b / "twice.webp")
    with pytest.raises(UnreadableFileError, match="missing: cannot be read"):
        match_folders(a, b / "missing")


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_many_pairs_come_in_order_with_their_faults(folders: tuple[Path, Path], workers: int) -> None:
    pairs = match_folders(*folders).pairs
    seen: list[int] = []
    results = list(compare_many(pairs, workers=workers, progress=seen.append))
    assert [(result.a, result.b) for result in results] == list(pairs)
    assert seen == list(range(1, len(pairs) + 1))
    for result in results:
        assert (result.comparison is None) != (result.fault is None)
        if result.a.name == "page.PNG":
            assert isinstance(result.fault, NotAnImageError)
            assert str(result.fault).startswith(f"{result.b}: not an image")
        else:
            assert result.comparison == compare_files(result.a, result.b)
            equal = result.comparison.measurements["pixels_equal"].value
            assert equal is (result.a.stem == "photo" or int(result.a.stem) % 3 != 0)


def test_pairs_are_read_only_a_little_ahead(folders: tuple[Path, Path]) -> None:
    taken = 0

    def endless() -> Iterator[tuple[Path, Path]]:
        nonlocal taken
        while True:
            taken += 1
            yield folders[0] / "deep" / "01.png", folders[1] / "deep" / "01.png"

    results = compare_many(endless(), workers=2)
    for _ in range(10):
        next(results)
    assert taken <= 10 + 2 * 2
    results.close()


def test_memory_does_not_grow_with_the_number_of_pairs(folders: tuple[Path, Path]) -> None:
    pair = (folders[0] / "deep" / "03.png", folders[1] / "deep" / "03.png")

    def peak(number: int) -> int:
        tracemalloc.start()
        for _ in compare_many((pair for _ in range(number)), workers=2):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(20)
    assert peak(120) < peak(30) + 1_000_000


def test_faults_of_files_name_the_file(tmp_path: Path, astronaut: Pixels) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    good.write_bytes(encode_png(astronaut))
    bad.write_bytes(encode_png(astronaut)[:900])
    with pytest.raises(HarnessError, match=r"bad\.png: a PNG image that is cut off"):
        compare_files(good, bad)
    with pytest.raises(HarnessError, match=r"bad\.png"):
        compare_files(bad, good)
    with pytest.raises(UnreadableFileError, match=r"none\.png"):
        compare_files(good, tmp_path / "none.png")
    with pytest.raises(ImageTooLargeError, match=r"good\.png.*limit 'bytes' is 100"):
        compare_files(good, bad, limits=Limits(bytes=100))


def test_the_json_of_a_comparison_has_every_measure_flat(astronaut: Pixels) -> None:
    reported = measurements_json(compare(astronaut, np.ascontiguousarray(astronaut[::-1])))
    assert tuple(reported) == tuple(METRICS)
    assert set(reported["phash"]) == {"value", "a", "b"}
    assert reported["bytes_equal"] == {"absent": "no files were given, only pixels"}
    assert reported["pixels_equal"] == {"value": False}
