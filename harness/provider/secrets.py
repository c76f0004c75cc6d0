"""What a provider's options say of secrets, so that nothing which is kept shows one."""

import os
from collections.abc import Mapping
from typing import Any

from harness.errors import know_login, know_proxies, know_secret, names_secret
from harness.provider.process_environment import VARIABLES

LEAST = 8
"""Shortest value of a variable handed to a program that is taken for a secret, unless the variable's name says so."""


def know_secrets(options: Mapping[str, Any]) -> None:
    """Have the values of the variables that options name (``api_key_env: NAME``, ``env: [NAME …]``, ``pass_env: [NAME
    …]``) and of the proxies' logins cut out of everything that is reported or written from now on. A variable that is
    not set is no matter here, and those that only change how numbers come out are no secrets."""
    know_proxies()
    named = {value: 1 for key, value in options.items() if key.endswith("_env") and isinstance(value, str)}
    for passed in (options.get("env"), options.get("pass_env")):
        if not isinstance(passed, list):
            continue
        passed = [name for name in passed if isinstance(name, str) and name not in VARIABLES]
        named |= {name: 1 if names_secret(name) else LEAST for name in passed}
    for name, least in named.items():
        value = os.environ.get(name, "").strip()
        know_login(value)
        if len(value) >= least:
            know_secret(value)
    for value in options.values():
        if isinstance(value, Mapping):
            know_secrets(value)
