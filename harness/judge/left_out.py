"""What decoding leaves out of two images and their pixels cannot show: color profile, gamma, bits a channel."""

from collections.abc import Sequence
from typing import Any

from harness.records import Reason
from harness.vocabulary import Code

_DIFFERS = {Code.IMAGE_PROFILE: Code.PROFILE_DIFFERS, Code.IMAGE_GAMMA: Code.GAMMA_DIFFERS}
"""The note on one image, and the reason where it is not the same for both."""


def left_out(accepted: Sequence[Reason], generated: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return what the pixels of two images do not show, of the notes on each: what differs, and that more than 8 bits a
    channel were compared as 8."""
    if not accepted and not generated:
        return ()
    found = []
    for note, reason in _DIFFERS.items():
        old, new = (_data(notes, note) for notes in (accepted, generated))
        if old != new:
            found.append(Reason(reason, {"accepted": old, "generated": new}))
    depths = [(_data(notes, Code.DEPTH_REDUCED) or {}).get("bits", 8) for notes in (accepted, generated)]
    if max(depths) > 8:
        found.append(Reason(Code.DEPTH_REDUCED, {"bits": depths[1], "accepted": depths[0]}))
    return tuple(found)


def remaining(notes: Sequence[Reason], reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return the notes on an image that none of the reasons says already."""
    codes = {reason.code for reason in reasons}
    return tuple(
        note
        for at, note in enumerate(notes)
        if _DIFFERS.get(note.code, note.code) not in codes and note not in notes[:at]
    )


def _data(notes: Sequence[Reason], code: Code) -> dict[str, Any] | None:
    return next((dict(note.data) for note in notes if note.code == code), None)
