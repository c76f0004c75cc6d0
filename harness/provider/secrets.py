"""What a provider's options say of secrets, so that nothing which is kept shows one."""

import os
from collections.abc import Mapping
from typing import Any

LEAST = 8
"""Shortest value of a variable handed to a program that is taken for a secret."""


def know_secrets(options: Mapping[str, Any]) -> None:
    """Have the values of the variables that options name (``api_key_env: NAME``, ``env: [NAME …]``) cut out of
    everything that is reported or written from now on. A variable that is not set is no matter here."""
    from harness.http import Secret

    named = {value: 1 for key, value in options.items() if key.endswith("_env") and isinstance(value, str)}
    passed = options.get("env")
    if isinstance(passed, list):
        named |= {name: LEAST for name in passed if isinstance(name, str)}
    for name, least in named.items():
        value = os.environ.get(name, "").strip()
        if len(value) >= least:
            Secret(value, name)
    for value in options.values():
        if isinstance(value, Mapping):
            know_secrets(value)


def without_secrets(value: Any) -> Any:
    """Plain JSON values with every known secret cut out."""
    from harness.http import redacted

    return redacted(value)
