"""Attempts: a test that is executed again asks for an image of its own, and the last attempt counts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.records import Trial

UNSTABLE = "unstable"
"""The user property of a test that passed, but not at once."""
Address = tuple[str, int]
"""A trial as processes call it: its key as text, and its repeat."""


def next_attempt(trial: Trial, attempt: int) -> Trial:
    """The trial as the ``attempt``-th execution of its test generates it, counted from 1: the first repeats that no
    earlier attempt had. A set is generated anew as a whole."""
    return replace(trial, repeat=trial.repeat + (attempt - 1) * (trial.policy.drift.samples or 1))


def samples_of(trial: Trial) -> Iterator[Trial]:
    """Every trial of the set that a trial belongs to: one without its set has no verdict. Others stand alone."""
    samples = trial.policy.drift.samples or 1
    first = trial.repeat - trial.repeat % samples
    for repeat in range(first, first + samples):
        yield replace(trial, repeat=repeat)


def address_of(trial: Trial) -> Address:
    """How processes call it."""
    return str(trial.key), trial.repeat


def note_attempt(item: pytest.Item, attempt: int, *, passed: bool, **properties: str) -> None:
    """Set the user properties of a test in place of those of its earlier attempts."""
    if passed and attempt > 1:
        properties[UNSTABLE] = f"passed on attempt {attempt}"
    earlier = [one for one in item.user_properties if one[0] not in {UNSTABLE, *properties}]
    item.user_properties[:] = [*earlier, *properties.items()]
