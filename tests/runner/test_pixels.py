"""Images that come as pixels, from tests: an equal one is neither encoded nor decoded."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.baseline import Baselines, Selection, accept
from harness.generation import Generated, open_ledger
from harness.image import PixelImage, read_image_source
from harness.ledger import timestamp
from harness.provider import Output
from harness.records import MADE_BY_TESTS, Recipe, Request, RunRecord, Subject, Trial, TrialKey, TrialResult
from harness.runner import Examiner

KEY = TrialKey("test_x", "test_one", "fox", 0)
PIXELS = np.random.default_rng(0).integers(0, 256, (24, 20, 3)).astype(np.uint8)
PIXELS[:12] = (200, 30, 30)


def examined(folder: Path, pixels: np.ndarray) -> tuple[TrialResult, Path]:
    record = RunRecord(run="", suites=MADE_BY_TESTS, started=timestamp(), version="0", baselines="baselines")
    image, _ = read_image_source(pixels)
    trial = Trial(KEY, Recipe(Request("x", width=20, height=24), Subject("pytest", "pytest")))
    with open_ledger(record, folder / "reports") as ledger:
        ledger.durable = False
        examiner = Examiner(ledger, Baselines(folder / "baselines"))
        result = ledger.append(examiner.examine(Generated(trial, Output(cost=0.0), 0.0, pixels=image)))
        ledger.finish(ledger.record)
    return result, ledger.folder


@pytest.fixture
def accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CI", raising=False)
    result, run = examined(tmp_path, PIXELS)
    assert result.outcome.verdict == "new"
    accept(Baselines(tmp_path / "baselines"), run, Selection(), reason="looked at", who="Test Person")
    return tmp_path


def fail(*_: object) -> None:
    raise AssertionError("not needed")


def test_equal_pixels_are_the_accepted_file_and_nothing_is_encoded_or_decoded(
    accepted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.image.encoding.quick_png", fail)
    monkeypatch.setattr("harness.image.decoding._decode", fail)
    result, run = examined(accepted, PIXELS)
    assert result.outcome.verdict == "identical"
    assert result.image is not None
    assert np.array_equal(np.asarray(Image.open(run / result.image.file)), PIXELS)


def test_other_pixels_are_stored_beside_the_accepted_image(accepted: Path) -> None:
    result, run = examined(accepted, 255 - PIXELS)
    assert result.outcome.verdict == "drift"
    assert result.image is not None
    assert np.array_equal(np.asarray(Image.open(run / result.image.file)), 255 - PIXELS)
    assert len(list((run / "images").iterdir())) == 2
    assert len(list((run / "heat_maps").iterdir())) == 1


def test_equal_pixels_do_not_hide_an_accepted_file_that_was_altered(accepted: Path) -> None:
    [file] = (accepted / "baselines").rglob("*.png")
    Image.new("RGB", (20, 24)).save(file)
    result, _ = examined(accepted, PIXELS)
    assert "baseline.altered" in [reason.code for reason in result.outcome.reasons]


def test_pixels_have_the_notes_of_the_file_that_is_stored() -> None:
    image, _ = read_image_source(Image.fromarray(PIXELS).convert("CMYK"))
    assert image.notes
    assert not PixelImage(image).image.notes
