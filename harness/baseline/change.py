"""What a decision changed, and who made it."""

from dataclasses import dataclass

from harness.errors import UsageError
from harness.records import ImageRef, TrialKey


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one trial. ``action`` is ``new`` | ``replaced`` | ``added`` | ``unchanged`` | ``removed`` |
    ``rejected`` | ``ignored`` | ``unignored``; ``old`` and ``new`` are its images before and after; ``note`` says how
    stability was shown, or why nothing changed."""

    key: TrialKey
    action: str
    old: tuple[ImageRef, ...] = ()
    new: tuple[ImageRef, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who decides, when, why and over which run."""

    who: str
    when: str
    reason: str
    run: str


def digests(images: tuple[ImageRef, ...]) -> dict[str, str]:
    """File to pixel digest, as the log holds it."""
    return {image.file: image.pixel_digest for image in images}


def need_reason(reason: str) -> str:
    """Return the reason, trimmed. Raises UsageError when there is none."""
    if not reason.strip():
        raise UsageError("a decision needs a reason", "say why: --reason 'text'")
    return reason.strip()
