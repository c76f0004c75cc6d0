"""The reasons of a drift with what is known beyond its recipe: what turns the accepted image into the new one, and
whether the new one comes again."""

from collections.abc import Sequence

from harness.records import Reason, RepeatReading
from harness.vocabulary import OBSERVED, UNSTEADY, Code

UNKNOWN = frozenset(
    {
        Code.SERVICE_CHANGED, Code.SERVICE_OR_REPEAT, Code.IMAGES_DIFFER, Code.ENVIRONMENT_UNKNOWN,
        Code.ENVIRONMENT_ONE_SIDED,
    }
)  # fmt: skip
"""Causes that say that nothing is known."""


def explained(cause: Sequence[Reason], changes: Sequence[Reason], again: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return the reasons, the most important first; that nothing is known is left out where something is."""
    named = [one for one in changes if one.code not in OBSERVED]
    observed = [one for one in changes if one.code in OBSERVED]
    unsteady = [one for one in again if one.code in UNSTEADY]
    rest = [one for one in again if one.code not in UNSTEADY]
    if cause and cause[0].code not in UNKNOWN:
        return (*unsteady, *named, *cause, *observed, *rest)
    left = [one for one in cause if not (named or unsteady) or one.code not in UNKNOWN]
    return (*unsteady, *named, *observed, *rest, *left)


def repeated(reading: RepeatReading | None) -> tuple[Reason, ...]:
    """Return what generating again showed; nothing where it is still to come or was not asked for."""
    if reading is None or unrepeated(reading):
        return ()
    other = next((one for one in reading.confirmations if one.pixel_digest != reading.new), None)
    if other is None:
        return (Reason(Code.REPEAT_SAME),) if reading.confirmations else ()
    if not other.pixel_digest:
        return (Reason(Code.REPEAT_FAILED), *((other.problem,) if other.problem else ()))
    return (Reason(Code.REPEAT_ACCEPTED if other.pixel_digest == reading.accepted else Code.REPEAT_OTHER),)


def unrepeated(reading: RepeatReading | None) -> bool:
    """Return whether a drift is to be generated again: until it was as often as asked, or something else came."""
    if reading is None or len(reading.confirmations) >= reading.asked:
        return False
    return all(one.pixel_digest == reading.new for one in reading.confirmations)
