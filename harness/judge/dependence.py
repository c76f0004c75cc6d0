"""The diagnosis of a provider over its trials, and the one sentence that tells it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.judge.determinism import weakest
from harness.judge.diagnosis import ProbeReading, TrialDiagnosis, exactly
from harness.judge.parameters import ParameterReading
from harness.judge.seed import SeedReading
from harness.records import TrialKey
from harness.vocabulary import Level, SeedPromise

LOST_SEEDS = ("ignored", "rejected", "constant", "cached")
"""What becomes of a seed that does not do what a seed does."""
WORDS = {
    "order": "keeps something of the image generated before",
    "first": "generates its first image differently",
    "concurrency": "is not safe under concurrency",
    "restart": "depends on the process",
    "batch": "depends on the batch",
    "threads": "depends on threads",
    "instructions": "depends on the instruction set",
}
"""What a probe that differs says of a provider."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known of a provider by its trials.

    ``level`` and ``elsewhere`` are the weakest of the trials that could be judged (None: none of them); ``readings``
    are the probes over all trials; ``seed`` is that of the trials (the first that is not honored, where there is
    one); ``cause`` is the diagnosis in one sentence. ``conclusive`` says that every trial could be judged.
    """

    provider: str
    trials: tuple[TrialDiagnosis, ...]
    level: Level | None
    elsewhere: Level | None
    seed: SeedReading
    readings: tuple[ProbeReading, ...]
    parameters: tuple[ParameterReading, ...]
    cause: str
    conclusive: bool

    @property
    def exact_here(self) -> bool:
        """Whether every trial repeated to the pixel in this environment: it may use ``drift: exact``."""
        return self.conclusive and exactly(self.level)


def diagnose_provider(provider: str, trials: Sequence[TrialDiagnosis]) -> Diagnosis:
    """The diagnosis of a provider. Pure. Raises ValueError for no trial."""
    if not trials:
        raise ValueError("a diagnosis needs at least one trial")
    levels = [trial.level for trial in trials if trial.level is not None]
    beyond = [trial.elsewhere for trial in trials if trial.elsewhere is not None]
    names = dict.fromkeys(reading.probe for trial in trials for reading in trial.readings)
    readings = tuple(_folded([r for trial in trials for r in trial.readings if r.probe == name]) for name in names)
    reported = [trial.seed for trial in trials if trial.seed.outcome != "unknown"] or [trials[0].seed]
    seed = next((one for one in reported if one.outcome not in ("honored", "not seeded")), reported[0])
    return Diagnosis(
        provider=provider,
        trials=tuple(trials),
        level=weakest(levels) if levels else None,
        elsewhere=weakest(beyond) if beyond else None,
        seed=seed,
        readings=readings,
        parameters=tuple(parameter for trial in trials for parameter in trial.parameters),
        cause=_cause(trials, readings, seed),
        conclusive=len(levels) == len(trials),
    )


def broken_promises(
    diagnosis: Diagnosis, seed: SeedPromise, honors: frozenset[str], determinism: Mapping[TrialKey, Level]
) -> list[str]:
    """What was promised and does not hold, each in one clause; empty when all holds. A setting that the provider
    says it leaves out or clamps breaks nothing.

    ``seed`` and ``honors`` are what the provider declares, ``determinism`` what the suite promises of its trials (a
    level; ``drift: exact`` promises ``pixels``).
    """
    found = []
    if diagnosis.level is None:
        pass  # nothing is known: neither kept nor broken
    elif seed == SeedPromise.EXACT and not (
        exactly(diagnosis.level) and exactly(diagnosis.elsewhere or diagnosis.level)
    ):
        found.append(f"it promises exact images on every machine, and shows {_shown(diagnosis, everywhere=True)}")
    elif seed == SeedPromise.EXACT_PER_ENVIRONMENT and not exactly(diagnosis.level):
        found.append(f"it promises exact images in one environment, and shows {_shown(diagnosis)}")
    for trial in diagnosis.trials:
        promised = determinism.get(trial.key)
        if promised is not None and trial.level is not None and not trial.level.at_least(promised):
            found.append(f"the suite asks `{trial.key.case}` to repeat to level {promised}, it shows {trial.level}")
    if "seed" in honors and diagnosis.seed.outcome in LOST_SEEDS:
        found.append(f"it takes a seed, which is {seed_words(diagnosis.seed)}")
    found += [
        f"`{p.name}` is {p.outcome}: {p.evidence}" for p in diagnosis.parameters if p.outcome in _LOST and not p.stated
    ]
    return found


_LOST = ("ignored", "clamped")


def seed_words(seed: SeedReading) -> str:
    """What becomes of a seed, in words."""
    return {"cached": "answered from a cache"}.get(seed.outcome, seed.outcome)


def reading_words(reading: ProbeReading) -> str:
    """A probe on one line: ``equal (12 images)``, ``2 of 12 images differ (max|Δ| 2)``, ``skipped: …``."""
    if reading.outcome == "skipped":
        return f"skipped: {reading.why}" if reading.why else "skipped"
    if reading.probe == "encoding":
        if reading.outcome == "equal":
            return f"equal bytes ({_images(reading.images)})"
        return "same pixels, other bytes: the encoder or its metadata differs"
    if not reading.differing:
        return f"equal ({_images(reading.images)})"
    differ = "differs" if reading.differing == 1 else "differ"
    text = f"{reading.differing} of {_images(reading.images)} {differ} ({_far(reading.max_abs)})"
    if reading.outcome == "unclear":
        return f"unclear: {text}; {reading.why}"
    if reading.outcome == "equal":
        return f"{text}, {reading.why}"
    return text


def modes_words(trial: TrialDiagnosis) -> str:
    """The modes of the repeats: ``one image in 6``, ``two modes: 5 of 6, 1 of 6``, ``6 images in 6``."""
    total = sum(trial.modes)
    if not total:
        return "–"
    if trial.kind == "one":
        return f"one image in {total}" if total > 1 else "one image"
    if trial.kind == "continuous":
        return f"{len(trial.modes)} images in {total}"
    shares = ", ".join(f"{count} of {total}" for count in trial.modes)
    return f"{_number(len(trial.modes))} modes: {shares}"


def _cause(trials: Sequence[TrialDiagnosis], readings: Sequence[ProbeReading], seed: SeedReading) -> str:
    judged = [trial for trial in trials if trial.level is not None]
    if not judged:
        return f"inconclusive: {trials[0].problem}"
    by_name = {reading.probe: reading for reading in readings}
    unsteady = [trial for trial in judged if trial.kind in ("several", "continuous")]
    if by_name["repeat"].outcome == "differs":
        return _unsteady(unsteady, by_name["repeat"], seed)
    depends = [r for r in readings if r.outcome == "differs" and r.probe in WORDS]
    if depends:
        clauses = [f"{WORDS[r.probe]}: {_evidence(r)}" for r in depends]
        rest = _rest(readings)
        return "; ".join(clauses) + (f"; {rest}" if rest else "")
    unclear = [r for r in readings if r.outcome == "unclear"]
    if unclear:
        return f"does not always repeat: {unclear[0].probe}: {reading_words(unclear[0])}"
    count = sum(trial.fresh for trial in judged)
    what = "pixel" if by_name["encoding"].outcome == "differs" else "byte"
    tail = "; the bytes differ (encoder or metadata)" if what == "pixel" else ""
    lost = f"; its seed is {seed_words(seed)}" if seed.outcome in LOST_SEEDS else ""
    return f"exact to the {what}: {count} images, under every probe that was made{tail}{lost}"


def _unsteady(trials: Sequence[TrialDiagnosis], repeat: ProbeReading, seed: SeedReading) -> str:
    if seed.outcome == "ignored":
        return f"ignores its seed: {seed.evidence}"
    if not trials:
        return f"does not always repeat: {_evidence(repeat)}"
    bistable = [trial for trial in trials if trial.kind == "several"]
    if bistable:
        name = "bistable" if len(bistable[0].modes) == 2 else "unsteady"
        return f"{name}: {modes_words(bistable[0])} ({bistable[0].key.case}, {_far(bistable[0].spread)})"
    worst = max(trials, key=lambda trial: len(trial.modes))
    return f"continuous noise: {modes_words(worst)} ({worst.key.case}, {_far(worst.spread)})"


def _rest(readings: Sequence[ProbeReading]) -> str:
    """What is to be said of the probes that did not differ."""
    made = [r for r in readings if r.outcome != "skipped" and r.probe != "encoding"]
    if any(reading.outcome == "unclear" for reading in made):
        names = ", ".join(reading.probe for reading in made if reading.outcome == "unclear")
        return f"{names}: not distinguished from that"
    return "everything else is bit-equal"


def _evidence(reading: ProbeReading) -> str:
    far = f" ({_far(reading.max_abs)})"
    some = f"{reading.differing} of {_images(reading.images)}"
    differ = "differs" if reading.differing == 1 else "differ"
    reported: dict[str, Callable[[], str]] = {
        "threads": lambda: f"1 and 2 threads differ{far}",
        "order": lambda: f"A generated after B is not A generated after A{far}",
        "first": lambda: f"the first of a process is not like the later ones{far}",
        "concurrency": lambda: f"{some} generated at the same time {differ}{far}",
        "restart": lambda: f"{some} of a fresh process {differ}{far}",
        "batch": lambda: f"{some} {differ} in {' and '.join(reading.settings[:2])}{far}",
        "instructions": lambda: f"{some} {differ} {' and '.join(reading.settings[:2])}{far}",
    }
    return reported.get(reading.probe, lambda: f"{some} {differ}{far}")()


def _folded(readings: Sequence[ProbeReading]) -> ProbeReading:
    """One reading of the same probe over trials: the worst outcome, numbers added up."""
    order = ("differs", "unclear", "equal", "skipped")
    worst = min(readings, key=lambda reading: order.index(reading.outcome))
    odd = [reading for reading in readings if reading.differing]
    far = [reading.max_abs for reading in odd]
    return ProbeReading(
        worst.probe,
        worst.outcome,
        sum(reading.images for reading in readings),
        sum(reading.differing for reading in readings),
        None if any(value is None for value in far) else max((v for v in far if v is not None), default=None),
        tuple(dict.fromkeys(setting for reading in odd for setting in reading.settings)),
        worst.why,
    )


def _shown(diagnosis: Diagnosis, *, everywhere: bool = False) -> str:
    level = diagnosis.elsewhere if everywhere and exactly(diagnosis.level) else diagnosis.level
    return f"level {level}" if level is not None else "nothing (inconclusive)"


def _far(max_abs: float | None) -> str:
    return "sizes differ" if max_abs is None else f"max|Δ| {max_abs:g}"


def _images(count: int) -> str:
    return f"{count} image{'s' if count != 1 else ''}"


def _number(count: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five"}.get(count, str(count))
