"""Questions answered from a view in a word or a number; what cannot be answered has a reason, never a guess."""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.prompt import SKY, plural_of
from harness.vision import relations
from harness.vision.checks import Matches, check, matches
from harness.vision.grammar import CheckError
from harness.vision.questions import BACKGROUND, Question, parse_question
from harness.vision.shapes_grammar import Target
from harness.vision.view import Box, Seen, View
from harness.vision.viewer import look
from harness.vocabulary import CheckOutcome

CANNOT_TELL = "cannot tell"
_MOST_ERROR = 0.15
"""Largest fit error of an image that is answered about: 220 images of the painter had at most 0.12."""

_FARTHEST = 6.0
"""Largest distance (ΔE 76) of its background: 99 of 100 images of the painter had at most 2.5."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``value`` is the word or number, None where none can be given: ``reason`` says why. ``boxes`` (x, y, width,
    height in pixels) are the things that it is about."""

    value: str | None
    reason: str = ""
    boxes: tuple[Box, ...] = ()

    @property
    def text(self) -> str:
        """The answer in words."""
        return CANNOT_TELL if self.value is None else self.value


def misfit(view: View) -> str:
    """Return why an image is not of the kind that this viewer reads, empty where it is."""
    ground, unclear = view.ground, sum(not thing.clear for thing in view.things)
    if view.doubts:
        return "; ".join(view.doubts)
    if not ground.sure or ground.distance > _FARTHEST:
        return "the background is none that is known"
    if unclear:
        return f"{unclear} of {len(view.things)} things are unclear"
    if view.error > _MOST_ERROR:
        return f"{view.error:.0%} of the image is explained by no known thing"
    return ""


def answer(seen: View | NDArray[np.uint8], question: str) -> Answer:
    """Return the answer to a question about a view, or an image (RGB, height × width × 3, 0..255)."""
    try:
        asked = parse_question(question)
    except CheckError as fault:
        return Answer(None, f"{fault.problem}; {fault.hint}" if fault.hint else fault.problem)
    view = seen if isinstance(seen, View) else look(seen)
    reason = misfit(view)
    if reason:
        return Answer(None, reason)
    if all(thing.shape != "stars" for thing in view.things):
        # Without stars in the sky the word means shapes.
        asked = parse_question(re.sub(r"\bstars\b", "star shapes", question.lower()))
    if asked.kind == BACKGROUND:
        plain = view.ground.kind == "plain"
        return Answer(view.ground.color) if plain else Answer(None, "only a plain background has a color")
    found = [matches(view, target) for target in asked.targets]
    if asked.kind == "check":
        return _yes_or_no(view, asked, found)
    (target,), (these,) = asked.targets, found
    if target.shape in SKY and asked.kind == "color":
        return Answer(None, f"no color of the {target.shape} is known")
    if target.shape == "stars" and asked.kind == "count":
        return Answer(None, "`stars` are those of the sky, which are not counted; say `star shapes`")
    if asked.kind == "count":
        return Answer(str(len(these.sure)), "", _boxes(these.sure))
    if not these.sure:
        return Answer(None, f"there is no {target.words()}")
    if asked.kind == "color":
        return Answer(" and ".join(sorted({str(thing.color) for thing in these.sure})), "", _boxes(these.sure))
    return _standing(view, asked.relation, target, these.sure)


def _yes_or_no(view: View, asked: Question, found: list[Matches]) -> Answer:
    if asked.check.kind == "background" and view.ground.kind == "plain":
        return Answer(None, "a plain background has no time of day")
    missing = [target for target, these in zip(asked.targets, found, strict=True) if not these.sure]
    if missing and asked.check.kind != "present":
        return Answer(None, f"there is no {missing[0].words()}")
    finding = check(view, asked.check)
    if finding.outcome in (CheckOutcome.PASS, CheckOutcome.FAIL):
        return Answer("yes" if finding.outcome is CheckOutcome.PASS else "no", "", finding.boxes)
    return Answer(None, finding.seen, finding.boxes)


def _standing(view: View, relation: str, target: Target, meant: tuple[Seen, ...]) -> Answer:
    """Return the things that stand in a relation to a single one."""
    if len(meant) > 1:
        return Answer(None, f"there are {len(meant)} {target.words(plural=True)}", _boxes(meant))
    inner = () if relation == "inside" else _nested(view, meant[0])
    others = [thing for thing in view.things if thing not in (*meant, *inner) and thing.shape != "stars"]
    outcomes = [relations.judge(relation, (Target(), target), (([thing], ()), (meant, ())))[0] for thing in others]
    there = tuple(t for t, outcome in zip(others, outcomes, strict=True) if outcome is CheckOutcome.PASS)
    if not there and CheckOutcome.INCONCLUSIVE in outcomes:
        return Answer(None, f"nothing is clearly {relation.replace('_', ' ')} {target.words()}", _boxes(meant))
    counts = Counter(thing.words() for thing in there)
    words = (name if count == 1 else f"{count} {plural_of(name)}" for name, count in counts.items())
    return Answer(" and ".join(words) or "nothing", "", _boxes(there))


def _nested(view: View, thing: Seen) -> tuple[Seen, ...]:
    """Return what lies in a thing, and what it lies in."""
    holder = () if thing.within is None else (view.things[thing.within],)
    return (*holder, *(one for one in view.things if one.within == view.things.index(thing)))


def _boxes(things: tuple[Seen, ...]) -> tuple[Box, ...]:
    return tuple(thing.box for thing in things)
