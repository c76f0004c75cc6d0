import pytest

from harness.judge import level_between, weakest
from harness.records import Finding
from harness.vocabulary import LEVELS
from tests.judge.evidences import FAR, NEAR, SAME, panel

SEEN = (Finding("count", "pass"),)


@pytest.mark.parametrize(
    ("comparison", "level"),
    [
        (SAME, "bytes"),
        (panel(bytes_equal=False, pixels_equal=True), "pixels"),
        (panel(pixels_equal=False, max_abs=2), "lsb"),
        (NEAR, "perceptual"),
        (FAR, "none"),
        (panel(pixels_equal=False, max_abs="sizes differ"), "none"),
    ],
)
def test_levels(comparison: object, level: str) -> None:
    assert level_between(comparison) == level  # type: ignore[arg-type]


def test_structural_needs_checks_that_agree() -> None:
    assert level_between(FAR, (SEEN, SEEN)) == "structural"
    assert level_between(FAR, (SEEN, (Finding("count", "fail"),))) == "none"
    assert level_between(FAR, ((), ())) == "none"


def test_weakest() -> None:
    assert weakest(["bytes", "lsb", "pixels"]) == "lsb"
    assert weakest(LEVELS) == "none"
    with pytest.raises(ValueError, match="max"):
        weakest([])
