"""How well a judge (a viewer with its model and settings) answers, as a calibration measured it."""

from dataclasses import dataclass

from harness.records.reason import Reason
from harness.records.share import Share
from harness.records.types import Count, Probability


@dataclass(frozen=True, slots=True)
class JudgeQuality:
    """How well one judge answers one kind of check: what a calibration over labeled images showed.

    Sensitivity and specificity are those of the answers that decided (pass or fail); ``inconclusive`` counts the rest.
    """

    viewer: str
    """The name of the viewer that was calibrated."""
    judge: str
    """The digest of what its answers depend on, as in ``Finding.judge``; of another digest it says nothing."""
    kind: str
    """The kind of check: ``count``, ``shows``, ``question/number``, ``question/yes-no``, ``question/word`` …"""
    sensitivity: Share
    """Checks that must fail, and were failed."""
    specificity: Share
    """Checks that must pass, and were passed."""
    inconclusive: Share
    """First answers that decided nothing, of all that were asked."""
    repeatability: Share
    """Questions that had the same outcome each time they were asked, of those asked more than once."""
    when: str = ""
    """ISO 8601 UTC."""
    labels: str = ""
    """Where the labels come from: ``painter``, or the file."""
    images: Count = 0
    """How many labeled images were asked about."""


@dataclass(frozen=True, slots=True)
class CorrectedRate:
    """The rate of checks of one kind that one judge passed, and that rate corrected for the judge's errors."""

    viewer: str
    """The name of the viewer."""
    kind: str
    """The kind of check, as in ``JudgeQuality.kind``."""
    judge: str
    """The digest of the judge."""
    raw: Share
    """Checks passed of those it decided."""
    rate: Probability | None = None
    """The corrected rate (Rogan and Gladen 1978), clipped to 0…1; None: ``problem`` says why."""
    low: Probability | None = None
    """Lower end of its 95 % interval (Lang and Reiczigel 2014), clipped."""
    high: Probability | None = None
    """Upper end of it."""
    problem: Reason | None = None
    """Why the rate cannot be corrected."""
