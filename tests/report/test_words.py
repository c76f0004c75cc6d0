import re

from hypothesis import given
from hypothesis import strategies as st

from harness.records import Limit
from harness.report.words import one_line, show_limit, show_value


@given(st.floats(-1, 1, exclude_max=True))
def test_ssim_below_one_never_reads_as_one(value: float) -> None:
    shown = show_value("ssim", value)
    assert float(shown) <= 1
    assert value > 1 - 1e-9 or shown != "1.0000"


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_change_never_reads_as_nothing_or_everything(value: float) -> None:
    assert show_value("changed", value) not in ("0.00 %", "100.00 %")


def test_values_for_people() -> None:
    shown = {
        ("ssim", 1.0): "1.0000",
        ("ssim", 0.99999): "0.9999",
        ("ssim", 0.98): "0.9800",
        ("changed", 0.14): "14.00 %",
        ("changed", 0.0): "0.00 %",
        ("changed", 0.00001): "< 0.01 %",
        ("changed", 0.99999): "99.99 %",
        ("delta_e", 8.214): "8.21",
        ("delta_e", 0.004): "< 0.01",
        ("psnr", 23.04): "23.0 dB",
        ("psnr", float("inf")): "∞",
        ("max_abs", 229.0): "229",
        ("pixels_equal", True): "yes",
        ("pixels_equal", False): "no",
        ("lpips", 0.0123456): "0.01235",
    }
    assert {key: show_value(*key) for key in shown} == shown


def test_limits_for_people() -> None:
    assert show_limit(Limit("ssim", min=0.98)) == "≥ 0.98"
    assert show_limit(Limit("phash", max=4)) == "≤ 4"
    assert show_limit(Limit("ssim", 0.95, 0.999)) == "0.95 … 0.999"
    assert show_limit(Limit("pixels_equal", 1, 1)) == "= 1"


@given(st.text(max_size=80))
def test_one_line_is_one_line_that_can_be_written(text: str) -> None:
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    shown.encode()
