"""Renaming a field of profiles, or one of its values: what was accepted for the old one is accepted for the new one."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from harness.baseline.change import Change, Signed
from harness.baseline.entry import Accepted
from harness.baseline.names import image_file
from harness.baseline.store import Baselines
from harness.baseline.writing import changing, commit, refuse_in_ci
from harness.errors import UsageError, nearest
from harness.records import TrialKey, canonical_json, scalar, to_json

EXAMPLE = "harness rename --profile quickstart/gpu quickstart/gpu_name, or quickstart/gpu=L40 quickstart/gpu=L40S"


def rename_profile(
    baselines: Baselines, old: str, new: str, *, who: str, reason: str = "renamed", when: datetime | None = None
) -> list[Change]:
    """Give a field of the profiles of a suite another name, or one value of it another value: images move with it.

    ``old`` and ``new`` are ``suite/field``, or ``suite/field=value``. Raises UsageError (no such field or value, one
    that is taken), and as :func:`harness.baseline.rename`.
    """
    refuse_in_ci()
    suite, before, after = _names(old, new)
    signed = Signed.now(who, reason, when)
    with changing(baselines, suite) as manifest:
        fields = {name for key in manifest.trials() for item in manifest.accepted(key) for name in item.profile}
        changed: dict[TrialKey, tuple[Accepted, ...]] = {}
        images = {}
        for key in manifest.trials():
            items = manifest.accepted(key)
            moved = tuple(_moved(item, before, after) for item in items)
            if moved == items:
                continue
            _refuse_taken(key, items, moved)
            changed[key] = named = _named(key, moved, items)
            for item, there in zip(items, named, strict=True):
                if there.image.file != item.image.file:
                    images[there.image.file] = partial(baselines.load, item, key)
        if not changed:
            known = nearest(before[0], fields) or "nothing is accepted for a profile there"
            raise UsageError(f"nothing is accepted for {old}", known)
        renamed = manifest.changed(changed)
        changes = [Change(key, "renamed", manifest.images(key), renamed.images(key), f"was {old}") for key in changed]
        lines = [signed.decision("rename", key, manifest.images(key), renamed.images(key)) for key in changed]
        commit(baselines, manifest, renamed, images, lines)
    return changes


def _moved(item: Accepted, before: tuple[str, Any], after: tuple[str, Any]) -> Accepted:
    """Return an accepted image with the profile that it has then; the same where it is not concerned."""
    profile = to_json(item.profile)
    if before[0] not in profile or (before[1] is not None and profile[before[0]] != before[1]):
        return item
    value = profile.pop(before[0])
    return replace(item, profile={**profile, after[0]: value if after[1] is None else after[1]})


def _refuse_taken(key: TrialKey, items: tuple[Accepted, ...], moved: tuple[Accepted, ...]) -> None:
    stay = {canonical_json(one.profile) for one, there in zip(items, moved, strict=True) if one is there}
    for one, there in zip(items, moved, strict=True):
        if one is not there and canonical_json(there.profile) in stay:
            hint = "reject those first: harness reject --baseline"
            raise UsageError(f"{key} has images for that profile already", hint)


def _named(key: TrialKey, moved: tuple[Accepted, ...], items: tuple[Accepted, ...]) -> tuple[Accepted, ...]:
    """Return the accepted images under the names of files that their profiles give."""
    numbers: Counter[str] = Counter()
    named = []
    for one, there in zip(items, moved, strict=True):
        profile = canonical_json(there.profile)
        if one is not there:
            file = image_file(key, there.profile, numbers[profile], PurePosixPath(there.image.file).suffix)
            there = replace(there, image=replace(there.image, file=file))
        numbers[profile] += 1
        named.append(there)
    return tuple(named)


def _names(old: str, new: str) -> tuple[str, tuple[str, Any], tuple[str, Any]]:
    """Return the suite, and the old and the new field, each with its value (None: whatever it is). Raises
    UsageError."""
    (suite, _, one), (new_suite, _, other) = old.partition("/"), new.partition("/")
    (field, equals, value), (new_field, new_equals, new_value) = one.partition("="), other.partition("=")
    if not (suite and field and new_field) or bool(equals) != bool(new_equals):
        raise UsageError(f"{old!r:.80} and {new!r:.80} are not two names of a field, or of a value", EXAMPLE)
    if suite != new_suite:
        raise UsageError(f"{old} and {new} belong to two suites", "a baseline stays in its suite")
    if one == other:
        raise UsageError(f"{old} has that name already", "name another one")
    return suite, (field, scalar(value) if equals else None), (new_field, scalar(new_value) if new_equals else None)
