"""The verdict of a trial computed again from the numbers of its explanation alone, by other code than the judge's."""

import math
from typing import Any

import numpy as np
from scipy import integrate, stats
from scipy.special import ndtr

from harness.vocabulary import Formula

LEVELS = ["bytes", "pixels", "lsb", "perceptual", "structural", "distribution", "none"]


def recomputed(explanation: dict[str, Any]) -> tuple[str, str]:
    """Verdict and status; every number on the way is checked against what the steps say."""
    steps = explanation["steps"]
    verdict = _verdict(steps)
    (status,) = _of(steps, "status")
    checks = [
        s["inputs"]["check"] for s in _of(steps, "check") if s["value"] != "pass" and not s["inputs"]["only_warns"]
    ]
    broken = any(
        s["inputs"].get("promised") and LEVELS.index(s["value"]) > LEVELS.index(s["inputs"]["promised"])
        for s in _of(steps, "determinism")
    )
    close = any(s["value"] == "close" for s in _of(steps, "limit-held"))
    codes = {s["reason"]["code"] for s in steps if s.get("reason")}
    if verdict in ("failed", "refused") and "refusal.same" not in codes:
        made = "missing"
    elif "refusal.same" in codes or verdict in ("identical", "benign"):
        made = "finding" if checks or broken or close or "set.new-check" in codes else "ok"
    else:
        made = "finding"
    return verdict, "ignored" if status["inputs"]["ignored"] and made != "ok" else made


def _verdict(steps: list[dict[str, Any]]) -> str:
    """The first step that decides."""
    image = _of(steps, "image")[0]
    of_image = (image.get("reason") or {}).get("code", "")
    early = {
        "generation.refused": "refused", "generation.failed": "failed", "error": "failed", "image.empty": "failed",
        "image.undecodable": "failed", "image.blank": "broken", "image.noise": "broken",
        "image.not-generated": "inconclusive",
    }  # fmt: skip
    if of_image in early:
        return early[of_image]
    for answer in _of(steps, "answer"):
        return "identical" if answer["value"] else "drift" if answer["inputs"].get("expected") else "new"
    for profile in _of(steps, "profile"):
        if None in profile["inputs"]["own"].values():
            return "incomparable"
    baseline = (_of(steps, "baseline") or [{}])[0]
    if (baseline.get("reason") or {}).get("code") == "baseline.altered":
        return "inconclusive"
    of_baseline = (baseline.get("reason") or {}).get("code")
    if of_baseline in ("refusal.none", "refusal.same"):
        return "drift" if of_baseline == "refusal.none" else "refused"
    if baseline.get("value") is None and not _of(steps, "rejected"):
        return "new"
    if any(one["part"] == "request" for found in _of(steps, "differences") for one in found["value"]):
        return "incomparable"
    (rule,) = _of(steps, "rule")
    if rule["value"] == "set":
        return _set(steps)
    (pixels,) = _of(steps, "pixels")
    if not pixels["inputs"]["comparable"]:
        return "incomparable"
    if pixels["value"]:
        return "identical"
    if rule["value"] == "exact":
        return "drift"
    if rule["value"] == "limits":
        held = {_held(one["inputs"]) for one in _of(steps, "limit-held")}
        assert held == {one["value"] for one in _of(steps, "limit-held")}
        return "drift" if "far" in held else "inconclusive" if "absent" in held else "benign"
    return _floor(steps)


def _held(limit: dict[str, Any]) -> str:
    value, low, high = limit.get("value"), limit.get("min"), limit.get("max")
    if value is None:
        return "absent"
    up = limit["metric"] in ("psnr", "ssim", "ssim_block_min", "bytes_equal", "pixels_equal")
    if low is not None and value < low:
        return "far" if up else "close"
    return ("close" if up else "far") if high is not None and value > high else "holds"


def _floor(steps: list[dict[str, Any]]) -> str:
    if not _of(steps, "score"):
        return "inconclusive"
    (score,) = _of(steps, "score")
    for part in _of(steps, "part"):
        data = part["inputs"]
        value = 1 - data["value"] if data["higher_is_closer"] else data["value"]
        assert part["value"] == data["value"] / data["scale"] or math.isclose(part["value"], value / data["scale"])
    if score.get("recorded") is None:
        return "inconclusive"
    made = max([0.0, *(part["value"] for part in _of(steps, "part"))])
    assert math.isclose(made, score["recorded"], rel_tol=1e-12, abs_tol=1e-12)
    limit = _limit(steps)
    if limit is None:
        return "inconclusive"
    (first, *again) = [one["inputs"].get("score") for one in _of(steps, "exceeds")]
    assert first == made
    asked = _of(steps, "exceeds")[0]["inputs"]["asked"]
    if first <= limit or any(one is not None and one <= limit for one in again):
        return "benign"
    return "drift" if None not in again and len(again) >= asked else "inconclusive"


def _limit(steps: list[dict[str, Any]]) -> float | None:
    for one in _of(steps, "quantile"):
        data = one["inputs"]
        assert math.isclose(_all_exceed(one["value"], data), data["alpha"], rel_tol=2e-3)
    for one in _of(steps, "limit-spread"):
        data = one["inputs"]
        made = math.exp(data["mean"] + data["q"] * data["spread"]) * data["slack"]
        assert math.isclose(made, one["recorded"], rel_tol=1e-9)
        return made
    for one in (*_of(steps, "ranks"), *_of(steps, "identical")):
        n, k, alpha = (one["inputs"][name] for name in ("n", "k", "alpha"))
        if one["formula"] == "ranks":
            chance = math.factorial(n) * math.factorial(k) / math.factorial(n + k)
        else:
            shares = np.linspace(0, 1, 200_001)
            chance = float((shares**n * (1 - shares) ** k).max())
        assert math.isclose(chance, one["value"], rel_tol=1e-6)
        if chance > alpha * (1 + 1e-6):
            assert not _of(steps, "limit-largest")
            return None
    for one in _of(steps, "limit-largest"):
        made = one["inputs"]["largest"] * one["inputs"]["slack"]
        assert math.isclose(made, one["recorded"], rel_tol=1e-12)
        return float(made)
    return None


def _all_exceed(q: float, data: dict[str, Any]) -> float:
    """E[Φ(−(q·S + Z/√n))^k] by Simpson's rule over S and Z."""
    s = np.linspace(1e-9, math.sqrt(stats.chi2.isf(1e-12, data["df"]) / data["df"]), 2001)
    z = np.linspace(-8, 8, 81)
    inner = integrate.simpson(ndtr(-(q * s[:, None] + z / math.sqrt(data["n"]))) ** data["k"] * stats.norm.pdf(z), x=z)
    density = stats.chi2.pdf(data["df"] * s**2, data["df"]) * 2 * data["df"] * s
    return float(integrate.simpson(inner * density, x=s))


def _set(steps: list[dict[str, Any]]) -> str:
    ps = {}
    for one in (*_of(steps, "permutation"), *_of(steps, "fisher")):
        if one.get("recorded") is None:
            continue
        data = one["inputs"]
        if one["formula"] == "permutation":
            made = (1 + data["as_far"]) / (1 + data["permutations"])
        else:
            made = stats.fisher_exact(data["table"], data["alternative"]).pvalue
        assert math.isclose(made, one["recorded"], rel_tol=1e-6)
        assert made > 0
        ps[data["question"]] = made
    order = sorted(ps, key=lambda name: ps[name])
    adjusted, least = {}, 0.0
    for place, name in enumerate(order):
        least = max(least, min(1.0, (len(order) - place) * ps[name]))
        adjusted[name] = least
    (rejected,) = _of(steps, "rejected")
    beyond = {name for name, p in adjusted.items() if p <= rejected["inputs"]["alpha"] * (1 + 1e-9)}
    assert beyond == set(rejected["value"])
    if beyond:
        return "drift"
    why = (rejected.get("reason") or {}).get("code")
    early = {"set.sizes": "incomparable", "set.other-judge": "incomparable", "set.new-check": "benign", None: "benign"}
    return early.get(why, "inconclusive")


def _of(steps: list[dict[str, Any]], formula: str) -> list[dict[str, Any]]:
    assert formula in set(Formula)
    return [step for step in steps if step["formula"] == formula]
