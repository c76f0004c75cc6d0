"""What a decision changed, and who made it."""

from dataclasses import dataclass
from datetime import datetime

from harness.baseline.entry import Ignore
from harness.baseline.log import Decision
from harness.baseline.names import entry_name
from harness.errors import UsageError
from harness.ledger import timestamp
from harness.records import ImageRef, TrialKey

Images = tuple[ImageRef, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one trial. ``action`` is ``new`` | ``replaced`` | ``added`` | ``unchanged`` | ``removed`` |
    ``rejected`` | ``ignored`` | ``unignored``; ``old`` and ``new`` are its images before and after; ``note`` says how
    stability was shown, or why nothing changed."""

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

    @classmethod
    def now(cls, who: str, reason: str, when: datetime | None, run: str = "") -> "Signed":
        """Return a decision of this moment, or of ``when``. Raises UsageError when there is no reason."""
        if not reason.strip():
            raise UsageError("a decision needs a reason", "say why: --reason 'text'")
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
    ) -> Decision:
        """Return the line of the log: what is done to a trial, with its images before and after."""
        before, after = ({image.file: image.pixel_digest for image in images} for images in (old, new))
        owner, until = (ignore.owner, ignore.until) if ignore else (None, None)
        trial, run = entry_name(key), self.run or None
        return Decision(self.when, self.who, action, trial, self.reason, before, after, run, proven, owner, until)
