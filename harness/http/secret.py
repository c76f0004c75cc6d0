"""Keys: read from the environment, and never shown."""

import base64
import os
import re
from dataclasses import dataclass

from harness.errors import HarnessError, know_secret

_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(eq=False, repr=False)
class MissingKeyError(HarnessError):
    """The environment variable that should hold a key does not, or holds what cannot be one."""

    env: str
    problem: str
    advice: str = ""
    """The hint, where the variable can have no other name."""

    def __str__(self) -> str:
        return f"the key of the service is read from the environment variable {self._shown}, which {self.problem}"

    @property
    def hint(self) -> str:
        if self.advice:
            return self.advice
        name = self._shown if _NAME.fullmatch(self.env) else "NAME"
        return f"export {name}=… (or name another variable under `api_key_env:`)"

    @property
    def _shown(self) -> str:
        """The name, unless it does not look like one: it may be the key itself."""
        return self.env if _NAME.fullmatch(self.env) else f"{self.env[:3]}…"


class Secret:
    """A key. ``repr`` and ``str`` never show it; every value ever held is known to :func:`harness.errors.redact`."""

    __slots__ = ("_value", "env")

    def __init__(self, value: str, env: str = "") -> None:
        self._value = value
        self.env = env
        know_secret(value)

    def header(self, prefix: str = "") -> str:
        """Return the value of a header: ``prefix`` and the key. For the request only."""
        return prefix + self._value

    def basic(self) -> str:
        """Return the value of a header for a secret that is ``user:password``."""
        know_secret(self._value.partition(":")[2])
        return f"Basic {base64.b64encode(self._value.encode()).decode()}"

    def __repr__(self) -> str:
        return f"Secret({self.env or '***'})"


def secret_from(env: str, advice: str = "") -> Secret:
    """Return the key in an environment variable, without white space around it. Raises MissingKeyError, with
    ``advice`` as its hint where the variable can have no other name."""
    value = os.environ.get(env)
    if value is None:
        raise MissingKeyError(env, "is not set", advice)
    if not value.strip():
        raise MissingKeyError(env, "is empty", advice)
    secret = Secret(value.strip(), env)
    if not value.strip().isascii() or not value.strip().isprintable():
        raise MissingKeyError(env, "holds characters that no key has (a line break, or letters beyond ASCII)", advice)
    return secret
