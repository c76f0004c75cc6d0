"""Noise floors into the manifest; the accepted images stay what they are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness import __version__
from harness.baseline import Accepted, Baselines, Signed, changing, commit, refuse_in_ci
from harness.errors import UsageError
from harness.ledger import timestamp
from harness.records import TrialKey, to_json
from harness.study.calibrate.calibrate import Calibrated


def store_floors(baselines: Baselines, found: Sequence[Calibrated], *, who: str, reason: str = "") -> list[TrialKey]:
    """Store noise floors beside the accepted images they were measured against; returns the keys that changed.

    Only floors with at least one repeat are stored. Raises WritesRefusedError (``CI``), UsageError where an image was
    accepted anew meanwhile, LockedError and WriteError.
    """
    refuse_in_ci()
    signed = Signed(who, timestamp(), reason)
    measured = [one for one in found if one.scores]
    accepted = {one.key: baselines.manifest(one.key.suite).accepted(one.key) for one in measured}
    for suite in dict.fromkeys(one.key.suite for one in measured):
        with changing(baselines, suite) as manifest:
            trials: dict[TrialKey, tuple[Accepted, ...]] = {}
            decisions = []
            for one in (one for one in measured if one.key.suite == suite):
                there = list(trials.get(one.key) or manifest.accepted(one.key))
                old = accepted[one.key][one.index]
                if one.index >= len(there) or there[one.index].image != old.image:
                    raise UsageError(f"{one.key} was accepted anew while it was calibrated", "calibrate it again")
                there[one.index] = replace(there[one.index], noise_floor=_stored(one, who, signed.when))
                trials[one.key] = tuple(there)
                why = replace(signed, reason=reason or _measured(one))
                decisions.append(why.decision("calibrate", one.key, (old.image,), (old.image,)))
            commit(baselines, manifest, manifest.changed(trials), {}, decisions)
    return list(dict.fromkeys(one.key for one in measured))


def _stored(found: Calibrated, who: str, time: str) -> dict[str, Any]:
    """Return what the manifest keeps: the statistics, the limit they give at this trial's rate (for people: a run makes
    it again), and who measured it, when and with which version."""
    data: dict[str, Any] = to_json(found.noise)
    for name in ("mean", "spread", "largest", "median"):
        data[name] = _short(data[name])
    data["made"] = {**data["made"], "who": who, "when": time, "version": __version__}
    data["alpha"] = _short(found.floor.alpha)
    if found.floor.limit is not None:
        data["limit"] = _short(found.floor.limit)
    return data


def _measured(found: Calibrated) -> str:
    limit = "no limit yet" if found.floor.limit is None else f"limit {found.floor.limit:.4g}"
    return f"noise floor of {found.noise.n} repeats ({found.noise.method}), {limit}"


def _short(value: float) -> float:
    """Eight digits: more than the metrics are worth, and a limit is never made tighter by more than that."""
    return float(f"{value:.8g}")
