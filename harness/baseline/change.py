"""What a decision changed, and who made it."""

from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex

from harness.baseline.entry import Ignore
from harness.baseline.log import Decision
from harness.errors import UsageError
from harness.ledger import timestamp
from harness.records import ImageRef, TrialKey

Images = tuple[ImageRef, ...]


def is_reason(text: str) -> bool:
    """Return whether a text says why, and is not empty or the ``…`` of an example."""
    return bool(text.strip(" \t\r\n.…"))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one trial. ``action`` is ``new`` | ``replaced`` | ``added`` | ``unchanged`` | ``removed`` |
    ``restored`` | ``rejected`` | ``renamed`` | ``ignored`` | ``unignored`` | ``undone``; ``old`` and ``new`` are its
    images before and after; ``note`` says how stability was shown, what came back, or why nothing changed."""

    key: TrialKey
    action: str
    old: Images = ()
    new: Images = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who decides, when, why and over which run (empty: none)."""

    who: str
    when: str
    reason: str
    run: str = ""
    id: str = field(default_factory=lambda: token_hex(6))
    """Of all its lines in the log."""

    @classmethod
    def now(cls, who: str, reason: str, when: datetime | None, run: str = "") -> "Signed":
        """Return a decision of this moment, or of ``when``. Raises UsageError without a reason (:func:`is_reason`),
        and for texts that are no Unicode."""
        if not is_reason(reason):
            raise UsageError("a decision needs a reason", "say why: --reason 'text'")
        if not (_is_unicode(who) and _is_unicode(reason)):
            raise UsageError("who decides or the reason holds bytes that are no UTF-8", "write it in UTF-8")
        return cls(who, timestamp(when), reason.strip(), run)

    def decision(
        self,
        action: str,
        key: TrialKey,
        old: Images = (),
        new: Images = (),
        *,
        proven: str | None = None,
        ignore: Ignore | None = None,
        **more: str,
    ) -> Decision:
        """Return a line of the log: what is done to a trial, its images before and after, and ``more`` fields of
        :class:`Decision`."""
        before, after = ({image.file: image.pixel_digest for image in images} for images in (old, new))
        owner, until = (ignore.owner, ignore.until) if ignore else (None, None)
        return Decision(
            self.id, self.when, self.who, action, key.case, key.variant, self.reason, key.seed, before, after,
            self.run or None, proven, owner, until, **more,
        )  # fmt: skip
