"""Who accepts."""

import getpass
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


def whoami(env: Mapping[str, str] | None = None, folder: Path | None = None) -> str:
    """Return the name of the person at work: ``HARNESS_USER``, ``GIT_AUTHOR_NAME``, git's ``user.name`` as it holds in
    ``folder``, else the login name, else ``unknown``."""
    env = os.environ if env is None else env
    for name in ("HARNESS_USER", "GIT_AUTHOR_NAME"):
        if env.get(name, "").strip():
            return env[name].strip()
    try:
        asked = subprocess.run(
            ["git", "config", "user.name"],  # noqa: S607 - git is found on the path, as everywhere
            cwd=folder,
            env=dict(env),
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        if asked.stdout.strip():
            return asked.stdout.strip()
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        pass
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
