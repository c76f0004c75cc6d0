"""How often the statistical verdicts cry wolf, and what they find, on images of the embedded painter.

``python -m benchmarks.verdicts`` writes ``reports/benchmarks/verdicts.md``; it takes a few minutes. The rules are those
of a run: the same functions make the noise floor, the limit at a trial's share of the suite's rate, the confirmations,
and the tests of a set.
"""

import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from benchmarks.painted import EDITS, MAKERS, PROMPTS, SIZE, Job, Maker, Noise, Pixels, generate
from harness.comparison import FEATURES, compare, features, kernel_name, thumbnail
from harness.judge import (
    CONFIRMATIONS,
    RATE,
    Arm,
    Reference,
    SetEvidence,
    exceeds,
    judge_set,
    noise_of,
    read_floor,
    score,
    set_test,
    unconfirmed,
)
from harness.judge.outcome import NOTHING
from harness.judge.rule import rule_on
from harness.records import Comparison, Confirmation, FloorReading, Rule

RESULTS = Path(__file__).parents[1] / "reports" / "benchmarks" / "verdicts.md"
SEEDS, REPEATS = 2, 5
CASES = [(prompt, seed) for prompt in range(len(PROMPTS)) for seed in range(SEEDS)]
NOISES = {
    "slight: 3 % of the starting noise anew": Noise(wobble=0.03),
    "strong: 30 % of the starting noise anew": Noise(wobble=0.3),
    "coded: slight, then JPEG at a quality from 85 to 97": Noise(wobble=0.03, jpeg=(85, 97)),
}
FALSE_ROUNDS, FOUND_ROUNDS, SET_ROUNDS, SAMPLES = 20, 2, 20, 10
PLAIN = Maker()
CALIBRATED = Rule("calibrated", alpha=RATE / len(CASES))

Edit = Callable[[Pixels], Pixels]
Case = tuple[int, int]


@dataclass
class Count:
    """``hits`` of ``of``."""

    hits: int = 0
    of: int = 0

    def add(self, hits: Iterable[bool]) -> None:
        for hit in hits:
            self.hits += hit
            self.of += 1

    def __str__(self) -> str:
        interval = binomtest(self.hits, self.of).proportion_ci()
        return f"{self.hits} of {self.of} = {self.hits / self.of:.1%} ({interval.low:.1%} to {interval.high:.1%})"


class Suite:
    """One calibrated suite: an accepted image and the noise floor of every case, made of generations of its own."""

    def __init__(self, noise: Noise, number: int) -> None:
        self.noise, self._next = noise, number * 1000
        self.accepted = self.generate(PLAIN)
        repeats = [self.generate(PLAIN) for _ in range(REPEATS)]
        scores = [{case: score(found) or 0.0 for case, found in self.compared(r).items()} for r in repeats]
        self.floors = noise_of({case: [row[case] for row in scores] for case in CASES})

    def generate(self, maker: Maker, edit: Edit | None = None, cases: list[Case] = CASES) -> dict[Case, Pixels]:
        self._next += 1
        images = generate([Job(*case, self._next) for case in cases], self.noise, maker)
        return {case: edit(p) if edit else p for case, p in zip(cases, images, strict=True)}

    def compared(self, images: dict[Case, Pixels]) -> dict[Case, Comparison]:
        return {case: compare(self.accepted[case], image) for case, image in images.items()}

    def readings(self, compared: dict[Case, Comparison], alpha: float | None) -> dict[Case, FloorReading]:
        return {
            case: read_floor(comparison, self.floors[case], alpha, confirmations=CONFIRMATIONS)
            for case, comparison in compared.items()
        }

    def verdicts(self, maker: Maker, edit: Edit | None = None) -> Iterator[str]:
        """Yield the verdicts of one run, at each trial's share of the suite's rate, with its confirmations."""
        compared = self.compared(self.generate(maker, edit))
        readings = self.readings(compared, CALIBRATED.alpha)
        while open_cases := [case for case, reading in readings.items() if unconfirmed(reading)]:
            for case, image in self.generate(maker, edit, open_cases).items():
                one = Confirmation(score(compare(self.accepted[case], image)))
                before = readings[case]
                readings[case] = replace(before, confirmations=(*before.confirmations, one))
        for case in CASES:
            yield rule_on(CALIBRATED, Reference(NOTHING, {}, compared[case], readings[case])).verdict


def arms(number: int, maker: Maker = PLAIN, edit: Edit | None = None) -> list[np.ndarray]:
    """Return features and thumbnail of ``SAMPLES`` images of each prompt, by seeds that no other number has."""
    first = 100 + number * SAMPLES
    jobs = [Job(prompt, seed, 0) for prompt in range(len(PROMPTS)) for seed in range(first, first + SAMPLES)]
    images = generate(jobs, Noise(), maker)
    images = [edit(image) if edit else image for image in images]
    rows = np.stack([np.concatenate([features(image), thumbnail(image)]) for image in images])
    return list(rows.reshape(len(PROMPTS), SAMPLES, -1))


def set_drifts(old: list[np.ndarray], new: list[np.ndarray]) -> list[bool]:
    """Of each prompt's set, judged at the rate RATE."""
    return [
        judge_set(SetEvidence(_arm(a), _arm(b), alpha=RATE))[0].verdict == "drift"
        for a, b in zip(old, new, strict=True)
    ]


def _arm(rows: np.ndarray) -> Arm:
    return Arm(rows[:, : len(FEATURES)], thumbnails=rows[:, len(FEATURES) :])


def pooled_drift(old: list[np.ndarray], new: list[np.ndarray]) -> bool:
    """Of all prompts together."""
    p = set_test([(a[:, : len(FEATURES)], b[:, : len(FEATURES)]) for a, b in zip(old, new, strict=True)]).p
    return p is not None and p <= RATE


def false_alarms() -> Iterator[str]:
    columns = ("one image above the limit of 5 %", "verdict drift, suite at 5 %", "suites with a drift", "inconclusive")
    yield f"| repeats differ by | {' | '.join(columns)} |"
    yield "|---|---|---|---|---|"
    for name, noise in NOISES.items():
        above, drifts, suites, undecided = Count(), Count(), Count(), Count()
        for number in range(FALSE_ROUNDS):
            suite = Suite(noise, number)
            bare = suite.readings(suite.compared(suite.generate(PLAIN)), RATE)
            above.add(map(exceeds, bare.values()))
            verdicts = list(suite.verdicts(PLAIN))
            assert set(verdicts) <= {"identical", "benign", "drift", "inconclusive"}, verdicts
            drifts.add(verdict == "drift" for verdict in verdicts)
            undecided.add(verdict == "inconclusive" for verdict in verdicts)
            suites.add([("drift" in verdicts)])
        yield f"| {name} | {above} | {drifts} | {suites} | {undecided.hits} of {undecided.of} |"
        _say(f"false alarms, {name}")


def false_set_alarms() -> Iterator[str]:
    single, pooled = Count(), Count()
    for number in range(SET_ROUNDS):
        old, new = arms(2 * number), arms(2 * number + 1)
        single.add(set_drifts(old, new))
        pooled.add([pooled_drift(old, new)])
    _say("false alarms of sets")
    yield "| judged | called drift at 5 % |"
    yield "|---|---|"
    yield f"| each prompt's set by itself | {single} |"
    yield f"| all {len(PROMPTS)} prompts together | {pooled} |"


def detection() -> Iterator[str]:
    kinds: dict[str, tuple[Maker, Edit | None]] = {name: (maker, None) for name, maker in MAKERS.items()}
    kinds |= {name: (PLAIN, edit) for name, edit in EDITS.items()}
    noises = [noise for noise in NOISES.values() if noise.jpeg is None]
    suites = [[Suite(noise, 500 + number) for number in range(FOUND_ROUNDS)] for noise in noises]
    accepted = [arms(1000 + 2 * number) for number in range(FOUND_ROUNDS)]
    yield "| change | calibrated, slight noise | calibrated, strong noise | set of one prompt | set of all prompts |"
    yield "|---|---|---|---|---|"
    for name, (maker, edit) in kinds.items():
        counts = [Count() for _ in range(4)]
        for number in range(FOUND_ROUNDS):
            made = replace(maker, nudged=number)
            for count, rounds in zip(counts, suites, strict=False):
                count.add(verdict == "drift" for verdict in rounds[number].verdicts(made, edit))
            new = arms(1001 + 2 * number, made, edit)
            counts[2].add(set_drifts(accepted[number], new))
            counts[3].add([pooled_drift(accepted[number], new)])
        yield f"| {name} | " + " | ".join(f"{count.hits} of {count.of}" for count in counts) + " |"
        _say(f"detection, {name}")


def _say(what: str) -> None:
    print(f"{time.process_time():6.0f} s  {what}", file=sys.stderr, flush=True)


def main() -> int:
    lines = [
        "# Verdicts by statistics: false alarms and detection",
        "",
        f"Made by `python -m benchmarks.verdicts` on {datetime.now(UTC):%Y-%m-%d} ({platform.machine()}, Python "
        f"{platform.python_version()}, kernel {kernel_name().split()[0]}). Images of the embedded painter "
        f"(painter@2, draft, {SIZE[0]} × {SIZE[1]}, {len(PROMPTS)} prompts), judged by the functions that a "
        "run judges with. Rates with their exact 95 % interval (Clopper–Pearson).",
        "",
        "## False alarms: nothing changed",
        "",
        f"`drift: calibrated`. The painter repeats to the bit, so noise is put in, generated again at each generation. "
        f"{FALSE_ROUNDS} suites of {len(CASES)} cases for each kind of noise; in each, an accepted image, "
        f"{REPEATS} repeats for the noise floor, and a new run. First, at the stated level of 5 % a trial, how "
        "often one image is above the limit, which is made for it and its confirmations together; then the "
        f"verdict of a run, whose suite has 5 %: 5 % / {len(CASES)} for each trial, and {CONFIRMATIONS} "
        "confirmations that must all lie above the limit too. The trials of one suite "
        "share their spread, so their counts vary a little more than the interval says. Coding skews the log-scores "
        "to the left: there the limit errs on the side of silence. A trial whose repeats are of several kinds has no "
        f"limit with {REPEATS} of them: it is inconclusive, and the verdict says how many repeats it needs.",
        "",
        *false_alarms(),
        "",
        f"`drift: set`. {SET_ROUNDS} times two sets of {SAMPLES} images of each prompt, by other seeds.",
        "",
        *false_set_alarms(),
        "",
        "## Detection: something changed",
        "",
        f"Calibrated: of {FOUND_ROUNDS} × {len(CASES)} trials those called drift, confirmed, at 5 % / {len(CASES)} a "
        f"trial. Sets: of {FOUND_ROUNDS} × {len(PROMPTS)} sets of {SAMPLES} images against {SAMPLES}, by other "
        f'seeds, at 5 % each; and tests over all prompts. "One thing missing" leaves the last thing out of the layout, '
        "and so its color out of the image; whether the right things are there is for checks to say.",
        "",
        *detection(),
        "",
    ]
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
