"""An image of a night, ranked among the earlier ones of its prompt."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from harness.comparison import FEATURES
from harness.judge import APPEARANCE, FEATURE_STREAMS, appearance_scores, rank_p
from harness.records import MonitorEpoch, MonitorImage

REPEATED = "repeats an earlier image"
LEAST_DISTINCT = 4
"""References, all different, from which on a repeat of an image is taken for the answer of a cache."""
_PLACES = {name: FEATURES.index(name) for name in FEATURE_STREAMS}


def is_evidence(image: MonitorImage) -> bool:
    """Return whether an attempt says something of the model: it was generated now, or refused."""
    return bool(image.features or image.refused) and not image.cached


def ranked(image: MonitorImage, earlier: Sequence[MonitorImage], epoch: MonitorEpoch) -> MonitorImage:
    """Return an image with its index and p-values; ``earlier`` are the attempts of its prompt in the epoch, in order.

    A repeat of an image of a prompt whose references all differ is no evidence, but ``cached``.
    """
    image = replace(image, index=len(earlier))
    before = [one for one in earlier if is_evidence(one)]
    if is_evidence(image) and _repeats(image, before, epoch.reference):
        image = replace(image, cached=REPEATED)
    if not is_evidence(image) or len(before) < epoch.reference:
        return image
    return replace(image, p={name: rank_p(scores, _u(epoch, image, name)) for name, scores in _scores(image, before)})


def _scores(image: MonitorImage, before: Sequence[MonitorImage]) -> list[tuple[str, Sequence[float]]]:
    """Return the scores of each stream that this image has a value in, its own last."""
    every = [*before, image]
    found: list[tuple[str, Sequence[float]]] = [("refusals", [float(one.refused) for one in every])]
    if image.features:
        shown = [one.features for one in every if one.features]
        found.append((APPEARANCE, list(appearance_scores(shown))))
        found += ((name, [vector[place] for vector in shown]) for name, place in _PLACES.items())
    if image.checks is not None:
        found.append(("checks", [one.checks[0] / one.checks[1] for one in every if one.checks is not None]))
    if image.first:
        found.append(("latency", [one.seconds for one in every if one.first]))
    if image.cost is not None:
        found.append(("cost", [one.cost for one in every if one.cost is not None]))
    return found


def _repeats(image: MonitorImage, before: Sequence[MonitorImage], reference: int) -> bool:
    references = [one.pixels for one in before[:reference] if one.pixels]
    varied = len(references) >= LEAST_DISTINCT and len(set(references)) == len(references)
    return varied and any(image.pixels == one.pixels for one in before if one.pixels)


def _u(epoch: MonitorEpoch, image: MonitorImage, stream: str) -> float:
    """Return a number from 0 to 1 that depends on the epoch's random seed and the place of the image alone, so that
    a night ranks the same when it is computed again."""
    text = f"{epoch.seed}/{stream}/{image.prompt}/{image.index}"
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") + 0.5) / 2**64
