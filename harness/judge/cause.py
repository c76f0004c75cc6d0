"""The reason of a drift, from what differs."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.judge.difference import causes
from harness.records import Difference, Reason, to_json
from harness.vocabulary import NAMES_SERVICE, Code, Part

OF_A_REQUEST = frozenset({"omitted", "clamped"})
"""Entries of an environment that are there only where something was left out or changed: absent is known."""
SHOWN = 3
"""Most differences that a reason holds; the rest is counted."""

MADE_ELSEWHERE = frozenset({"compare", "pytest"})
"""Kinds of subject with no provider behind them: nothing is known of how the image came about."""


def cause(
    changed: Sequence[Difference],
    kind: str,
    environment: Mapping[str, Any],
    probe: tuple[Reason, ...] = (),
    *,
    noise_known: bool = False,
) -> tuple[Reason, ...]:
    """Return that the subject changed, else the environment, else that nothing known did, or that nothing is known of
    the environment. ``kind`` is the subject's, ``environment`` that of the new image, ``probe`` what the stored probe
    says of how it repeats; ``noise_known`` says that the verdict allowed for that."""
    elsewhere = of_part(changed, Part.ENVIRONMENT)
    one_sided = [difference for difference in elsewhere if _is_one_sided(difference)]
    sure = [difference for difference in elsewhere if difference not in one_sided]
    for code, found in ((Code.SUBJECT_CHANGED, of_part(changed, Part.SUBJECT)), (Code.ENVIRONMENT_CHANGED, sure)):
        if found:
            return (Reason(code, first(found)),)
    if kind in MADE_ELSEWHERE:
        return (Reason(Code.IMAGES_DIFFER),)
    rest = (Reason(Code.SERVICE_CHANGED),) if noise_known else (Reason(Code.SERVICE_OR_REPEAT), *probe)
    if one_sided:
        return (Reason(Code.ENVIRONMENT_ONE_SIDED, first(one_sided)), *rest)
    known = sorted(causes(environment))
    if NAMES_SERVICE.issuperset(known):
        return (Reason(Code.ENVIRONMENT_UNKNOWN, {"known": known}), *rest)
    return rest


def _is_one_sided(difference: Difference) -> bool:
    """Return whether a whole field is known of one of the two images only: whether it changed is not known."""
    inside = "." in difference.path or "[" in difference.path
    return not inside and difference.path not in OF_A_REQUEST and None in (difference.before, difference.after)


def request_changed(changed: Sequence[Difference]) -> tuple[Reason, ...]:
    """Return that something else was asked for; nothing where it was not."""
    asked = of_part(changed, Part.REQUEST)
    return (Reason(Code.REQUEST_CHANGED, first(asked)),) if asked else ()


def of_part(changed: Sequence[Difference], part: Part) -> list[Difference]:
    """Return the differences of one part."""
    return [difference for difference in changed if difference.part == part]


def first(found: Sequence[Difference]) -> dict[str, Any]:
    """Return the data of a reason about these differences: SHOWN of them, and how many ``more``."""
    return {"differences": to_json(found[:SHOWN]), "more": max(0, len(found) - SHOWN)}
