"""What a probe showed, on one line each."""

import pytest

from harness.judge import ProbeReading, SeedReading, TrialDiagnosis
from harness.records import Reason, TrialKey
from harness.report.text import modes_words, reading_words
from harness.vocabulary import Code, ProbeName, ProbeOutcome, RepeatMode, SeedOutcome


@pytest.mark.parametrize(
    ("kind", "modes", "words"),
    [
        (RepeatMode.ONE, (6,), "one image in 6"),
        (RepeatMode.ONE, (1,), "one image"),
        (RepeatMode.SEVERAL, (5, 1), "two modes: 5 of 6, 1 of 6"),
        (RepeatMode.SEVERAL, (2,) * 6, "6 modes: 2 of 12, 2 of 12, 2 of 12, 2 of 12, 2 of 12, 2 of 12"),
        (RepeatMode.CONTINUOUS, (1, 1, 1), "3 images in 3"),
        (None, (), "–"),
    ],
)
def test_modes(kind: RepeatMode | None, modes: tuple[int, ...], words: str) -> None:
    seed = SeedReading(SeedOutcome.UNKNOWN)
    assert modes_words(TrialDiagnosis(TrialKey("s", "c"), None, None, kind, modes, seed, ())) == words


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (ProbeReading(ProbeName.ORDER, ProbeOutcome.EQUAL, 12), "equal (12 images)"),
        (ProbeReading(ProbeName.ORDER, ProbeOutcome.DIFFERS, 12, 2, 3.0), "2 of 12 images differ (max|Δ| 3)"),
        (ProbeReading(ProbeName.ORDER, ProbeOutcome.DIFFERS, 1, 1, None), "1 of 1 image differs (sizes differ)"),
        (ProbeReading(ProbeName.ORDER, ProbeOutcome.SKIPPED), "skipped"),
        (
            ProbeReading(ProbeName.BATCH, ProbeOutcome.SKIPPED, why=(Reason(Code.SKIP_BATCH),)),
            "skipped: it generates no batches",
        ),
        (
            ProbeReading(ProbeName.BATCH, ProbeOutcome.UNCLEAR, 4, 1, 2.0, why=(Reason(Code.PROBE_ONCE),)),
            "unclear: 1 of 4 images differs (max|Δ| 2); it differed once, and not when it was generated again",
        ),
        (
            ProbeReading(ProbeName.BATCH, ProbeOutcome.EQUAL, 4, 1, 2.0, why=(Reason(Code.PROBE_MODES),)),
            "1 of 4 images differs (max|Δ| 2), one of its modes",
        ),
        (ProbeReading(ProbeName.ENCODING, ProbeOutcome.EQUAL, 4), "equal bytes (4 images)"),
    ],
)
def test_readings(reading: ProbeReading, words: str) -> None:
    assert reading_words(reading) == words
