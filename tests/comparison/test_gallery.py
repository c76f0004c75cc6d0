"""Every metric on pairs that are the same, or are not, to a person; the known traps among them."""

from pathlib import Path

import pytest

from harness.comparison import compare_bytes, heat_map
from harness.image import read_file
from harness.judge import score
from harness.records import Comparison
from tests.comparison.conftest import KERNELS, using

GALLERY = Path(__file__).parent / "gallery"
PAIRS = sorted(folder.relative_to(GALLERY).as_posix() for folder in GALLERY.glob("*/*"))


def files(pair: str) -> tuple[Path, Path]:
    folder = GALLERY / pair
    return folder / "accepted.png", next(folder.glob("candidate.*"))


def compare_files(accepted: Path, candidate: Path) -> Comparison:
    return compare_bytes(accepted.read_bytes(), candidate.read_bytes())


def value(comparison: Comparison, name: str) -> float:
    measured = comparison.measurements[name].value
    assert measured is not None, name
    return float(measured)


def test_each_pair_has_its_line() -> None:
    assert len(PAIRS) >= 16
    for pair in PAIRS:
        line = (GALLERY / pair / "README.md").read_text(encoding="utf-8")
        assert line.endswith(".\n")
        assert line.count("\n") == 1


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair != "different/other-size"])
def test_the_uncalibrated_limits_tell_same_from_different(pair: str, kernel: str) -> None:
    with using(kernel):
        found = compare_files(*files(pair))
    apart = score(found)
    assert apart is not None
    assert (apart <= 1) is pair.startswith("same/"), found.measurements


@pytest.mark.parametrize("pair", PAIRS)
def test_the_kernels_agree(pair: str) -> None:
    reported = []
    for kernel in KERNELS:
        with using(kernel):
            reported.append(compare_files(*files(pair)).measurements)
    for other in reported[1:]:
        for name, said in reported[0].items():
            assert other[name].absent == said.absent
            assert other[name].value == pytest.approx(said.value, abs=1e-9)


def test_equal_pixels_are_equal_however_they_are_stored() -> None:
    for pair in ("same/encoded-again", "same/opaque-alpha"):
        found = compare_files(*files(pair))
        assert found.measurements["bytes_equal"].value is False
        assert found.measurements["pixels_equal"].value is True
        assert value(found, "ssim") == 1


def test_a_tint_is_seen_by_color_alone() -> None:
    found = compare_files(*files("different/color-shift"))
    assert value(found, "phash") <= 2
    assert value(found, "ssim") > 0.98
    assert value(found, "delta_e") > 20


def test_a_disc_of_equal_luma_is_flat_to_every_hash_of_grey() -> None:
    found = compare_files(*files("different/color-only"))
    assert "flat image" in (found.measurements["phash"].absent or "")
    assert value(found, "delta_e") > 60


def test_one_character_leaves_the_mean_and_the_hashes_alone() -> None:
    found = compare_files(*files("different/one-character"))
    assert value(found, "ssim") > 0.98
    assert value(found, "phash") == value(found, "dhash") == value(found, "whash") == 0
    assert value(found, "ssim_block_min") < 0.75


def test_black_against_almost_black_is_no_structure() -> None:
    found = compare_files(*files("different/flat-level"))
    assert value(found, "ssim") < 0.1
    assert value(found, "max_abs") == 10


def test_a_flat_image_a_bit_off_has_no_hash_that_could_cry_wolf() -> None:
    found = compare_files(*files("same/flat-last-bit"))
    assert {found.measurements[name].value for name in ("phash", "dhash", "whash")} == {None}
    assert value(found, "max_abs") == 1


def test_another_size_is_never_measured() -> None:
    found = compare_files(*files("different/other-size"))
    assert found.measurements["ssim"].absent == "the sizes differ: 128×128 and 128×96"
    assert found.measurements["pixels_equal"].value is False


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair != "different/other-size"])
def test_every_pair_has_a_small_heat_map(pair: str) -> None:
    a, b = (read_file(path).pixels for path in files(pair))
    assert len(heat_map(a, b).png) < 60_000
