"""What a probe showed, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.report.formatting import show_time
from harness.report.text.forms import Words
from harness.report.words import plural
from harness.vocabulary import Code, ProbeName, SeedOutcome

DEPENDS: Mapping[str, str] = {
    ProbeName.ORDER: "carries state over from the image generated before",
    ProbeName.FIRST: "generates its first image differently",
    ProbeName.CONCURRENCY: "is not safe under concurrency",
    ProbeName.RESTART: "depends on the process",
    ProbeName.BATCH: "depends on the batch",
    ProbeName.THREADS: "depends on threads",
    ProbeName.INSTRUCTIONS: "depends on the instruction set",
    ProbeName.HASH: "depends on the hash seed of its process",
    ProbeName.PATH: "depends on the path that it writes to",
    ProbeName.CLOCK: "depends on the time",
}
"""What a probe that differs says of a provider."""
HELD: Mapping[str, str] = {ProbeName.HASH: "with PYTHONHASHSEED=0", ProbeName.PATH: "at one path"}
"""What a probe holds still, so that images repeat."""
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}


def seed_words(outcome: str) -> str:
    """Return what a seed does."""
    return "answered from a cache" if outcome == SeedOutcome.CACHED else str(outcome)


def far(max_abs: Any) -> str:
    """Return how far images differ: ``max|Δ| 2``."""
    return "sizes differ" if max_abs is None else Words().format("max|Δ| {0:g}", max_abs)


def images_of(count: Any) -> str:
    """Return how many images."""
    return plural(count, "image") if isinstance(count, int) else f"{count} images"


def some(differing: Any, images: Any) -> str:
    """Return how many of how many differ."""
    return f"{differing} of {images_of(images)} {'differs' if differing == 1 else 'differ'}"


def modes_of(modes: Sequence[Any]) -> str:
    """Repeats that fall into a few images: ``two modes: 5 of 6, 1 of 6``."""
    total = sum(modes)
    return f"{NUMBERS.get(len(modes), len(modes))} modes: " + ", ".join(f"{count} of {total}" for count in modes)


def continuous_of(modes: Sequence[Any]) -> str:
    """Repeats that are all different: ``6 images in 6``."""
    return f"{len(modes)} images in {sum(modes)}"


def _depends(probe: Any, differing: Any, images: Any, max_abs: Any, settings: Any) -> str:
    if probe in HELD:
        vary = plural(differing, "image") if isinstance(differing, int) else f"{differing} images"
        return f"{DEPENDS[probe]}: {images_of(images)} {HELD[probe]} are one, and {vary} come without"
    if probe == ProbeName.CLOCK:
        return f"{DEPENDS[probe]}: the image changed over {differing} of {images} pauses, more often than at once"
    under = " and ".join(map(str, settings[:2]))
    some, differ = f"{differing} of {images_of(images)}", "differs" if differing == 1 else "differ"
    evidence = {
        ProbeName.THREADS: "1 and 2 threads differ",
        ProbeName.ORDER: f"A generated after {under or 'B'} is not A generated after A",
        ProbeName.FIRST: "the first of a process is not like the later ones",
        ProbeName.CONCURRENCY: f"{some} generated at the same time {differ}",
        ProbeName.RESTART: f"{some} of a fresh process {differ}",
        ProbeName.BATCH: f"{some} {differ} in {under}",
        ProbeName.INSTRUCTIONS: f"{some} {differ} {under}",
    }.get(probe, f"{some} {differ}")
    return f"{DEPENDS.get(probe, probe)}: {evidence} ({far(max_abs)})"


def lasted(seconds: Any) -> str:
    """Return a duration in words a person takes in: ``14 s``, ``4 min``."""
    if not isinstance(seconds, (int, float)):
        return str(seconds)
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def missed_words(chance: Any) -> str:
    """Return what a number of images cannot rule out."""
    return Words().format("a fault of 1 in 10 would have been missed with probability {0:.2g}", chance)


def _seeds(count: Any) -> str:
    return plural(count, "other seed") if isinstance(count, int) else f"{count} other seeds"


def _other_seeds(differing: Any, seeds: Any) -> str:
    return (
        f"{_seeds(seeds)} give other images"
        if differing == seeds
        else f"{differing} of {_seeds(seeds)} give another image"
    )


def _listed(values: Any) -> str:
    words = ["the default" if value is None else str(value) for value in values]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else ", ".join(words)


TEMPLATES: Mapping[str, Any] = {
    Code.CACHE_SOURCE: "its source is the {source}",
    Code.CACHE_HIT: "the reply says that it is a cache hit",
    Code.CACHE_USAGE: "the usage in the reply is zero",
    Code.CACHE_FREE: "the reply costs nothing",
    Code.CACHE_INSTANT: lambda seconds, fresh: f"known bytes in {show_time(seconds)}, new ones take {show_time(fresh)}",
    Code.SKIP_NOTHING: "nothing was generated",
    Code.SKIP_UNSTEADY: "it does not repeat even without this change",
    Code.SKIP_CACHED: "repeats are answered from a cache",
    Code.SKIP_RESTART: "a fresh process alone changes the image",
    Code.SKIP_ORDER: "the image depends on what was generated before",
    Code.SKIP_ONE: "it generates one at a time",
    Code.SKIP_BATCH: "it generates no batches",
    Code.SKIP_ISOLATION: "the provider offers no fresh process to generate in",
    Code.SKIP_PROCESSOR: "no other instruction set can be had on this processor",
    Code.PROBE_BUDGET: "the budget is reached",
    Code.PROBE_ALONE: "one generation alone",
    Code.PROBE_CACHED: "answered from a cache",
    Code.PROBE_MODES: "one of its modes",
    Code.PROBE_UNDISTINGUISHED: "not distinguished from: {probes:list}",
    Code.PROBE_ONCE: "it differed once, and not when it was generated again",
    Code.PROBE_UNEQUAL: "no two images have equal pixels",
    Code.PROBE_CACHED_ANSWERS: "{cached} of {count} answers came from a cache:",
    Code.PROBE_REFUSED: "every generation was refused:",
    Code.PROBE_FEW: "{images} of {count} generations brought an image:",
    Code.PROBE_ONE: "one generation shows nothing about repeats",
    Code.SEED_NONE: "the provider takes no seed",
    Code.SEED_LEFT_OUT: "the provider says that it leaves the seed out",
    Code.SEED_FEW: "too few images came",
    Code.SEED_SAME_CACHED: lambda seeds: f"{_seeds(seeds)} bring the same image",
    Code.SEED_ALL_CACHED: "every other seed was answered from a cache",
    Code.SEED_REJECTED: "it generates without a seed, but not with one:",
    Code.SEED_NOTHING: "nothing was generated",
    Code.SEED_REPEATS: "the same seed repeats",
    Code.SEED_OTHER: _other_seeds,
    Code.SEED_SAME: lambda seeds: f"{_seeds(seeds)} give the same image",
    Code.SEED_CONSTANT: "another seed and another prompt give the same image",
    Code.SEED_OUTSIDE: lambda differing, seeds: f"{differing} of {_seeds(seeds)} give images that no repeat gave",
    Code.SEED_INSIDE: lambda seeds: f"{_seeds(seeds)} give the images that repeats give",
    Code.SEED_NOISE: "it does not repeat, and too few images came to distinguish seeds from noise",
    Code.SEED_FARTHER: "images of other seeds differ more than repeats of one seed do",
    Code.SEED_MODULUS: "seeds are taken modulo {modulus} or a divisor of it: {first} and {second} give the same image",
    Code.SEED_NEIGHBORS: "neighboring seeds share an image, as {first} and {second}",
    Code.SEED_SHARED: lambda shared, seeds:
        f"of {seeds} seeds some share an image: {'; '.join(_listed(group) for group in shared)}",
    Code.SEED_AS_FAR: "repeats of one seed differ as much as images of other seeds do",
    Code.SETTING_FEW: "too few images came",
    Code.SETTING_UNSTEADY: "it does not repeat: images differ anyway",
    Code.SETTING_SAME: lambda values: f"{_listed(values)} give the same image",
    Code.SETTING_OTHER: lambda values: f"{_listed(values)} give different images",
    Code.INCONCLUSIVE: "inconclusive:",
    Code.SEED_IGNORED: "ignores its seed:",
    Code.UNSTEADY: lambda differing, images, max_abs:
        f"does not always repeat: {some(differing, images)} ({far(max_abs)})",
    Code.MODES: lambda modes, case, max_abs:
        f"{'bistable' if len(modes) == 2 else 'unsteady'}: {modes_of(modes)} ({case}, {far(max_abs)})",
    Code.CONTINUOUS: lambda modes, case, max_abs: f"continuous noise: {continuous_of(modes)} ({case}, {far(max_abs)})",
    Code.DEPENDS: _depends,
    Code.REST_EQUAL: "everything else is bit-equal",
    Code.REST_UNCLEAR: "{probes:list}: not distinguished from that",
    Code.UNCLEAR: lambda probe, differing, images, max_abs:
        f"does not always repeat: {probe}: {some(differing, images)} ({far(max_abs)})",
    Code.STEADY: lambda level, images, repeats, missed, span:
        f"exact to the {str(level).removesuffix('s')}: {images_of(images)}, under every probe that was made; "
        f"{images_of(repeats)} of one recipe within {lasted(span)}: {missed_words(missed)}",
    Code.BROKEN_IMAGES: "{count} of {images:images} show nothing:",
    Code.CHANGE_POINT: "changed at call {call}: other images before than from there on ({images:images}{p:chance})",
    Code.TREND: "drifts: with every call the image moves farther away ({images:images}{p:chance})",
    Code.PERIOD: "depends on the number of the call: the same images every {period} calls ({images:images}{p:chance})",
    Code.RUNS: "changes back and forth: equal images come together ({images:images}{p:chance})",
    Code.FIRST_ONLY: "its first image alone differs from all later ones ({images:images}{p:chance})",
    Code.ONE_SEED: "does not repeat with seed {seed}, but with seed {other} ({images:images})",
    Code.SKIP_STEADY: "it repeats without",
    Code.SKIP_PATH: "the path alone may explain it",
    Code.SKIP_PROGRAM: "no program is started for each image",
    Code.SKIP_SPAN: "no time to wait was given (`--span`)",
    Code.CONTROL_NOTHING: "images vary in the same way",
    Code.CONTROL_EQUAL: "{images:images} are one{p:chance}",
    Code.CONTROL_PAUSES: "more often than at once{p:chance}",
    Code.ENCODING: "the bytes differ (encoder or metadata)",
    Code.SEED_LOST: lambda outcome: f"its seed is {seed_words(outcome)}",
    Code.PROMISE_EXACT: "it promises exact images on every machine, and shows level {level}",
    Code.PROMISE_EXACT_HERE: "it promises exact images in one environment, and shows level {level}",
    Code.PROMISE_SUITE: "the suite asks `{case}` to repeat to level {promised}, it shows {level}",
    Code.PROMISE_SEED: lambda outcome: f"it takes a seed, which is {seed_words(outcome)}",
    Code.PROMISE_SETTING: "`{name}` is {outcome}",
}  # fmt: skip
