"""What a probe showed, line by line, and what a suite may do with its provider."""

from harness.judge import Diagnosis, ProbeReading, TrialDiagnosis, exactly
from harness.report.text.hints import hint_of_probe
from harness.report.text.probe import continuous_of, far, images_of, modes_of, some
from harness.report.text.sentences import because
from harness.vocabulary import ProbeName, ProbeOutcome, RepeatMode, SeedOutcome

CONTROLS = (ProbeName.HASH, ProbeName.PATH, ProbeName.CLOCK)
"""Probes that hold one thing still where images differ."""


def reading_words(reading: ProbeReading) -> str:
    """Return a probe on one line: ``equal (12 images)``, ``2 of 12 images differ (max|Δ| 2)``, ``skipped: …``."""
    why = because(reading.why)
    if reading.outcome == ProbeOutcome.SKIPPED:
        return f"skipped: {why}" if why else "skipped"
    if reading.probe == ProbeName.ENCODING:
        if reading.outcome == ProbeOutcome.EQUAL:
            return f"equal bytes ({images_of(reading.images)})"
        return "same pixels, other bytes: the encoder or its metadata differs"
    if reading.probe in CONTROLS:
        shown = {ProbeOutcome.DIFFERS: "yes", ProbeOutcome.EQUAL: "no"}.get(reading.outcome, "undetermined")
        return f"{shown}: {why}"
    if not reading.differing:
        return f"equal ({images_of(reading.images)})"
    text = f"{some(reading.differing, reading.images)} ({far(reading.max_abs)})"
    if reading.outcome == ProbeOutcome.UNCLEAR:
        return f"unclear: {text}; {why}"
    return f"{text}, {why}" if reading.outcome == ProbeOutcome.EQUAL else text


def modes_words(trial: TrialDiagnosis) -> str:
    """Return the modes of the repeats: ``one image in 6``, ``two modes: 5 of 6, 1 of 6``, ``6 images in 6``."""
    if not trial.modes:
        return "–"
    if trial.kind == RepeatMode.ONE:
        total = sum(trial.modes)
        return f"one image in {total}" if total > 1 else "one image"
    return modes_of(trial.modes) if trial.kind == RepeatMode.SEVERAL else continuous_of(trial.modes)


def advice(diagnosis: Diagnosis) -> str:
    """Return what a suite may do with this provider now."""
    if diagnosis.exact_here:
        where = "; what was changed of its environment changed nothing" if exactly(diagnosis.elsewhere) else ""
        return f"it may use `drift: exact` on this machine{where}"
    nothing = next((trial.shows_nothing for trial in diagnosis.trials if trial.shows_nothing is not None), None)
    if nothing is not None:
        return hint_of_probe((nothing,))
    if diagnosis.level is None:
        return next(
            (hint for t in diagnosis.trials if (hint := hint_of_probe(t.problem[:1]))), "nothing is known of it"
        )
    if diagnosis.seed.outcome in (SeedOutcome.IGNORED, SeedOutcome.NOT_SEEDED, SeedOutcome.CONSTANT):
        return "say `drift: set`: sets of images are compared with each other"
    differing = [reading.probe for reading in diagnosis.readings if reading.outcome == ProbeOutcome.DIFFERS]
    if differing == [ProbeName.CONCURRENCY]:
        return f"say `concurrency: 1` under providers.{diagnosis.provider}, and probe again"
    if any(trial.kind == RepeatMode.SEVERAL for trial in diagnosis.trials):
        return "say `drift: calibrated`, or accept each of its images: harness accept --also"
    return "say `drift: calibrated`, or limits"
