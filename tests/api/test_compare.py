"""``harness.compare``: every kind of image, the verdict, the errors, and what a notebook is given."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image as Pillow

import harness
from harness.comparison import IncomparableImagesError
from harness.errors import UsageError
from harness.image import CorruptImageError, NotAnImageError, UnreadableFileError, UnsupportedPixelsError, encode_png
from harness.vocabulary import PANEL, Code
from tests.cases import IMAGES

PIXELS = np.random.default_rng(7).integers(0, 256, (24, 20, 3), np.uint8)
OTHER = PIXELS.copy()
OTHER[3, 4] ^= 255


def forms(folder: Path) -> list[Any]:
    (folder / "a.png").write_bytes(encode_png(PIXELS))
    data = (folder / "a.png").read_bytes()
    return [
        folder / "a.png", str(folder / "a.png"), data, bytearray(data), memoryview(data), PIXELS, PIXELS / 255,
        (PIXELS / 255).astype(np.float32), Pillow.fromarray(PIXELS), Pillow.open(io.BytesIO(data)),
        np.dstack([PIXELS, np.full((24, 20), 255, np.uint8)]), harness.Image(data),
    ]  # fmt: skip


def test_every_form_of_an_image_is_the_same_image(tmp_path: Path) -> None:
    for form in forms(tmp_path):
        assert harness.compare(form, PIXELS).verdict == harness.Verdict.IDENTICAL
        assert harness.compare(OTHER, form).verdict == harness.Verdict.DRIFT


def test_files_are_compared_by_their_bytes_too(tmp_path: Path) -> None:
    path, *_ = forms(tmp_path)
    assert harness.compare(path, path.read_bytes()).bytes_equal is True
    assert harness.compare(path, encode_png(PIXELS, level=1)).bytes_equal is False
    assert harness.compare(path, PIXELS).bytes_equal is None


@given(arrays(np.uint8, (5, 4, 3)))
def test_floats_are_the_levels_they_came_from(levels: np.ndarray) -> None:
    assert np.array_equal(harness.Image(levels / 255).pixels, levels)


@given(arrays(np.float64, (3, 3), elements=st.floats(0, 1)))
def test_floats_are_rounded_to_the_nearest_level(values: np.ndarray) -> None:
    assert np.abs(harness.Image(values).pixels[:, :, 0] / 255 - values).max() <= 0.5 / 255 + 1e-12


def test_an_array_is_neither_changed_nor_shared() -> None:
    mine = PIXELS.copy()
    image = harness.Image(mine)
    mine[:] = 0
    assert np.array_equal(image.pixels, PIXELS)


def test_the_rotation_of_a_pillow_image_is_applied_as_that_of_its_file(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.fromarray(PIXELS).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    with Pillow.open(tmp_path / "turned.jpg") as opened:
        assert harness.compare(tmp_path / "turned.jpg", opened).verdict == harness.Verdict.IDENTICAL


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (b"", NotAnImageError),
        (b"<html>", NotAnImageError),
        (encode_png(PIXELS)[:60], harness.errors.HarnessError),
        ("nowhere.png", UnreadableFileError),
        (None, UnsupportedPixelsError),
        ([[1, 2], [3, 4]], UnsupportedPixelsError),
        (PIXELS / 254.9, UnsupportedPixelsError),
        (PIXELS / 255 - 0.1, UnsupportedPixelsError),
        (np.full((4, 4, 3), np.nan), UnsupportedPixelsError),
        (np.full((4, 4, 3), np.inf), UnsupportedPixelsError),
        (np.zeros((0, 4, 3)), UnsupportedPixelsError),
        (PIXELS.astype(int), UnsupportedPixelsError),
        (PIXELS > 9, UnsupportedPixelsError),
        (PIXELS[:, :, :2], UnsupportedPixelsError),
    ],
    ids=range(14),
)
def test_what_is_no_image_is_an_error_that_names_it(bad: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        harness.compare(PIXELS, bad)
    assert isinstance(caught.value, harness.errors.HarnessError)
    assert caught.value.hint
    assert str(caught.value).startswith(("b: ", "nowhere.png: "))


def test_a_pillow_image_whose_pixels_do_not_load_is_an_error(tmp_path: Path) -> None:
    whole = encode_png(np.random.default_rng(1).integers(0, 256, (90, 90, 3), np.uint8))
    with Pillow.open(io.BytesIO(whole[: len(whole) // 2])) as cut, pytest.raises(CorruptImageError):
        harness.compare(PIXELS, cut)


def test_other_sizes_are_a_finding() -> None:
    found = harness.compare(PIXELS, PIXELS[:9])
    assert found.verdict == harness.Verdict.INCOMPARABLE
    assert not found.ok
    assert found.ssim is None
    assert found.reasons
    for name in ("difference", "heat_map"):
        with pytest.raises(IncomparableImagesError):
            getattr(found, name)
    assert "incomparable" in found._repr_html_()


def test_an_image_with_alpha_is_compared_with_one_without() -> None:
    found = harness.compare(PIXELS, np.dstack([PIXELS, np.full((24, 20), 7, np.uint8)]))
    assert (found.verdict, found.max_abs) == (harness.Verdict.DRIFT, 248)
    assert found.ssim is not None
    assert found.heat_map.size
    assert "heat map" in found._repr_html_()


@pytest.mark.parametrize(
    ("name", "code"),
    [("profile-swaps-red-blue", Code.PROFILE_DIFFERS), ("16bit-low-bytes", Code.DEPTH_REDUCED)],
)
def test_equal_pixels_are_identical_with_the_reason_that_they_do_not_show_all(name: str, code: Code) -> None:
    found = harness.compare(IMAGES / f"{name}-a.png", IMAGES / f"{name}-b.png")
    assert (found.verdict, found.ok) == (harness.Verdict.IDENTICAL, True)
    assert [reason.code for reason in found.reasons] == [code]
    assert found.why
    assert harness.Image(IMAGES / f"{name}-b.png").notes


def test_the_rule_decides() -> None:
    assert harness.compare(PIXELS, OTHER, drift={"changed": "<= 0.5"}).verdict == harness.Verdict.BENIGN
    assert not harness.compare(PIXELS, OTHER, drift={"max_abs": "<= 1"}).ok
    loose = harness.compare(PIXELS, OTHER, drift={"changed": "0.5..0.9"})
    assert (loose.verdict, loose.ok) == (harness.Verdict.BENIGN, False)
    assert harness.compare(PIXELS, OTHER, ignore=[(4, 3, 1, 1)]).ok


@pytest.mark.parametrize(
    "wrong",
    [{"drift": "exakt"}, {"drift": "calibrated"}, {"drift": "set"}, {"drift": {"ssim": 0.9}}, {"drift": {}},
     {"drift": 3}, {"metrics": ["ssmi"]}, {"ignore": [(1, 2, 3)]}, {"ignore": [(0, 0, 0, 4)]}, {"ignore": [7]}],
)  # fmt: skip
def test_a_wrong_argument_is_a_usage_error_with_a_hint(wrong: Any) -> None:
    with pytest.raises(UsageError) as caught:
        harness.compare(PIXELS, OTHER, **wrong)
    assert caught.value.hint
    assert str(caught.value).startswith(f"{next(iter(wrong))}: ")


def test_each_metric_is_an_attribute_and_a_value() -> None:
    found = harness.compare(PIXELS, OTHER)
    assert set(PANEL) <= set(found.metrics)
    for name, value in found.metrics.items():
        assert getattr(found, name) == value
        assert name in dir(found)
    with pytest.raises(AttributeError, match="did you mean `ssim`"):
        _ = found.ssin
    assert list(harness.compare(PIXELS, OTHER, metrics=["ssim"]).metrics) == ["ssim"]


def test_the_difference_is_in_levels() -> None:
    found = harness.compare(PIXELS, OTHER)
    delta = np.abs(PIXELS.astype(int) - OTHER)
    assert np.array_equal(np.asarray(found.difference), delta)
    clear = np.dstack([PIXELS, np.full((24, 20), 9, np.uint8)])
    faint = clear.copy()
    faint[2, 2, 3] = 4
    assert np.asarray(harness.compare(clear, faint).difference)[2, 2].tolist() == [5, 5, 5]


def test_the_html_holds_everything_and_runs_nothing() -> None:
    html = harness.compare(harness.Image(PIXELS, name='<script>alert("x")</script>'), OTHER)._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert html.count("data:image/png;base64,") == 4
    assert not re.search(r'(src|href)="(?!data:)', html)
    assert all(name in html for name in PANEL)
    assert "http" not in html
