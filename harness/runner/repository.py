"""Git, as the commands ask it."""

import subprocess
from pathlib import Path


def git(*arguments: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str] | None":
    """Run git in ``folder`` (the working folder) and return how it ended; None where it is not installed."""
    command = ["git", *arguments]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603
    except FileNotFoundError:
        return None
