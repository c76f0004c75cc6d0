"""Answering checks from a view: pass, fail, inconclusive (it cannot be decided) or unsupported (no such check)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.records import Check, Finding
from harness.vision import relations
from harness.vision.grammar import CheckError, as_written
from harness.vision.shapes_grammar import RELATIONS, SHAPES_GRAMMAR, Scenery, Target, limits, scenery, targets
from harness.vision.view import SOMETHING, Seen, View
from harness.vision.viewer import look
from harness.vocabulary import CheckOutcome


@dataclass(frozen=True, slots=True)
class Matches:
    """Things that are the target beyond doubt, and things that may be."""

    sure: tuple[Seen, ...]
    maybe: tuple[Seen, ...]

    @property
    def all(self) -> tuple[Seen, ...]:
        """All of them."""
        return self.sure + self.maybe


def matches(view: View, target: Target) -> Matches:
    """Return the things of a view that a target means.

    Without a shape, things of the sky are left out: they are asked for by name. What may be none of the known
    shapes may be no thing at all, and what has no clear shape and lies in another thing may be its shading: in the
    color of that thing it is.
    """
    sure, maybe = [], []
    for thing in view.things:
        unclear = thing.within is not None and not thing.clear
        if unclear and thing.within is not None and view.things[thing.within].colors == thing.colors:
            continue
        if target.shape is None:
            fits = [shape not in ("sun", "moon", "stars") for shape in thing.shapes]
        else:
            fits = [shape == target.shape for shape in thing.shapes]
        tints = [target.color is None or color == target.color for color in thing.colors] or [target.color is None]
        doubtful = unclear or SOMETHING in thing.shapes
        if all(fits) and all(tints) and not doubtful:
            sure.append(thing)
        elif any(fits) and any(tints):
            maybe.append(thing)
    return Matches(tuple(sure), tuple(maybe))


def check(seen: View | NDArray[np.uint8], asked: Check) -> Finding:
    """Return the finding of one check on a view, or on an image (RGB, height × width × 3, 0..255).

    It fails only what is seen beyond doubt to be otherwise. A kind or a word that this viewer does not know is
    ``unsupported``; an image that it cannot read, and a thing that can be read two ways with different answers, are
    ``inconclusive``.
    """
    view = seen if isinstance(seen, View) else look(seen)
    written = as_written(asked.args)
    try:
        SHAPES_GRAMMAR.read(SHAPES_GRAMMAR.parse(asked.args))
    except CheckError as fault:
        return Finding(written, CheckOutcome.UNSUPPORTED, fault.problem)
    if view.doubts:
        return Finding(written, CheckOutcome.INCONCLUSIVE, f"{'; '.join(view.doubts)}: {view.words()}")
    return _answer(view, asked, written)


def evaluate_checks(pixels: NDArray[np.uint8], checks: Iterable[Check]) -> tuple[Finding, ...]:
    """Return the findings of several checks on one image, which is looked at once (not at all without checks)."""
    asked = tuple(checks)
    if not asked:
        return ()
    view = look(pixels)
    return tuple(check(view, one) for one in asked)


def _answer(view: View, asked: Check, written: str) -> Finding:
    """Return the finding of a valid check on a view that can be trusted."""
    kind, args = asked.kind, asked.args
    if kind == "background":
        return Finding(written, _background(view, scenery(args)), view.ground.words())
    meant = targets(asked)
    found = [matches(view, target) for target in meant]
    if kind in RELATIONS:
        outcome, why = relations.judge(kind, meant, [(m.sure, m.maybe) for m in found])
        boxes = tuple(dict.fromkeys(thing.box for m in found for thing in m.all))
        return Finding(written, outcome, f"{why}: {view.words()}" if why else view.words(), boxes)
    (found_one,) = found
    boxes = tuple(thing.box for thing in found_one.all)
    if kind == "color":
        outcome = _color(found_one, args["equals"])
    else:
        low, high = {"present": (1, None), "absent": (0, 0)}.get(kind) or limits(args)
        outcome = _within(len(found_one.sure), len(found_one.all), low, high)
    return Finding(written, outcome, view.words(), boxes)


def _within(few: int, many: int, low: int, high: int | None) -> CheckOutcome:
    """Return the outcome of a count that is known to lie between ``few`` and ``many``."""
    if few >= low and (high is None or many <= high):
        return CheckOutcome.PASS
    if many < low or (high is not None and few > high):
        return CheckOutcome.FAIL
    return CheckOutcome.INCONCLUSIVE


def _color(found: Matches, expected: str) -> CheckOutcome:
    """Return whether every thing found has a color; without any there is nothing that has it."""
    if not found.all:
        return CheckOutcome.FAIL
    if any(expected not in thing.colors for thing in found.sure):
        return CheckOutcome.FAIL
    return (
        CheckOutcome.PASS
        if found.sure and all(thing.colors == (expected,) for thing in found.all)
        else CheckOutcome.INCONCLUSIVE
    )


def _background(view: View, expected: Scenery) -> CheckOutcome:
    ground = view.ground
    if ground.kind == "unclear":
        return CheckOutcome.INCONCLUSIVE
    pairs: Sequence[tuple[str | None, str | None]] = (
        (expected.kind, ground.kind), (expected.color, ground.color), (expected.time, ground.time),
    )  # fmt: skip
    if all(expected_part is None or expected_part == is_ for expected_part, is_ in pairs):
        return CheckOutcome.PASS if ground.sure else CheckOutcome.INCONCLUSIVE
    # A night need not have hills or a sea: a plain dark ground may be meant as one.
    night = expected.time == "night" and ground.kind == "plain" and ground.color in ("black", "blue", "purple")
    return CheckOutcome.INCONCLUSIVE if night or not ground.sure else CheckOutcome.FAIL
