"""Keys: read from the environment, never shown, and redacted from everything that is reported or written."""

import base64
import html
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import HarnessError

REDACTED = "***"
_LEAST = 4
"""A shorter value is not a secret; redacting it would make messages unreadable."""
_URL_LOGIN = re.compile(r"(?<=://)[^/\s@'\"]+@")
_known: set[str] = set()
_pattern: re.Pattern[str] | None = None
_guard = threading.Lock()


@dataclass(eq=False, repr=False)
class MissingKeyError(HarnessError):
    """The environment variable that should hold a key does not, or holds what cannot be one."""

    env: str
    problem: str

    def __str__(self) -> str:
        return f"the key of the service is read from the environment variable {self.env}, which {self.problem}"

    @property
    def hint(self) -> str:
        return f"export {self.env}=… (or name another variable under `api_key_env:`)"


class Secret:
    """A key. ``repr`` and ``str`` never show it; every value ever held is known to :func:`redact`."""

    __slots__ = ("_value", "env")

    def __init__(self, value: str, env: str = "") -> None:
        self._value = value
        self.env = env
        _remember(value)

    def header(self, prefix: str = "") -> str:
        """Return the value of a header: ``prefix`` and the key. For the request only."""
        return prefix + self._value

    def basic(self) -> str:
        """Return the value of a header for a secret that is ``user:password``."""
        encoded = base64.b64encode(self._value.encode()).decode()
        _remember(encoded)
        _remember(self._value.partition(":")[2])
        return f"Basic {encoded}"

    def __repr__(self) -> str:
        return f"Secret({self.env or REDACTED})"


def secret_from(env: str) -> Secret:
    """Return the key in an environment variable, without white space around it. Raises MissingKeyError."""
    value = os.environ.get(env)
    if value is None:
        raise MissingKeyError(env, "is not set")
    if not value.strip():
        raise MissingKeyError(env, "is empty")
    secret = Secret(value.strip(), env)
    if not value.strip().isascii() or not value.strip().isprintable():
        raise MissingKeyError(env, "holds characters that no key has (a line break, or letters beyond ASCII)")
    return secret


def redact(text: str) -> str:
    """Return the text without any known secret (also as base64 or in a URL), and without logins in URLs."""
    if _pattern is not None:
        text = _pattern.sub(REDACTED, text)
    return _URL_LOGIN.sub(f"{REDACTED}@", text) if "://" in text else text


def redacted(value: Any) -> Any:
    """Plain JSON values with every text in them redacted, keys of mappings too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(key)): redacted(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redacted(item) for item in value]
    return value


def _remember(value: str) -> None:
    global _pattern
    if len(value) < _LEAST:
        return
    raw = value.encode()
    forms = {"".join(map(_any_spelling, value)), re.escape(raw.hex())}
    # base64 of a longer text that holds the key: its inner letters depend on where the key begins, modulo 3
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            inner = encode(bytes(shift) + raw).decode().rstrip("=")
            inner = inner[-(-shift * 4 // 3) : len(inner) - (1 if (shift + len(raw)) % 3 else 0)]
            if len(inner) >= _LEAST:
                forms.add(re.escape(inner))
    with _guard:
        _known.update(forms)
        _pattern = re.compile("|".join(sorted(_known, key=len, reverse=True)))


def _any_spelling(letter: str) -> str:
    """Return a pattern for one letter as texts, URLs, JSON and HTML write it."""
    if letter.isalnum() or letter in "-_":
        return re.escape(letter)
    code = f"{ord(letter):02x}"
    hexadecimal = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in code)
    spellings = [f"%{hexadecimal}", f"\\\\u00{hexadecimal}", f"&#0*{ord(letter)};", f"&#[xX]0*{hexadecimal};"]
    spellings += [re.escape(html.escape(letter)), rf"\\?{re.escape(letter)}"]
    return f"(?:{'|'.join(spellings)})"
