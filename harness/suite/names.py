"""Names that become files and folders: suites, cases and variants."""

import hashlib
import re
from collections.abc import Mapping

from harness.suite.scalars import Scalar

MAX_NAME = 80
"""Longest name of a suite or case, in characters."""
MAX_VARIANT = 100
"""Longest name of a variant; a longer one is cut and ends with a digest."""
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"

_NAME = re.compile(NAME_PATTERN)
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_OWN_FILES = (".json", ".jsonl", ".lock", ".tmp")
MAX_TOKEN = 40


def name_trouble(name: str) -> str:
    """Why a text cannot be the name of a suite or case, or empty when it can."""
    if not name:
        return "is empty"
    if len(name) > MAX_NAME:
        return f"is longer than {MAX_NAME} characters"
    if "/" in name or "\\" in name or name in (".", ".."):
        return "is a path: a name has no separators"
    if not _NAME.fullmatch(name):
        return "may hold only letters, digits, `.`, `_` and `-` of ASCII, and begins with a letter or digit"
    if name.endswith("."):
        return "ends with a dot, which Windows drops"
    if _DEVICES.fullmatch(name):
        return "is a device name on Windows"
    if name.lower().endswith(_OWN_FILES):
        return "looks like one of the harness's own files"
    return ""


def variant_name(values: Mapping[str, Scalar]) -> str:
    """Return ``base`` for no values, else ``key=value`` pairs sorted by key, joined by commas, safe as a file name."""
    if not values:
        return "base"
    name = ",".join(f"{key}={token(values[key])}" for key in sorted(values))
    return name if len(name) <= MAX_VARIANT else f"{name[: MAX_VARIANT - 9]}-{_digest(name)}"


def token(value: Scalar) -> str:
    """Return a short path-safe word for a value: itself if it is one, else a slug with eight digits of its digest."""
    text = value if isinstance(value, str) else _plain(value)
    if len(text) <= MAX_TOKEN and _TOKEN.fullmatch(text) and not text.endswith("."):
        return text
    slug = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()[:24].rstrip("-")
    return f"{slug}-{_digest(text)}" if slug else _digest(text)


def _plain(value: int | float | bool | None) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
