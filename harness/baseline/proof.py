"""Whether a picture was shown to come out the same again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.baseline.selection import drawn
from harness.errors import HarnessError
from harness.image import decode, file_digest, pixel_digest
from harness.records import PictureRef, TrialResult


class Recorded(bytes):
    """A picture of another drawing of the same trial, that was drawn when its recording was made."""


Redraw = Callable[[TrialResult], bytes | None]
"""Draws a trial once more, or gives what was :class:`Recorded` of it; None when its provider does not promise the same
picture."""
FROM_REPLAY = "its picture comes from the replay"
"""How the problem begins of a picture that needs a second drawing and has none in its recording."""

EXACT_LEVELS = frozenset({"bytes", "pixels"})


@dataclass(frozen=True, slots=True)
class Proof:
    """``proven`` says how a picture was shown to repeat; empty when it was not, and then ``problem`` says why."""

    proven: str = ""
    problem: str = ""


def prove(results: Sequence[TrialResult], redraw: Redraw | None = None) -> Proof:
    """Look for the proof that the first picture of these repeats comes out the same again.

    Only what was drawn counts: a cache or a recording answers the same every time (but its picture was drawn once, and
    drawing it again now proves that it repeats, and so does a second drawing of it in its recording). Proof is: two or
    more repeats drawn with equal pixels; repeats of this run that were judged equal; or drawing it once more with
    ``redraw``. It is not asked for where the suite does not mean the picture to repeat exactly (a set, a calibrated or
    a limited drift).
    """
    candidate = results[0]
    if not meant_exact(candidate):
        return Proof(f"need not repeat: drift is judged by {_rule(candidate)}")
    own = drawn(results)
    different = len({_picture(result).pixel_digest for result in own})
    if different > 1:
        return Proof(problem=f"drew {different} different pictures in {len(own)} drawings")
    if candidate.source != "drawn":
        why = f"its picture comes from the {candidate.source}, it was not drawn"
        if candidate.source == "replay":
            why = f"{FROM_REPLAY}, and no second drawing of it is recorded"
        return Proof(problem=why) if redraw is None else _again(candidate, redraw, why)
    if len(own) > 1:
        return Proof(f"drawn {len(own)} times the same")
    if candidate.outcome.determinism in EXACT_LEVELS:
        return Proof(f"repeats in its run: equal {candidate.outcome.determinism}")
    if redraw is not None:
        return _again(candidate, redraw, "drawn only once")
    return Proof(problem="drawn only once")


def meant_exact(result: TrialResult) -> bool:
    """Whether the suite means this picture to come out the same every time; yes when it is not known."""
    if result.key.seed is None:
        return False
    if result.policy is None:
        return True
    return result.policy.drift.kind == "exact" or result.policy.determinism in EXACT_LEVELS


def _rule(result: TrialResult) -> str:
    return "set" if result.key.seed is None or result.policy is None else result.policy.drift.kind


def _again(candidate: TrialResult, redraw: Redraw, why_not: str) -> Proof:
    """Draw it once more. ``why_not`` is the problem where that may not be."""
    try:
        data = redraw(candidate)
        if data is None:
            return Proof(problem=why_not)
        picture = _picture(candidate)
        same = file_digest(data) == picture.file_digest or pixel_digest(decode(data).pixels) == picture.pixel_digest
    except HarnessError as fault:
        lead = f"{why_not}; it " if why_not.startswith(FROM_REPLAY) else ""
        return Proof(problem=f"{lead}could not be drawn again: {fault}")
    if isinstance(data, Recorded):
        return (
            Proof("drawn twice the same when it was recorded") if same else Proof(problem="recorded twice, it differs")
        )
    return Proof("drawn again the same when it was accepted") if same else Proof(problem="drawn again, it differs")


def _picture(result: TrialResult) -> PictureRef:
    if result.picture is None:
        raise ValueError(f"{result.key} has no picture")
    return result.picture
