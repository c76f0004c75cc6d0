"""The one redactor: what is known to be secret is cut out of foreign text, before that text is shortened."""

import base64
import os
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

REDACTED = "***"
LONGEST = 500
"""Most characters of a foreign text in an error."""
_LEAST = 4
"""A shorter value is not a secret; redacting it would make messages unreadable."""
_RESPELLED = re.compile(r"[%\\&]|0x|(?:[0-9A-Fa-f]{2}[ :,-]+){3}")
"""What is in every text that spells letters otherwise; without it the shorter pattern does."""
_LOGIN = re.compile(
    r"(?<=://)[^/\s'\"<>\\]+(?=@)|(?<=:\\/\\/)[^/\s'\"<>\\]+(?=@)"
    r"|(?<=%2F%2F)(?:(?!%2F)[^/\s'\"<>])+?(?=%40)|(?<=%2f%2f)(?:(?!%2f)[^/\s'\"<>])+?(?=%40)"
)
_SECRET_NAME = re.compile(
    r"(?:.*[_-])?(?:password|passwd|pwd|passphrase|secret|token|authorization|credentials?|cookie|api_?key)"
    r"|key|(?:.*[_-])?(?:api|access|account|auth|client|master|private|secret|service|subscription)[_-]key",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME = re.compile(r"(?<![\w.-])([\w.-]+)[\"']?\s*[:=]\s*")
_VALUE = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^,}\]]+")
_QUERY = re.compile(r"(?<=://)[^\s'\"<>?#]*[?#]([^\s'\"<>]+)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_known: set[str] = set()
_respelled: set[str] = set()
_patterns: tuple[re.Pattern[str], re.Pattern[str]] | None = None
_guard = threading.Lock()


def know_secret(value: str) -> None:
    """Have a value cut out of everything that is reported from now on, in every usual spelling: plain, in URLs, JSON
    and HTML, in hexadecimal, and within base64."""
    global _patterns
    if len(value) < _LEAST:
        return
    raw = value.encode(errors="surrogatepass")
    texts = {value, *_within(raw, base64.b64encode), *_within(raw, base64.urlsafe_b64encode)}
    digits = [_any_case(f"{byte:02x}") for byte in raw]
    with _guard:
        _known.update(map(re.escape, texts), {"".join(digits)})
        _respelled.update(map(_any_spelling, texts))
        _respelled.add(r"(?:\\{1,8}x|%|0x|[:-]|[ ,]{1,2}(?:0x)?)?".join(digits))
        _patterns = _one_of(_known), _one_of(_known | _respelled)


def know_login(url: str) -> None:
    """Have the login in a URL (of a proxy, of a service) known as a secret, also as the header that it becomes."""
    login = url.partition("://")[2].partition("/")[0].rpartition("@")[0]
    for text in {login, unquote(login)}:
        know_secret(text)
        know_secret(text.partition(":")[2])


def know_proxies() -> None:
    """Have the logins of the proxies that the environment names known as secrets."""
    for name, url in os.environ.items():
        if name.lower().endswith("_proxy"):
            know_login(url if "://" in url else f"://{url}")


def names_secret(name: str) -> bool:
    """Return whether what is kept under this name is a secret (``api_key``, ``accessToken``), by the name alone."""
    return _SECRET_NAME.fullmatch(_HUMP.sub("_", name)) is not None


def redact(text: str) -> str:
    """Return the text without any known secret, and without logins in URLs."""
    return _without(text, lambda _: REDACTED)


def redacted(value: Any) -> Any:
    """Return plain JSON values with every text in them redacted, keys of mappings too; the same object where there is
    no secret."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        clean: Any = {redact(key) if isinstance(key, str) else key: redacted(item) for key, item in value.items()}
    elif isinstance(value, (list, tuple)):
        clean = type(value)(map(redacted, value))
    else:
        return value
    return value if clean == value else clean


def excerpt(text: str, most: int = LONGEST, *, end: bool = False) -> str:
    """Return foreign text as a message quotes it: redacted, on one line, then its first (``end``: last) ``most``
    characters."""
    line = " ".join(redact(text).split())
    if len(line) <= most:
        return line
    return f"…{line[len(line) - most + 1 :]}" if end else f"{line[: most - 1]}…"


def masked(line: str) -> str:
    """Return a line of a file to be quoted, as long as it was: known secrets, logins and queries in URLs, and what is
    named like a secret are asterisks."""
    line = _without(line, lambda found: "*" * len(found[0]))
    spans = [found.span(1) for found in _QUERY.finditer(line)]
    end = 0
    for found in _NAME.finditer(line):
        if found.start() >= end and names_secret(found[1]):
            inside = _VALUE.match(line, found.end()) if "{" in line[: found.start()] else None
            end = len(line) if inside is None else inside.end()
            spans.append((found.end(), end))
    for start, stop in spans:
        line = line[:start] + "*" * (stop - start) + line[stop:]
    return line


def _without(text: str, instead: Callable[[re.Match[str]], str]) -> str:
    if _patterns is not None:
        text = _patterns[_RESPELLED.search(text) is not None].sub(instead, text)
    return _LOGIN.sub(instead, text) if "@" in text or "%40" in text else text


def _within(raw: bytes, encode: Callable[[bytes], bytes]) -> list[str]:
    """Return what base64 of a longer text holds of the value: its inner letters depend on where the value begins,
    modulo 3."""
    found = []
    for shift in range(3):
        inner = encode(bytes(shift) + raw).decode().rstrip("=")
        inner = inner[-(-shift * 4 // 3) : len(inner) - (1 if (shift + len(raw)) % 3 else 0)]
        found += [inner] if len(inner) >= _LEAST else []
    return found


def _one_of(forms: set[str]) -> re.Pattern[str]:
    """Return a pattern of any of these, the longest first: one secret may begin like another."""
    return re.compile("|".join(sorted(forms, key=lambda form: (-len(form), form))))


def _any_case(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


def _any_spelling(text: str) -> str:
    """Return a pattern for a value as texts, URLs, JSON and HTML write it, letter by letter.

    No two alternatives match the same letters at one place, and a run of backslashes belongs to one unit only: with
    two ways a letter, a text that holds all but the end of a value would be tried in 2ⁿ ways.
    """
    units = []
    after_run = False
    for run in re.findall(r"\\+|[^\\]", text):
        letter, count = run[0], len(run)
        code = _any_case(f"{ord(letter):x}")
        escaped = f"(?:u{_any_case(f'{ord(letter):04x}')}|x{_any_case(f'{ord(letter):02x}')})"
        in_url = "".join(f"%(?:25){{0,3}}{_any_case(f'{byte:02x}')}" for byte in letter.encode(errors="surrogatepass"))
        spellings = [in_url, f"&#0{{0,6}}{ord(letter)};", f"&#[xX]0{{0,6}}{code};"]
        if letter == "\\":
            coded = "|".join([rf"\\{{1,8}}{escaped}", *spellings])
            units.append(rf"(?:(?:{coded}){{{count}}}\\{{0,8}}|\\{{{count},{8 * count + 8}}})")
        else:
            own = re.escape(letter)
            spellings += [own, escaped] if after_run else [rf"\\{{0,8}}{own}", rf"\\{{1,8}}{escaped}"]
            spellings += [_ENTITIES[letter]] if letter in _ENTITIES else []
            units.append(f"(?:{'|'.join(spellings)})")
        after_run = letter == "\\"
    return "".join(units)
