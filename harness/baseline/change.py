"""What a decision changed, and who made it."""

from dataclasses import dataclass

from harness.errors import UsageFault
from harness.records import PictureRef, TrialKey


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one trial. ``action`` is ``new`` | ``replaced`` | ``added`` | ``unchanged`` | ``removed`` |
    ``rejected`` | ``ignored`` | ``lifted``; ``old`` and ``new`` are its pictures before and after; ``note`` says how
    stability was shown, or why nothing changed."""

    key: TrialKey
    action: str
    old: tuple[PictureRef, ...] = ()
    new: tuple[PictureRef, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who decides, when, why and over which run."""

    who: str
    when: str
    reason: str
    run: str


def digests(pictures: tuple[PictureRef, ...]) -> dict[str, str]:
    """File to pixel digest, as the log holds it."""
    return {picture.file: picture.pixel_digest for picture in pictures}


def need_reason(reason: str) -> str:
    """The reason, trimmed. Raises UsageFault when there is none."""
    if not reason.strip():
        raise UsageFault("a decision needs a reason", "say why: --reason 'text'")
    return reason.strip()
