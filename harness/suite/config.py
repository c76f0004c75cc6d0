"""Providers that several suites share: the ``[providers.NAME]`` tables of ``harness.toml``."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import nearest
from harness.suite.names import name_trouble
from harness.suite.problem import Place, Problem, SuiteError
from harness.suite.read import problem_at, read_text

TABLES = ("providers",)
"""What ``harness.toml`` may hold."""
SECRETS = frozenset({"api_key", "apikey", "key", "token", "password", "secret", "authorization"})
"""Options that would put a secret into a file."""


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """A provider as a suite means it.

    ``name`` is what the suite calls it, ``kind`` the adapter, ``options`` its settings as written. Relative paths
    among them start at ``root``, the folder of the file that defined it (empty: the working folder).
    """

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    root: str = ""
    defined: str = ""


def secret_trouble(options: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """``(key, message, hint)`` of the first option that would keep a secret in a file."""
    for key in options:
        if key.lower() in SECRETS:
            hint = f"set an environment variable and name it: {key.lower().replace('-', '_')}_env: NAME"
            return key, f"`{key}` would keep a secret in a file", hint
    return None


def load_config(path: Path) -> dict[str, ProviderSpec]:
    """The providers of a ``harness.toml``. Raises SuiteError."""
    text = read_text(path)
    lines = text.split("\n")

    def fault(place: Place, message: str, hint: str = "") -> SuiteError:
        return SuiteError([problem_at(path, lines, place, message, hint)])

    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SuiteError([_syntax(path, lines, str(error))]) from None
    for key in data:
        if key not in TABLES:
            raise fault(
                _find(lines, rf"\[*\s*[\"']?{re.escape(key)}\b"), f"unknown table `{key}`", nearest(key, TABLES)
            )
    providers = data.get("providers", {})
    specs: dict[str, ProviderSpec] = {}
    if not isinstance(providers, dict):
        raise fault(_find(lines, "providers"), "`providers` holds tables", "write [providers.NAME]")
    for name, options in providers.items():
        place = _find(lines, rf"\[\s*providers\s*\.\s*[\"']?{re.escape(name)}\b")
        if trouble := name_trouble(name):
            raise fault(place, f'name "{name}" {trouble}')
        if not isinstance(options, dict) or not isinstance(options.get("kind"), str):
            raise fault(place, f"provider `{name}` has no `kind`", 'name the adapter, such as kind = "command"')
        if secret := secret_trouble(options):
            raise fault(_find(lines, rf"\s*{re.escape(secret[0])}\s*="), secret[1], secret[2])
        rest = {key: value for key, value in options.items() if key != "kind"}
        specs[name] = ProviderSpec(name, options["kind"], _plain(rest), str(path.parent), f"{path}:{place.line}")
    return specs


def _syntax(path: Path, lines: list[str], message: str) -> Problem:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    place = (
        Place(int(found[1]), int(found[2])) if found else Place(len(lines) if "end of document" in message else 0, 1)
    )
    return problem_at(path, lines, place, f"TOML syntax: {message.partition(' (at ')[0]}")


def _find(lines: list[str], pattern: str) -> Place:
    found = re.compile(pattern)
    for number, line in enumerate(lines, 1):
        if match := found.match(line.lstrip()):
            return Place(number, len(line) - len(line.lstrip()) + 1, max(1, len(match.group())))
    return Place()


def _plain(value: Any) -> Any:
    """TOML data as JSON data: dates and times become their text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) else str(value)
