"""Names of image files: readable, and the same on every file system."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from harness.records import TrialKey, canonical_json

MANIFEST = "manifest.json"
PARTS = "manifest-?.json"
"""The files of a manifest that is too large for one, as a pattern."""
LOG = "log.jsonl"
PROBES = "probes.json"
PENDING = ".pending"
"""Ending of an image that is written but not yet in its place."""
REPLACED = ".replaced"
"""The folder, in that of a suite, of what decisions replaced."""
LONGEST = 120
"""Longest part of a file name made of a case, a variant or a profile, in characters."""


def entry_name(key: TrialKey) -> str:
    """Return how a manifest calls a trial: ``case/variant-s0``."""
    return str(key).removeprefix(f"{key.suite}/")


def image_file(key: TrialKey, profile: Mapping[str, Any], number: int, extension: str) -> str:
    """``suite/case/variant-s0[.profile][.a2].png``, relative to the baselines folder.

    ``number`` counts the accepted images of the trial and profile from 0; those of a trial without a seed are a set
    and are called ``variant-r<number>``.
    """
    which = f"-r{number}" if key.seed is None else f"-s{key.seed}"
    again = f".a{number + 1}" if number and key.seed is not None else ""
    values = ",".join(f"{name}={_plain(profile[name])}" for name in sorted(profile))
    suffix = extension.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", extension) else ".bin"
    name = f"{_part(key.variant)}{which}{'.' + _part(values) if values else ''}{again}{suffix}"
    return f"{_part(key.suite)}/{_part(key.case)}/{name}"


def renamed_file(file: str, key: TrialKey) -> str:
    """Return the name of an image of a trial whose case has another name now."""
    return f"{_part(key.suite)}/{_part(key.case)}/{file.rpartition('/')[2]}"


def is_plain(name: str) -> bool:
    """Return whether a name is the same in a path."""
    return _part(name) == name and not set(name) & set("=,+@")


def folder_name(suite: str) -> str:
    """Return the folder of a suite's baselines."""
    return _part(suite)


def suite_name(folder: str) -> str:
    """Return the suite whose baselines a folder holds."""
    return unquote(folder)


def is_image_file(suite: str, file: str) -> bool:
    """Return whether a name leads to an image below the suite's folder and nowhere else."""
    parts = file.split("/")
    plain = not any(mark in file for mark in ("\\", ":", "\0")) and not {"", ".", ".."} & set(parts)
    return len(parts) > 2 and parts[0] == folder_name(suite) and plain


def folded(file: str) -> str:
    """Equal for names that some file system takes for the same; names are ASCII, so capitals are all there is."""
    return file.casefold()


def _part(text: str) -> str:
    """Return a text as one ASCII part of a path: other characters as %XX, so that two texts never become one."""
    name = quote(text, safe="=,+@")
    if name.startswith("."):
        name = "%2E" + name[1:]
    if name.endswith("."):
        name = name[:-1] + "%2E"
    if len(name) > LONGEST or not name:
        name = f"{name[: LONGEST - 9]}~{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return name


def _plain(value: object) -> str:
    return value if isinstance(value, str) else canonical_json(value)
