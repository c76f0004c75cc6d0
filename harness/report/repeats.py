"""How the providers of a run repeat, from the images of its repeats."""

from collections import Counter, defaultdict
from collections.abc import Container
from pathlib import Path

import numpy as np

from harness.image import alike, decode
from harness.ledger import iter_results, read_image
from harness.records import ImageRef, TrialKey, TrialResult
from harness.report.text import repeats_shown
from harness.vocabulary import RuleKind, Source

MOST_DECODED = 100
"""Trials of a provider whose images are decoded to find the largest difference."""


def repeat_lines(folder: Path, keys: Container[TrialKey] | None = None) -> list[str]:
    """Return a line for each provider that generated one of these trials of a run (None: of all) more than once. Raises
    ImageLostError, ImageError and what reading a run does."""
    chosen = None if keys is None else keys.__contains__
    counted = Counter(result.key for result in iter_results(folder, chosen) if _generated(result))
    several = {key for key, times in counted.items() if times > 1}
    if not several:
        return []
    found: dict[str, dict[TrialKey, list[TrialResult]]] = defaultdict(lambda: defaultdict(list))
    for result in iter_results(folder, several.__contains__):
        if _generated(result):
            found[result.recipe.subject.provider][result.key].append(result)
    repeated = {
        provider: [own for own in trials.values() if len(own) > 1] for provider, trials in sorted(found.items())
    }
    return [_line(folder, provider, trials) for provider, trials in repeated.items() if trials]


def _generated(result: TrialResult) -> bool:
    return result.source == Source.GENERATED and result.image is not None and not result.is_set


def _line(folder: Path, provider: str, trials: list[list[TrialResult]]) -> str:
    distinct = [list({one.image.pixel_digest: one.image for one in own if one.image}.values()) for own in trials]
    images, generations = max((len(refs), len(own)) for refs, own in zip(distinct, trials, strict=True))
    differing = [refs for refs in distinct if len(refs) > 1]
    far = [_largest(folder, refs) for refs in differing[:MOST_DECODED]]
    exact = any(own[0].policy is None or own[0].policy.drift.kind == RuleKind.EXACT for own in trials)
    return repeats_shown(
        provider, images, generations, trials=len(trials), differing=len(differing), exact=exact,
        largest=None if None in far else max((one for one in far if one is not None), default=0),
    )  # fmt: skip


def _largest(folder: Path, refs: list[ImageRef]) -> int | None:
    """Return the largest difference of a channel value between the first image and the others; None where sizes
    differ."""
    first, *others = (decode(read_image(folder, ref)).pixels for ref in refs)
    if any(other.shape[:2] != first.shape[:2] for other in others):
        return None
    pairs = (alike(first, other) for other in others)
    return max(int((np.maximum(a, b) - np.minimum(a, b)).max()) for a, b in pairs)
