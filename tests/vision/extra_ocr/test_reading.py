"""Real OCR, with the extra ``ocr`` (``make test-ocr`` sets it up in an environment of its own)."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.ocr import read_as, samples
from harness.records import ViewerSpec
from harness.vision import SHAPES, ViewedImage, evaluate_checks, open_viewer, parse_check
from harness.vision.ocr import OcrViewer
from harness.vision.text_grammar import normalized


@pytest.fixture(scope="module")
def viewer() -> Iterator[OcrViewer]:
    opened = open_viewer(ViewerSpec("ocr", "ocr"))
    assert isinstance(opened, OcrViewer)
    yield opened
    opened.close()


def test_at_least_30_of_32_are_read_exactly(viewer: OcrViewer) -> None:
    every = list(samples())
    exact = Counter(sample.setting for sample in every if read_as(viewer, sample.pixels) == normalized(sample.phrase))
    assert len(every) == 32
    assert exact.total() >= 30, exact


def test_a_check_is_answered_with_words_and_boxes(viewer: OcrViewer) -> None:
    sample = next(iter(samples()))
    image = ViewedImage(sample.pixels)
    right = viewer.answer(image, parse_check({"text": sample.phrase}))
    wrong = viewer.answer(image, parse_check({"text": "CLOSED"}))
    assert (right.outcome, wrong.outcome) == ("pass", "fail")
    assert right.evidence is not None
    assert right.evidence["words"][0][0].casefold() == sample.phrase.casefold()
    [(x, y, width, height)] = right.boxes
    dark = np.argwhere(sample.pixels[:, :, 0] < 100)
    (top, left), (bottom, right_edge) = dark.min(axis=0), dark.max(axis=0)
    assert x <= left
    assert y <= top
    assert x + width >= right_edge
    assert y + height >= bottom
    assert width * height < 3 * (right_edge - left) * (bottom - top)


def test_reading_repeats(viewer: OcrViewer) -> None:
    pixels = list(samples())[3].pixels
    again = OcrViewer("again")
    assert viewer.read(pixels) == viewer.read(pixels) == again.read(pixels)


@pytest.mark.parametrize("shape", [(1, 1, 3), (4000, 4000, 3), (3, 900, 3), (64, 64, 4)])
def test_an_image_without_text_has_none(viewer: OcrViewer, shape: tuple[int, ...]) -> None:
    image = ViewedImage(np.zeros(shape, np.uint8))
    assert viewer.answer(image, parse_check({"text": "OPEN"})).outcome == "fail"


def test_text_under_transparency_is_read_as_it_is_seen(viewer: OcrViewer) -> None:
    sample = next(iter(samples()))
    alpha = np.where(sample.pixels[:, :, :1] < 128, 255, 0).astype(np.uint8)
    seen = ViewedImage(np.concatenate([np.where(alpha > 0, sample.pixels, 0), alpha], axis=2))
    assert viewer.answer(seen, parse_check({"text": sample.phrase})).outcome == "pass"


def test_versions_are_in_the_recipe_and_the_judge(viewer: OcrViewer) -> None:
    other = open_viewer(ViewerSpec("ocr", "ocr", {"min_score": 0.7}))
    assert {"rapidocr", "onnxruntime"} <= set(viewer.recipe)
    assert viewer.recipe != other.recipe


def test_other_viewers_do_not_read() -> None:
    found = evaluate_checks(next(iter(samples())).pixels, [parse_check({"text": "OPEN"})])
    assert SHAPES.kind == "shapes"
    assert found[0].outcome == "unsupported"
