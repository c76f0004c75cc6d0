"""A provider as a suite or a project defines it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import names_secret


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """A provider as a suite means it.

    ``name`` is what the suite calls it, ``kind`` the adapter, ``options`` its settings as written. Relative paths
    among them start at ``root``, the folder of the file that defined it (empty: the working folder). ``adapter`` is
    what stands for a provider that was made in Python, in place of a kind that is installed.
    """

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    root: str = ""
    defined: str = ""
    adapter: Any = field(default=None, compare=False, repr=False)


def secret_trouble(options: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """``(key, message, hint)`` of the first option that would keep a secret in a file."""
    for key in options:
        if names_secret(key):
            hint = f"set an environment variable and name it: {key.lower().replace('-', '_')}_env: NAME"
            return key, f"`{key}` would keep a secret in a file", hint
    return None
