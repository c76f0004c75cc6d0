"""Which version of a server runs: what its own command says, and the commit of its checkout."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import excerpt

SECONDS = 30.0
"""Most seconds that a command may take."""
_LONGEST = 200
_COMMIT = ("git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
"""The whole commit; ``-dirty`` is added where tracked files are changed."""


def printed(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Return the first line that a command prints. Raises OSError or ValueError with what is wrong."""
    try:
        ended = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"it took more than {SECONDS:g} s") from None
    if ended.returncode != 0:
        raise ValueError(
            f"exit status {ended.returncode}: {excerpt(ended.stderr.decode('utf-8', 'replace'), _LONGEST)}"
        )
    lines = ended.stdout.decode("utf-8", "replace").strip().splitlines()
    if not lines:
        raise ValueError("it printed nothing")
    return excerpt(lines[0], _LONGEST)


def commit_of(folder: Path, environment: Mapping[str, str]) -> str:
    """Return the commit of a checkout; empty where the folder is in none, or git is not there."""
    try:
        return printed(_COMMIT, folder, environment)
    except (OSError, ValueError):
        return ""
