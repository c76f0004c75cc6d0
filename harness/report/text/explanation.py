"""An explanation in words: each step with its name, its formula and source, and the numbers that go in and come out."""

import re
from collections.abc import Mapping
from functools import lru_cache
from math import isclose
from typing import Any, NamedTuple

from harness.records import Difference, Reason, VerdictExplanation, VerdictStep
from harness.report.text.forms import shown_difference
from harness.report.text.sentences import sentence
from harness.report.words import one_line
from harness.vocabulary import Formula, Part

LONG, CUT = re.compile(r"[0-9a-f]{64}"), 12
"""Digests, and how many of their digits are printed."""
DIGITS = 10
"""Significant digits of the numbers that are printed; ``--json`` has them all."""
_PREDICTION = "Hahn & Meeker, Statistical Intervals, 1991, ch. 4"
_PANEL = "docs/noise.md"


class FormulaWords(NamedTuple):
    """What a formula is called, how it is written, and where it comes from (may be empty)."""

    name: str
    expression: str
    origin: str = ""


FORMULAS: Mapping[Formula, FormulaWords] = {
    Formula.IMAGE: FormulaWords("new image", "SHA-256 of the decoded pixels"),
    Formula.BASELINE: FormulaWords("accepted image", "SHA-256 of the decoded pixels; the nearest of those accepted"),
    Formula.PROFILE: FormulaWords(
        "profile", "the first of the profile and its fallbacks for which an image was accepted"
    ),
    Formula.ANSWER: FormulaWords("answer", "the same but for case, blanks and the full stop"),
    Formula.DIFFERENCES: FormulaWords(
        "differences",
        "request, subject and environment beside those of the accepted image; another request is incomparable",
    ),
    Formula.RULE: FormulaWords("rule", "as the suite states it, for the image's profile"),
    Formula.PIXELS: FormulaWords(
        "equal pixels",
        "every compared pixel is equal: identical; not comparable (sizes): incomparable",
    ),
    Formula.LIMIT_HELD: FormulaWords(
        "limit",
        "min ≤ value ≤ max holds; far: drift; absent: inconclusive; close: the tolerance is too loose",
    ),
    Formula.WARN_HELD: FormulaWords("warn limit", "min ≤ value ≤ max holds, else a warning"),
    Formula.PART: FormulaWords(
        "part of the score", "(1 − value) / scale where higher is closer, else value / scale", _PANEL
    ),
    Formula.SCORE: FormulaWords("score", "the largest part, 0 at least; 0 for equal pixels", _PANEL),
    Formula.QUANTILE: FormulaWords(
        "quantile q",
        "E[Φ(−(q·S + Z/√n))^k] = α, Z standard normal, S² = χ²(df)/df",
        _PREDICTION,
    ),
    Formula.LIMIT_SPREAD: FormulaWords("limit", "exp(mean + q·spread) · slack", _PREDICTION),
    Formula.RANKS: FormulaWords(
        "chance by ranks",
        "1 / C(n + k, k): all k further scores exceed the largest of n; a limit where ≤ α",
        "Wilks, Ann. Math. Statist. 12, 1941",
    ),
    Formula.IDENTICAL: FormulaWords(
        "chance of equal repeats",
        "(n/(n+k))^n · (k/(n+k))^k: n equal, then k that differ; a limit where ≤ α",
        "maximum of the binomial likelihood pⁿ(1 − p)ᵏ",
    ),
    Formula.LIMIT_LARGEST: FormulaWords("limit", "largest score of the repeats · slack"),
    Formula.LIMIT: FormulaWords("limit", "as recorded"),
    Formula.EXCEEDS: FormulaWords(
        "exceeds", "score > limit; a drift where the first generation and all that were asked do"
    ),
    Formula.REPEATS: FormulaWords("generated again", "pixel digests; equal to `new`: it repeats"),
    Formula.PERMUTATION: FormulaWords(
        "permutation test",
        "(1 + permutations at least as far) / (1 + permutations), of the energy distance",
        "Székely & Rizzo, J. Stat. Plan. Inference 143, 2013",
    ),
    Formula.FISHER: FormulaWords(
        "exact test", "hypergeometric: table [[yes, no] new, [yes, no] accepted]", "Fisher 1935"
    ),
    Formula.HOLM: FormulaWords(
        "correction",
        "of m p-values in order: max over j ≤ i of (m − j + 1) · p(j), 1 at most",
        "Holm, Scand. J. Statist. 6, 1979",
    ),
    Formula.REJECTED: FormulaWords("changed", "corrected p ≤ α: drift"),
    Formula.CHECK: FormulaWords("check", "pass, or a finding; an unreliable judge only warns"),
    Formula.DETERMINISM: FormulaWords(
        "determinism",
        "bytes › pixels › lsb (max |Δ| ≤ 2) › perceptual › structural › none; at least as promised",
    ),
    Formula.VERDICT: FormulaWords("verdict", "from the first step above that decides"),
    Formula.STATUS: FormulaWords(
        "status",
        "missing: failed or refused; ok: identical or benign (or the accepted refusal), no check failing, "
        "determinism as promised; ignored: a finding that a person ignores; else finding",
    ),
}
"""The words of each step."""


class Explained(NamedTuple):
    """A step as text; ``trouble`` says that the numbers give something else than what was recorded."""

    formula: str
    inputs: str
    value: str
    trouble: str


def explained(explanation: VerdictExplanation) -> list[Explained]:
    """Return the steps of an explanation as text, in order."""
    return [_step(step) for step in explanation.steps]


def _step(step: VerdictStep) -> Explained:
    inputs = ", ".join(f"{name} = {_text(value)}" for name, value in step.inputs.items() if value is not None)
    value = _differences(step.value) if step.formula == Formula.DIFFERENCES else _text(step.value)
    if step.reason is not None:
        why = one_line(sentence(step.reason))
        value = why if step.value is None else f"{value} ({why})"
    differs = step.recorded is not None and not agrees(step.value, step.recorded)
    return Explained(step.formula, inputs, value, f"recorded: {_text(step.recorded)}" if differs else "")


def agrees(value: Any, recorded: Any) -> bool:
    """Return whether a value computed again is the recorded one, to nine digits."""
    if isinstance(value, Mapping) and isinstance(recorded, Mapping):
        return value.keys() == recorded.keys() and all(agrees(value[name], recorded[name]) for name in value)
    numbers = [isinstance(one, (int, float)) for one in (value, recorded)]
    return isclose(value, recorded, rel_tol=1e-9, abs_tol=1e-12) if all(numbers) else value == recorded


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _words(str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{one_line(str(name))}: {_text(one)}" for name, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, Reason):
        return one_line(sentence(value))
    return "none" if value is None else _words(str(value))


@lru_cache(maxsize=1024)  # most steps of most trials say the same
def _words(text: str) -> str:
    return LONG.sub(lambda found: found[0][:CUT], one_line(text))


def _differences(value: Any) -> str:
    found = [Difference(Part(one["part"]), one["path"], one.get("before"), one.get("after")) for one in value or ()]
    return ", ".join(f"{one.part}: {one_line(shown_difference(one))}" for one in found) or "none"
