"""The text of a manifest: read and checked entry by entry, and written so that git shows what changed.

Two lists of entries, ``ignored`` and ``trials``, one entry a trial and profile; each is kept as compressed JSON, so
that 100,000 of them stay small, and an unchanged entry is written back byte for byte.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from harness import __version__
from harness.baseline.entry import IgnoreEntry, Place, TrialEntry, place_of
from harness.baseline.errors import ManifestError, NameClashError
from harness.baseline.names import entry_name, folded, is_image_file
from harness.records import FORMATS, OtherFormatError, Packing, TrialKey, check_format, decode_json, indented_json

SECTIONS: Mapping[str, type[TrialEntry | IgnoreEntry]] = {"ignored": IgnoreEntry, "trials": TrialEntry}
CONFLICT = re.compile(r"^(<{7}|={7}|>{7})", re.MULTILINE)
_BYTE = re.compile(r"\(byte (\d+)\)")
_PIECE = 16
"""Entries of a piece of text."""
_TOP = re.compile(rb'^  "(\w+)":', re.MULTILINE)


class Entries(MutableMapping[Place, bytes]):
    """Entries as compact JSON by place, compressed while they are held."""

    def __init__(self) -> None:
        self._packing = Packing()
        self._packed: dict[Place, bytes] = {}

    def __getitem__(self, place: Place) -> bytes:
        return self._packing.unpack(self._packed[place])

    def __setitem__(self, place: Place, entry: bytes) -> None:
        self._packed[place] = self._packing.pack(entry)

    def __delitem__(self, place: Place) -> None:
        del self._packed[place]

    def __contains__(self, place: object) -> bool:
        return place in self._packed

    def __iter__(self) -> Iterator[Place]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def joined(self, other: "Entries") -> Place | None:
        """Take over the entries of a part made by :meth:`chosen`; returns the first that is here with another text."""
        for place, packed in other._packed.items():
            # the same text is packed to the same bytes
            if self._packed.setdefault(place, packed) != packed:
                return place
        return None

    def chosen(self, places: Iterable[Place]) -> "Entries":
        """Return the entries of some of these places, as they are held."""
        part = Entries()
        part._packing = self._packing
        part._packed = {place: self._packed[place] for place in places if place in self._packed}
        return part


@dataclass
class Text:
    """What a file says: its suite, the version that began it, and its entries as compact JSON, by place."""

    suite: str
    version: str = __version__
    entries: Entries = field(default_factory=Entries)
    files: dict[Place, tuple[str, ...]] = field(default_factory=dict)
    """The image files of each trial."""

    @property
    def digest(self) -> str | None:
        """SHA-256 over the entries, as 64 hex digits; None where there are none."""
        places = sorted(self.entries, key=lambda place: (place.section, place.order))
        lines = b"".join(place.section.encode() + b"\0" + self.entries[place] + b"\n" for place in places)
        return hashlib.sha256(lines).hexdigest() if lines else None


class _Layout(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    suite: str
    version: str = ""
    ignored: list[msgspec.Raw] = []
    trials: list[msgspec.Raw] = []


def parse(path: Path, data: bytes, suite: str | None = None, whole: Text | None = None) -> Text:
    """Return what the text of a manifest says, every entry checked. ``suite`` is the one it should belong to (None:
    any), ``whole`` the manifest that the entries will be joined with.

    Raises ManifestError, with the line.
    """
    try:
        layout = decode_json(_Layout, data)
    except (ValueError, RecursionError) as error:
        _explain(path, data, error)
    _same_format(path, data, layout)
    _no_double_sections(path, data)
    if suite is not None and layout.suite != suite:
        raise ManifestError(path, f"it belongs to the suite {layout.suite!r:.60}, not {suite!r}", "suite", 1)
    text = Text(layout.suite, layout.version)
    if whole is not None:
        text.entries = whole.entries.chosen(())
    for section, raws in (("ignored", layout.ignored), ("trials", layout.trials)):
        for number, raw in enumerate(raws):
            try:
                own = msgspec.json.format(bytes(raw), indent=-1)
                entry = _checked(section, own)
                place = place_of(layout.suite, entry)
                if place in text.entries:
                    raise ValueError("is listed twice")  # noqa: TRY301 - every complaint gets its place below
                if isinstance(entry, TrialEntry):
                    text.files[place] = _checked_files(layout.suite, entry)
            except (ValueError, RecursionError) as error:
                raise ManifestError(path, str(error), _where(section, number, raw), _line(data, bytes(raw))) from error
            text.entries[place] = own
    return text


def decode_entry(section: str, entry: bytes) -> Any:
    """Return the record of an entry that was read before."""
    return decode_json(SECTIONS[section], entry)


def compact(data: Mapping[str, Any]) -> bytes:
    """Return the compact JSON of an entry, numbers as Python and its editors write them. Raises ValueError for NaN."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _checked(section: str, own: bytes) -> Any:
    """Return the record of an entry (compact), read for the first time. Raises ValueError."""
    # what is the same when it is written again lost no key that is there twice
    if msgspec.json.encode(msgspec.json.decode(own)) != own:
        _DECODER.decode(own.decode())
    entry = decode_entry(section, own)
    if isinstance(entry, IgnoreEntry):
        date.fromisoformat(entry.ignore.until)
    elif not entry.accepted and entry.refused is None:
        raise ValueError("accepted: holds no image")
    return entry


def dump(suite: str, version: str, entries: Mapping[Place, bytes], marked: Mapping[str, str] | None = None) -> bytes:
    """Return the file whole; see :func:`pieces`."""
    return b"".join(pieces(suite, version, entries, marked))


def pieces(
    suite: str,
    version: str,
    entries: Mapping[Place, bytes],
    marked: Mapping[str, str] | None = None,
    places: Iterable[Place] | None = None,
) -> Iterator[bytes]:
    """Yield the text of the file: entries, all or those of some ``places``, sorted by case, variant, seed and profile;
    ends with a newline. ``marked`` is what stands before the entries of a section: a merge's conflicts."""
    data = {"format": FORMATS["manifest"], "version": version, "suite": suite}
    yield indented_json(data).removesuffix(b"\n}")
    listed = list(entries if places is None else places)
    for section in SECTIONS:
        own = sorted((place for place in listed if place.section == section), key=lambda place: place.order)
        before = (marked or {}).get(section, "")
        if own or before:
            yield f',\n  "{section}": [\n{before}'.encode()
            for first in range(0, len(own), _PIECE):
                body = ",\n".join(indented(entries[place]) for place in own[first : first + _PIECE])
                yield f"{body}{',' if first + _PIECE < len(own) else ''}\n".encode()
            yield b"  ]"
        elif section == "trials":
            yield f',\n  "{section}": []'.encode()
    yield b"\n}\n"


def indented(entry: bytes) -> str:
    """Return an entry as written in the file, without the separator."""
    return "    " + msgspec.json.format(entry, indent=2).decode().replace("\n", "\n    ")


def sorted_keys(value: Any) -> Any:
    """Return the same JSON data with the keys of every object sorted."""
    if isinstance(value, dict):
        return {name: sorted_keys(value[name]) for name in sorted(value)}
    return [sorted_keys(item) for item in value] if isinstance(value, list) else value


def refuse_clashes(named: Iterable[tuple[TrialKey, Iterable[str]]]) -> None:
    """Raise NameClashError where two trials share a name or an image file; ``named`` are trials with their files."""
    names: dict[str, TrialKey] = {}
    for key, files in named:
        for name in (entry_name(key), *map(folded, files)):
            other = names.setdefault(name, key)
            if other != key:
                raise NameClashError(name, key, other)


def _checked_files(suite: str, entry: TrialEntry) -> tuple[str, ...]:
    for number, item in enumerate(entry.accepted):
        file = item.image.file
        if not is_image_file(suite, file):
            raise ValueError(f"accepted[{number}].image.file: {file!r:.80} is not a file in the folder of this suite")
    files = tuple(item.image.file for item in entry.accepted)
    if len(set(map(folded, files))) < len(files):
        raise ValueError("accepted: two images share a file")
    return files


def _same_format(path: Path, data: bytes, layout: _Layout) -> None:
    try:
        check_format("manifest", {"format": layout.format, "version": layout.version})
    except OtherFormatError as error:
        raise ManifestError(path, str(error), "", _line(data, b'"format"'), hint=error.hint) from error


def _no_double_sections(path: Path, data: bytes) -> None:
    """Raise ManifestError for a head with a key twice: decoding would keep the last one, and drop entries."""
    try:
        if not data.startswith(b'{\n  "'):
            _DECODER.decode(data.decode())  # laid out by an editor: read it as a whole
        names = _TOP.findall(data)
        if len(set(names)) < len(names):
            double = next(name for name in names if names.count(name) > 1).decode()
            raise ValueError(f"the key {double!r} is listed twice")  # noqa: TRY301 - the same complaint
    except (ValueError, RecursionError) as error:
        raise ManifestError(path, str(error)) from error


def _explain(path: Path, data: bytes, error: Exception) -> NoReturn:
    """Raise the ManifestError of a file that has no layout of a manifest."""
    text = data.decode(errors="replace")
    if conflict := CONFLICT.search(text):
        raise ManifestError(path, "holds a merge conflict", "", text.count("\n", 0, conflict.start()) + 1) from error
    try:
        check_format("manifest", decode_json(object, data))
    except OtherFormatError as other:
        raise ManifestError(path, str(other), hint=other.hint) from other
    except (ValueError, RecursionError) as broken:
        where = _BYTE.search(str(broken))
        line = data.count(b"\n", 0, int(where[1]) if where else len(data)) + 1
        raise ManifestError(path, f"is not JSON: {broken}"[:160], "", line) from broken
    raise ManifestError(path, str(error)) from error


def _where(section: str, number: int, raw: msgspec.Raw) -> str:
    """Return the place of an entry, by the name of its trial where it has one."""
    try:
        found = decode_json(dict, bytes(raw))
        name = TrialKey("", str(found["case"]), str(found["variant"]), found.get("seed"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return f"{section}[{number}]"
    return f'{section}[{number}] "{str(name)[1:]:.120}"'


def _line(data: bytes, part: bytes) -> int:
    """Return the line that an entry begins at; of equal ones, the last."""
    return data.count(b"\n", 0, max(data.rfind(part), 0)) + 1


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        double = next(name for name, _ in pairs if [other for other, _ in pairs].count(name) > 1)
        raise ValueError(f"the key {double!r} is listed twice")
    return found


# One for all: a decoder refers to itself, and one for each entry would wait for the garbage collector.
_DECODER = json.JSONDecoder(object_pairs_hook=_no_doubles)
