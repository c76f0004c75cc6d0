"""Reading a manifest entry by entry, so that a large one never stands in memory as a whole."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.baseline.errors import ManifestError

_SECTION = re.compile(rb'  "([a-z]+)": \{\n')
_ENTRY = re.compile(rb"    (\".*\"): \{\n")
_SCALAR = re.compile(rb'  ("[a-z]+": .*?),?\n')


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section, or a value of the head (``section`` is then empty). ``line`` is where it begins."""

    section: str
    name: str
    value: Any
    line: int | None

    @property
    def where(self) -> str:
        """Its place, for messages."""
        return f'{self.section}."{self.name}"' if self.section else self.name


class _OtherLayoutError(Exception):
    """The file is not laid out as the harness writes it."""


def scan(path: Path) -> Iterator[Entry]:
    """The entries of a manifest; none when there is no file. Raises ManifestError for what is no JSON object.

    A file laid out as the harness writes it is read line by line; one that an editor laid out otherwise, as a whole.
    """
    seen: set[tuple[str, str]] = set()
    try:
        for entry in _by_lines(path):
            _once(path, seen, entry)
            yield entry
    except FileNotFoundError:
        return
    except OSError as error:
        raise ManifestError(path, f"cannot be read: {str(error.strerror).lower()}") from error
    except (_OtherLayoutError, ValueError, RecursionError):
        for entry in _whole(path):
            if (entry.section, entry.name) not in seen:
                yield entry
        return


def _once(path: Path, seen: set[tuple[str, str]], entry: Entry) -> None:
    if (entry.section, entry.name) in seen:
        raise ManifestError(path, "is a duplicate key", entry.where, entry.line)
    seen.add((entry.section, entry.name))


def _by_lines(path: Path) -> Iterator[Entry]:
    section = ""
    sections: set[bytes] = set()
    ended = False
    with path.open("rb") as file:
        lines = enumerate(file, 1)
        if next(lines, (0, b""))[1] != b"{\n":
            raise _OtherLayoutError
        for number, line in lines:
            if section and (match := _ENTRY.fullmatch(line)):
                body = [line]
                for _, more in lines:
                    if more in (b"    }\n", b"    },\n"):
                        break
                    body.append(more)
                ((name, value),) = _parse(b"{" + b"".join(body) + b"}}").items()
                yield Entry(section, name, value, number)
            elif section and line in (b"  }\n", b"  },\n"):
                section = ""
            elif (match := _SECTION.fullmatch(line)) and match[1] not in sections:
                section = match[1].decode()
                sections.add(match[1])
            elif not section and (match := _SCALAR.fullmatch(line)):
                ((name, value),) = _parse(b"{" + match[1] + b"}").items()
                if isinstance(value, dict) and value:
                    raise _OtherLayoutError
                yield Entry("", name, value, number)
            elif line == b"}\n" and not section and not ended:
                ended = True
            else:
                raise _OtherLayoutError
    if not ended:
        raise _OtherLayoutError


def _whole(path: Path) -> Iterator[Entry]:
    try:
        data = _parse(path.read_bytes())
    except json.JSONDecodeError as error:
        conflict = re.search(r"^(<{7}|={7}|>{7})", error.doc, re.MULTILINE)
        problem = "holds a merge conflict" if conflict else f"is not JSON: {error.msg.lower()} at column {error.colno}"
        raise ManifestError(path, problem, "", error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise ManifestError(path, str(error)) from error
    if not isinstance(data, dict):
        raise ManifestError(path, "should be a JSON object")
    for name, value in data.items():
        if name not in ("trials", "ignored"):
            yield Entry("", name, value, None)
        elif not isinstance(value, dict):
            raise ManifestError(path, "should be an object", name)
        else:
            yield from (Entry(name, key, item, None) for key, item in value.items())


def _parse(text: bytes) -> Any:
    return _DECODER.decode(text.decode())


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        double = next(name for name, _ in pairs if [other for other, _ in pairs].count(name) > 1)
        raise ValueError(f"the key {double!r} is a duplicate key")
    return found


# One for all: a decoder refers to itself, and one for each entry would wait for the garbage collector.
_DECODER = json.JSONDecoder(object_pairs_hook=_no_doubles)
