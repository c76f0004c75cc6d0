"""Runs of several machines, trial by trial and profile by profile."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.comparison import compare, identical_comparison
from harness.errors import HarnessError
from harness.image import EncodedImage
from harness.ledger import iter_results, read_image
from harness.records import (
    Across,
    AcrossCell,
    AcrossRow,
    Comparison,
    TrialKey,
    TrialResult,
    canonical_json,
    field_of,
    profile_of,
    to_json,
)


def across(folders: Sequence[Path], fields: Sequence[str] = ()) -> Across:
    """Return the runs in ``folders`` side by side: rows are trials, columns are profiles, the first seen first.

    ``fields`` of the environment tell the columns apart; without them the profile that each suite names. Of several
    results of a trial in one profile the last is shown, and the others are counted. Results without an image that know
    nothing of their environment belong to the profile of their run, where it has only one.
    """
    rows: dict[TrialKey, dict[str, tuple[Path, TrialResult, int]]] = {}
    profiles: dict[str, Mapping[str, Any]] = {}
    for folder in folders:
        for name, profile, result in _placed(folder, tuple(fields)):
            profiles.setdefault(name, profile)
            found = rows.setdefault(result.key, {})
            found[name] = folder, result, found[name][2] + 1 if name in found else 0
    made = tuple(_row(key, [rows[key].get(name) for name in profiles]) for key in sorted(rows, key=_order))
    return Across(tuple(fields), tuple(profiles.values()), tuple(map(str, folders)), made)


def _order(key: TrialKey) -> tuple[str, str, str, int]:
    return key.suite, key.case, key.variant, -1 if key.seed is None else key.seed


def _placed(folder: Path, fields: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, Any], TrialResult]]:
    """Yield the results of a run, each with its profile and that as text."""
    placed = []
    for result in iter_results(folder):
        profile = _profile(result, fields)
        placed.append((canonical_json(profile), profile, result))
    own = {name: profile for name, profile, result in placed if result.image is not None}
    for name, profile, result in placed:
        if result.image is None and len(own) == 1:
            name, profile = next(iter(own.items()))
        yield name, profile, result


def _profile(result: TrialResult, fields: tuple[str, ...]) -> dict[str, Any]:
    if not fields:
        return profile_of(result.policy, result.environment)
    found: dict[str, Any] = to_json({name: field_of(result.environment, name) for name in fields})
    return found


def _row(key: TrialKey, found: Sequence[tuple[Path, TrialResult, int] | None]) -> AcrossRow:
    cells: list[AcrossCell | None] = []
    first = found[0]
    for one in found:
        if one is None:
            cells.append(None)
            continue
        folder, result, others = one
        cell = AcrossCell(result.outcome.verdict, str(folder), result.image, others)
        if first is not None and one is not first and result.image is not None and first[1].image is not None:
            cell = _measured(cell, first[:2], (folder, result))
        cells.append(cell)
    prompt = next((one[1].recipe.request.prompt for one in found if one is not None), "")
    return AcrossRow(key, prompt, tuple(cells))


def _measured(cell: AcrossCell, a: tuple[Path, TrialResult], b: tuple[Path, TrialResult]) -> AcrossCell:
    try:
        return replace(cell, distance=_distance(a, b))
    except (HarnessError, OSError) as fault:
        return replace(cell, problem=str(fault))


def _distance(a: tuple[Path, TrialResult], b: tuple[Path, TrialResult]) -> Comparison:
    one, other = a[1].image, b[1].image
    assert one is not None
    assert other is not None
    if one.pixel_digest == other.pixel_digest:
        same = one.file_digest == other.file_digest
        return identical_comparison(one.width, one.height, one.hashes, bytes_equal=same)
    pixels = [EncodedImage(read_image(folder, image)).image.pixels for folder, image in ((a[0], one), (b[0], other))]
    policy = b[1].policy
    return compare(*pixels, ignore=() if policy is None else policy.ignore, bytes_equal=False)
