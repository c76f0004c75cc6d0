"""Measured values against limits."""

import pytest

from harness.judge import breaches
from harness.records import Comparison, Limit, Measurement


@pytest.mark.parametrize(
    ("limit", "measured", "kind"),
    [
        (Limit("ssim", min=0.5), None, "absent"),
        (Limit("ssim", min=0.5), Measurement(absent="other size"), "absent"),
        (Limit("ssim", min=0.5), Measurement(0.49), "far"),
        (Limit("ssim", 0.5, 0.9), Measurement(0.91), "close"),
        (Limit("phash", max=4), Measurement(5.0), "far"),
        (Limit("ssim", min=0.5, max=0.5), Measurement(0.5), None),
        (Limit("pixels_equal", min=1), Measurement(True), None),
    ],
)
def test_what_was_not_measured_meets_no_limit(limit: Limit, measured: Measurement | None, kind: str | None) -> None:
    panel = Comparison({} if measured is None else {limit.metric: measured})
    assert [breach.kind for breach in breaches(panel, [limit])] == ([] if kind is None else [kind])
