"""Attempts: a test that is executed again asks for an image of its own, and the last attempt counts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.records import Attempt, Trial
from harness.vocabulary import AttemptKind

UNSTABLE = "unstable"
"""The user property of a test that passed, but not at once."""
Address = tuple[str, str]
"""A trial as processes call it: its key and its attempt as texts."""


def next_attempt(trial: Trial, attempt: int) -> Trial:
    """Return the trial as the ``attempt``-th execution of its test generates it, counted from 1: a rerun of
    its own. A set is generated again as a whole."""
    if attempt == 1:
        return trial
    index = trial.attempt.index + (attempt - 2) * (trial.policy.drift.samples or 1)
    return replace(trial, attempt=Attempt(AttemptKind.RERUN, index))


def samples_of(trial: Trial) -> Iterator[Trial]:
    """Yield every trial of the set that a trial belongs to: one without its set has no verdict. Others stand alone."""
    samples = trial.policy.drift.samples or 1
    first = trial.attempt.index - trial.attempt.index % samples
    for index in range(first, first + samples):
        yield replace(trial, attempt=replace(trial.attempt, index=index))


def address_of(trial: Trial) -> Address:
    """Return how processes call it."""
    return str(trial.key), trial.attempt.slug


def note_attempt(item: pytest.Item, attempt: int, *, passed: bool, **properties: str) -> None:
    """Set the user properties of a test in place of those of its earlier attempts."""
    if passed and attempt > 1:
        properties[UNSTABLE] = f"passed on attempt {attempt}"
    earlier = [one for one in item.user_properties if one[0] not in {UNSTABLE, *properties}]
    item.user_properties[:] = [*earlier, *properties.items()]
