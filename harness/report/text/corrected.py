"""Rates of checks passed, corrected for the errors of the judge, in words."""

from collections.abc import Iterable, Iterator

from harness.records import CorrectedRate
from harness.report.formatting import DASH, show_interval
from harness.report.text.bench import show_share
from harness.report.text.sentences import sentence

CORRECTED_COLUMNS = ("", "viewer", "check", "passed", "95 %", "corrected", "95 % ")
CORRECTED_METHOD = (
    "Corrected for the sensitivity and specificity that harness calibrate measured of the viewer (Rogan and Gladen "
    "1978), between 0 and 1; the interval accounts for the calibration's uncertainty (Lang and Reiczigel 2014). Only "
    "answers that decided count."
)


def corrected_rows(arms: Iterable[tuple[str, Iterable[CorrectedRate]]]) -> Iterator[tuple[str, ...]]:
    """Yield the corrected rates of arms as the cells of rows, in the order of CORRECTED_COLUMNS; ``arms`` have each a
    name and its rates."""
    for name, rates in arms:
        for one in rates:
            yield name, one.viewer, one.kind, show_share(one.raw), show_interval(one.raw), *_corrected(one)


def _corrected(one: CorrectedRate) -> tuple[str, str]:
    if one.problem is not None:
        return sentence(one.problem), DASH
    if one.rate is None or one.low is None or one.high is None:
        return DASH, DASH
    return f"{one.rate * 100:.0f} %", f"{one.low * 100:.0f}–{one.high * 100:.0f} %"
