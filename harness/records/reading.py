"""What stands behind a verdict that statistics gave: the noise floor of a trial, the tests of a set of images."""

from dataclasses import dataclass

from harness.records.reason import Difference, Reason


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One more generation of a trial whose score was above its limit.

    ``score`` is None where it could not be had, for the reason in ``problem``; ``file`` and ``pixel_digest`` name its
    image in the run, ``seconds`` and ``cost`` (US dollars, None unknown) what it took.
    """

    score: float | None = None
    file: str = ""
    pixel_digest: str = ""
    seconds: float = 0.0
    cost: float | None = None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class FloorReading:
    """A trial compared with its noise floor.

    ``score`` is its distance from the accepted image, 0 for equal pixels, 1 the tolerance without calibration (None:
    it could not be measured); ``limit`` the largest score that is noise, None where there is none; ``alpha`` the
    chance of a false alarm it was made for, ``n`` the repeats it comes from, ``method`` how (``pooled`` …). ``asked``
    says how many confirmations a drift needs. ``elsewhere`` is in what the environment differs from the one that the
    repeats were generated in; ``problem`` why there is no limit, and ``needed`` how many repeats would give one.
    """

    score: float | None
    limit: float | None
    alpha: float
    n: int
    method: str = "pooled"
    asked: int = 0
    confirmations: tuple[Confirmation, ...] = ()
    elsewhere: tuple[Difference, ...] = ()
    problem: Reason | None = None
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question asked of a set of images: ``name`` is ``images``, ``refused``, ``failed`` or a check.

    ``p`` is its chance without a change (None: it could not be made, for the reason in ``problem``), ``adjusted`` the
    same corrected by Holm over the questions of this set. ``old`` and ``new`` are counts such as ``9 of 10`` of the
    accepted and the new set; of the images how many there are. ``distance`` is the energy distance of the images.
    """

    name: str
    p: float | None = None
    adjusted: float | None = None
    old: str = ""
    new: str = ""
    distance: float | None = None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class SetReading:
    """A set of images compared with the accepted set.

    ``generated`` and ``accepted`` count images, ``left_out`` those of the new set that came from a cache or a replay;
    ``alpha`` is the chance of a false alarm of the whole set, ``permutations`` those of the test of the images.
    """

    generated: int
    accepted: int
    alpha: float
    permutations: int = 0
    left_out: int = 0
    tests: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyTest:
    """The test of one set in the pooled table: its p-value as it is, and corrected over all sets of the suite."""

    key: str
    p: float
    holm: float
    benjamini_hochberg: float
    distance: float = 0.0


@dataclass(frozen=True, slots=True)
class PooledTest:
    """All sets of a suite tested at once: ``p`` of the one test over all prompts (None: ``problem`` says why)."""

    suite: str
    p: float | None
    permutations: int
    alpha: float
    keys: tuple[KeyTest, ...] = ()
    problem: Reason | None = None
