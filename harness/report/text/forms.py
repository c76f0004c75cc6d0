"""How the data of a reason are shown: numbers, names, differences."""

import re
from collections.abc import Callable, Mapping, Sequence
from string import Formatter
from typing import Any

from harness.records import Difference, to_json
from harness.vocabulary import Part

MOST_SHOWN = 60
"""Longest value that is quoted in full."""
DIGEST = re.compile(r"[0-9a-f]{64}")
GROUPS = re.compile(r"^(process\.)?((settings|packages|versions|variables)\.)?")
"""The part of a path that a person leaves out."""
NAMES = {"blas": "OpenBLAS kernel", "served_model": "served model", "served_by": "served by", "decoder": "decoder"}
"""Environment entries by the names people use."""
METRICS = {
    "phash": "pHash",
    "ssim": "mean SSIM",
    "delta_e": "ΔE",
    "ssim_block_min": "SSIM",
    "delta_e_block_max": "ΔE of a block",
}
_INSTRUCTIONS = (
    ("AVX-512", re.compile(r"avx-?512|skylakex|cooperlake|sapphirerapids|cascadelake", re.IGNORECASE)),
    ("AVX2", re.compile(r"avx2|haswell|zen", re.IGNORECASE)),
    ("NEON", re.compile(r"neon|asimd|armv8", re.IGNORECASE)),
    ("SSE", re.compile(r"sse|nehalem|x86_v[12]", re.IGNORECASE)),
)
"""Instruction sets by what CPUs and libraries call them, newest first."""


class Words(Formatter):
    """Fills a template in; ``{name:form}`` shows a value by one of FORMS, else by a format of numbers."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return the text of one value."""
        if format_spec in FORMS:
            return FORMS[format_spec](value)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return format(value, format_spec) if number else shown(value)


def shown(value: Any) -> str:
    """Return a value as it is quoted: ``?`` for none, digests cut to 12 digits, and what is too long to MOST_SHOWN."""
    if value is None:
        return "?"
    text = value if isinstance(value, str) else str(to_json(value))
    if DIGEST.fullmatch(text):
        return text[:12]
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def shown_difference(one: Difference) -> str:
    """One difference: ``quality standard → draft``, ``AVX-512 → AVX2``, ``argv[5]: + --jitter=1``. The two sides never
    read the same: of long texts the part that differs is quoted."""
    if one.part == Part.ENVIRONMENT and one.path in ("cpu", "blas"):
        old, new = (_instructions(value) for value in (one.before, one.after))
        if old and new and old != new:
            return f"{old} → {new}"
    name = differing_name(one)
    if one.path.endswith("]") and None in (one.before, one.after):
        sign, value = ("+", one.after) if one.before is None else ("−", one.before)
        return f"{name}: {sign} {shown(value)}"
    return f"{name} {' → '.join(sides(one.before, one.after))}"


def differing_name(one: Difference) -> str:
    """Return the name of what differs, as people use it."""
    return NAMES.get(one.path) or GROUPS.sub("", one.path)


def sides(before: Any, after: Any) -> tuple[str, str]:
    """Both values, cut so that they differ."""
    texts = ["(none)" if value is None else shown(value) for value in (before, after)]
    if texts[0] != texts[1]:
        return texts[0], texts[1]
    whole = [value if isinstance(value, str) else str(to_json(value)) for value in (before, after)]
    at = next((i for i, (a, b) in enumerate(zip(*whole, strict=False)) if a != b), min(map(len, whole)))
    start = max(0, at - MOST_SHOWN // 3)
    lead = "…" if start else ""
    return lead + shown(whole[0][start:]), lead + shown(whole[1][start:])


def _instructions(value: Any) -> str:
    """Return the instruction set that a CPU's or kernel's name stands for; empty where it is not known."""
    return next((name for name, words in _INSTRUCTIONS if isinstance(value, str) and words.search(value)), "")


def _differences(value: Any) -> str:
    """Return the differences of a reason, those that read the same once."""
    found = [
        Difference(Part(one["part"]), str(one.get("path")), one.get("before"), one.get("after"))
        for one in _list(value)
        if isinstance(one, Mapping) and one.get("part") in set(Part)
    ]
    return ", ".join(dict.fromkeys(map(shown_difference, found)))


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _profile(value: Any) -> str:
    entries = value.items() if isinstance(value, Mapping) else ()
    return ", ".join(f"{name} {one}" for name, one in sorted(entries)) or "any environment"


def _number(value: Any) -> str:
    """Return a measured value as a person reads it: at most six significant digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, (int, float)) else shown(value)


def _measured(value: Any) -> str:
    items = value.items() if isinstance(value, Mapping) else ()
    return ", ".join(f"{name} {Words().format_field(one, '.4g')}" for name, one in items)


def _one_or_more(one: str, many: str) -> Callable[[Any], str]:
    return lambda count: f"{shown(count)} {one if count == 1 else many}"


FORMS: Mapping[str, Callable[[Any], str]] = {
    "differences": _differences,
    "more": lambda count: f" and {count} more" if count else "",
    "first": lambda value: shown(next(iter(_list(value)), None)),
    "list": lambda value: ", ".join(map(str, _list(value))),
    "scores": lambda value: ", ".join(Words().format_field(one, ".4g") for one in _list(value)),
    "profile": _profile,
    "profiles": lambda value: "; ".join(map(_profile, _list(value))),
    "number": _number,
    "measured": _measured,
    "repeats": _one_or_more("repeat", "repeats"),
    "images": _one_or_more("image", "images"),
    "day": lambda value: str(value)[:10],
    "billed": lambda value: " (possibly billed)" if value is True else "",
    "judge": lambda value: shown(value) if value else "none",
    "chance": lambda p: f", by chance with p {p:.1g}" if isinstance(p, (int, float)) else "",
    "quoted": lambda value: repr(value),
    "in brackets": lambda value: f" ({value})" if value else "",
    "text": lambda value: str(value),
}
"""How the values of a template may be shown."""
