"""The manifest of a suite: which images were accepted, as one file that git can show the changes of."""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Self

from harness.baseline.entry import Accepted, Ignore
from harness.baseline.errors import ManifestError, NameClashError
from harness.baseline.names import entry_name, folded, is_image_file
from harness.baseline.scan import Entry, scan
from harness.records import TrialKey, from_json, to_json

FORMAT = 1
_DIGEST = re.compile("[0-9a-f]{64}")


class Manifest:
    """The accepted images and the ignores of a suite; never changed in place.

    Entries are kept as packed JSON, so that 10,000 of them stay a few megabytes.
    """

    def __init__(self, path: Path, suite: str) -> None:
        self.path = path
        self.suite = suite
        self._trials: dict[TrialKey, bytes] = {}
        self._ignored: dict[TrialKey, Ignore] = {}

    @classmethod
    def load(cls, path: Path, suite: str) -> Self:
        """Read and check a manifest; one that does not exist is empty. Raises ManifestError."""
        manifest = cls(path, suite)
        files: dict[str, TrialKey] = {}
        head: set[str] = set()
        for entry in scan(path):
            where = entry.where
            if not entry.section:
                head.add(entry.name)
            try:
                manifest._take(entry, files)
            except NameClashError as clash:
                raise ManifestError(path, str(clash), where, entry.line) from clash
            except ValueError as error:
                raise ManifestError(path, str(error), where, entry.line) from error
        if path.is_file() and not head >= {"format", "suite"}:
            raise ManifestError(path, "says no format or no suite")
        return manifest

    def __len__(self) -> int:
        return len(self._trials)

    def trials(self) -> Iterator[TrialKey]:
        """The trials with accepted images."""
        return iter(self._trials)

    def accepted(self, key: TrialKey) -> tuple[Accepted, ...]:
        """The accepted images of a trial, of every profile, in the order of acceptance; empty for none."""
        packed = self._trials.get(key)
        return () if packed is None else _accepted(_unpack(packed))

    def ignored(self, key: TrialKey) -> Ignore | None:
        """The ignore of a trial, also when its day has passed."""
        return self._ignored.get(key)

    def ignores(self) -> Mapping[TrialKey, Ignore]:
        """All of them."""
        return dict(self._ignored)

    def changed(
        self,
        trials: Mapping[TrialKey, tuple[Accepted, ...]] | None = None,
        ignored: Mapping[TrialKey, Ignore | None] | None = None,
    ) -> "Manifest":
        """A manifest with other entries for these trials; an empty tuple or None takes the entry out.

        Raises NameClashError when two trials would share an image file.
        """
        new = Manifest(self.path, self.suite)
        new._trials, new._ignored = dict(self._trials), dict(self._ignored)
        for key, accepted in (trials or {}).items():
            if accepted:
                new._trials[key] = _pack(_entry(key) | {"accepted": [_fields(item) for item in accepted]})
            else:
                new._trials.pop(key, None)
        for key, ignore in (ignored or {}).items():
            if ignore:
                new._ignored[key] = ignore
            else:
                new._ignored.pop(key, None)
        new._check_names()
        return new

    def files(self) -> Iterator[tuple[TrialKey, str, str]]:
        """Trial, image file and file digest of every accepted image."""
        for key, packed in self._trials.items():
            for item in _unpack(packed)["accepted"]:
                yield key, item["image"]["file"], item["image"]["file_digest"]

    def dump(self) -> bytes:
        """The file: entries sorted by case, variant and seed; fields in a fixed order; ends with a newline."""
        ignored = {key: _entry(key) | to_json(ignore) for key, ignore in self._ignored.items()}
        text = json.dumps({"format": FORMAT, "suite": self.suite}, indent=2, ensure_ascii=False)
        sections = [text.removesuffix("\n}")]
        if ignored:
            sections.append(_section("ignored", (_text(key, ignored[key]) for key in _order(ignored))))
        sections.append(_section("trials", (_text(key, _unpack(self._trials[key])) for key in _order(self._trials))))
        return (",\n".join(sections) + "\n}\n").encode()

    def _take(self, entry: Entry, files: dict[str, TrialKey]) -> None:
        if entry.section == "":
            self._check_head(entry)
            return
        _expect(isinstance(entry.value, dict), "should be an object")
        key = self._key(entry)
        if entry.section == "ignored":
            ignore = from_json(Ignore, entry.value)
            date.fromisoformat(ignore.until)
            self._ignored[key] = ignore
            return
        _expect(entry.section == "trials", "is not a part of a manifest")
        accepted = _accepted(entry.value)
        _expect(bool(accepted), "accepted: holds no image")
        for number, item in enumerate(accepted):
            file = item.image.file
            inside = is_image_file(self.suite, file)
            _expect(inside, f"accepted[{number}].image.file: {file!r} is no file in the folder of this suite")
            digests = (item.image.file_digest, item.image.pixel_digest)
            _expect(all(map(_is_digest, digests)), f"accepted[{number}].image: a digest is not 64 hex digits")
            other = files.setdefault(folded(file), key)
            if other != key:
                raise NameClashError(file, key, other)
        names = {folded(item.image.file) for item in accepted}
        _expect(len(names) == len(accepted), "accepted: two images share a file")
        self._trials[key] = _pack(entry.value)

    def _check_head(self, entry: Entry) -> None:
        if entry.name == "format":
            _expect(entry.value == FORMAT, f"this version reads format {FORMAT}, not {entry.value!r:.40}")
        elif entry.name == "suite":
            _expect(entry.value == self.suite, f"it belongs to the suite {entry.value!r:.60}, not {self.suite!r}")
        else:
            _expect(entry.name in ("trials", "ignored") and entry.value == {}, "is not a part of a manifest")

    def _key(self, entry: Entry) -> TrialKey:
        known = {name: entry.value.get(name) for name in ("case", "variant", "seed")}
        key = from_json(TrialKey, {"suite": self.suite, **known})
        _expect(entry_name(key) == entry.name, f"case, variant and seed inside say {entry_name(key)!r}")
        return key

    def _check_names(self) -> None:
        texts: dict[str, TrialKey] = {}
        files: dict[str, TrialKey] = {}
        for key in self._trials:
            other = texts.setdefault(entry_name(key), key)
            if other != key:
                raise NameClashError(entry_name(key), key, other)
        for key, file, _ in self.files():
            other = files.setdefault(folded(file), key)
            if other != key:
                raise NameClashError(file, key, other)


def _accepted(entry: Mapping[str, Any]) -> tuple[Accepted, ...]:
    items = entry.get("accepted")
    if not isinstance(items, list):
        raise ValueError("accepted: should be a list")  # noqa: TRY004 - every complaint about the file is one kind
    found = []
    for number, item in enumerate(items):
        try:
            found.append(from_json(Accepted, item))
        except ValueError as error:
            raise ValueError(f"accepted[{number}]: {error}") from error
    return tuple(found)


def _entry(key: TrialKey) -> dict[str, Any]:
    seed = {} if key.seed is None else {"seed": key.seed}
    return {"case": key.case, "variant": key.variant} | seed


def _order(keys: Mapping[TrialKey, Any]) -> list[TrialKey]:
    return sorted(keys, key=lambda key: (key.case, key.variant, -1 if key.seed is None else key.seed))


def _section(name: str, entries: Iterable[str]) -> str:
    body = ",\n".join(entries)
    return f'  "{name}": {{\n{body}\n  }}' if body else f'  "{name}": {{}}'


def _text(key: TrialKey, entry: Mapping[str, Any]) -> str:
    body = json.dumps(entry, indent=2, ensure_ascii=False, allow_nan=False)
    return f"    {json.dumps(entry_name(key), ensure_ascii=False)}: " + body.replace("\n", "\n    ")


def _fields(item: Accepted) -> dict[str, Any]:
    """The fields of an accepted image in their order, what is in them sorted."""
    return {name: _sorted(value) for name, value in to_json(item).items()}


def _sorted(value: Any) -> Any:
    """The same JSON data with the keys of every object sorted."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _pack(entry: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(entry, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(), 1)


def _unpack(packed: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads(zlib.decompress(packed))
    return entry


def _is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def _expect(condition: bool, problem: str) -> None:
    if not condition:
        raise ValueError(problem)
