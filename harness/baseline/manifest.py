"""The manifest of a suite: which images were accepted, for which profile, as files that git can show the changes of.

One file, ``manifest.json``; above :data:`MOST` images the trials are in 16 files ``manifest-0.json`` … by a hash of
their name, so that one change rewrites a sixteenth.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Self

from harness.baseline.entry import Accepted, Ignore, Place, Refusal, TrialEntry
from harness.baseline.errors import ManifestError, NameClashError
from harness.baseline.manifest_file import Text, compact, decode_entry, parse, pieces, refuse_clashes, sorted_keys
from harness.baseline.names import MANIFEST, PARTS, entry_name
from harness.ledger import atomic_write_all, writing
from harness.records import ImageRef, TrialKey, canonical_json, to_json

State = tuple[TrialKey, tuple[Accepted, ...], Refusal | None]
"""A trial, and what is accepted for it: images, or a refusal."""
MOST = 5_000
"""Images that one file holds; it is one file again when only half as many are left."""


class Manifest:
    """The accepted images and the ignores of a suite; never changed in place.

    ``split`` says whether it is in several files.
    """

    def __init__(self, path: Path, suite: str) -> None:
        self.path = path
        self.suite = suite
        self.split = False
        self._read: dict[str, bytes] = {}
        self._text = Text(suite)
        self._profiles: dict[TrialKey, tuple[Place, ...]] = {}

    @classmethod
    def load(cls, path: Path, suite: str, known: Self | None = None) -> Self:
        """Read and check a manifest and the parts beside it; one that does not exist is empty. ``known`` is one that
        was read before: it is returned where its files hold the same bytes. Raises ManifestError."""
        if known is not None and known._read == _digests(path):
            return known
        manifest = cls(path, suite)
        parts = sorted(path.parent.glob(PARTS))
        manifest.split = bool(parts)
        entries, files = manifest._text.entries, manifest._text.files
        for file in (path, *parts):
            try:
                data = file.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ManifestError(file, f"cannot be read: {str(error.strerror).lower()}") from error
            text = parse(file, data, suite, manifest._text)
            manifest._read[file.name] = hashlib.sha256(data).digest()
            if file == path:
                manifest._text.version = text.version
            # A kill while it is split or joined leaves an entry in two files: the same one.
            if (place := entries.joined(text.entries)) is not None:
                raise ManifestError(file, f"is listed twice: {MANIFEST} has another entry for it", str(place))
            files.update(text.files)
        try:
            manifest._index()
        except NameClashError as clash:
            raise ManifestError(path, str(clash)) from clash
        return manifest

    def __len__(self) -> int:
        return len(self._profiles)

    def trials(self) -> Iterator[TrialKey]:
        """Return the trials with accepted images."""
        return iter(self._profiles)

    def listed(self) -> set[TrialKey]:
        """Return the trials with any entry, also those that are only ignored."""
        return {place.key for place in self._text.entries}

    def accepted(self, key: TrialKey) -> tuple[Accepted, ...]:
        """Return the accepted images of a trial, profile by profile, in the order of acceptance; empty for none."""
        places = self._profiles.get(key, ())
        return tuple(item for place in places for item in _trial_entry(self._text.entries[place]).images())

    def images(self, key: TrialKey) -> tuple[ImageRef, ...]:
        """Return the accepted images of a trial, without what is known of them."""
        return tuple(item.image for item in self.accepted(key))

    def refused(self, key: TrialKey) -> Refusal | None:
        """Return the accepted refusal of a trial."""
        place = Place("trials", key)
        entry = self._text.entries.get(place)
        refusal: Refusal | None = None if entry is None else _trial_entry(entry).refused
        return refusal

    def ignored(self, key: TrialKey) -> Ignore | None:
        """Return the ignore of a trial, also when its day has passed."""
        entry = self._text.entries.get(Place("ignored", key))
        ignore: Ignore | None = None if entry is None else decode_entry("ignored", entry).ignore
        return ignore

    def changed(
        self,
        trials: Mapping[TrialKey, tuple[Accepted, ...]] | None = None,
        ignored: Mapping[TrialKey, Ignore | None] | None = None,
        refused: Mapping[TrialKey, Refusal | None] | None = None,
    ) -> "Manifest":
        """Return a manifest with other entries for these trials; an empty tuple or None takes the entry out. The
        entries of profiles whose images stay are kept as they are.

        Raises NameClashError when two trials would share an image file.
        """
        keys = {**(trials or {}), **(refused or {})}
        states = (
            (
                key,
                self.accepted(key) if trials is None or key not in trials else trials[key],
                self.refused(key) if refused is None or key not in refused else refused[key],
            )
            for key in keys
        )
        return self.with_states(states, ignored)

    def with_states(
        self, states: Iterable[State], ignored: Mapping[TrialKey, Ignore | None] | None = None
    ) -> "Manifest":
        """Return a manifest with these states of trials, each taken when it is asked for; as :meth:`changed`."""
        new = self._copy()
        for key, accepted, refusal in states:
            _replace(new._text, key, self._profiles.get(key, ()), accepted, refusal)
        for key, ignore in (ignored or {}).items():
            place = Place("ignored", key)
            if ignore:
                new._text.entries[place] = compact(_entry(key) | {"ignore": to_json(ignore)})
            else:
                new._text.entries.pop(place, None)
        return new._indexed()

    def part(self, keys: Iterable[TrialKey]) -> Text:
        """Return the entries of some trials, byte for byte."""
        places = (place for key in keys for place in (*self._profiles.get(key, ()), Place("ignored", key)))
        entries = self._text.entries.chosen(places)
        files = {place: self._text.files.get(place, ()) for place in entries}
        return Text(self.suite, self._text.version, entries, files)

    def with_part(self, keys: Iterable[TrialKey], part: Text) -> "Manifest":
        """Return a manifest in which some trials have the entries of ``part`` and no others. Raises NameClashError."""
        new = self._copy()
        for place in self.part(keys).entries:
            del new._text.entries[place]
            new._text.files.pop(place, None)
        new._text.entries.update(part.entries)
        new._text.files.update((place, files) for place, files in part.files.items() if place.section == "trials")
        return new._indexed()

    def files(self, keys: Iterable[TrialKey] | None = None) -> Iterator[tuple[TrialKey, str, str]]:
        """Trial, image file and file digest of the accepted images of some trials, or of all."""
        for key in self._profiles if keys is None else keys:
            for item in self.accepted(key):
                yield key, item.image.file, item.image.file_digest

    def dump(self) -> dict[str, bytes]:
        """Return the text of each of its files by name; ``manifest.json`` is the last."""
        return {name: b"".join(text) for name, text in self._texts().items()}

    def _texts(self) -> dict[str, Iterator[bytes]]:
        places: dict[str, list[Place]] = {MANIFEST: []}
        for place in self._text.entries:
            own = part_name(place.key) if self.split and place.section == "trials" else MANIFEST
            places.setdefault(own, []).append(place)
        names = [*sorted(places.keys() - {MANIFEST}), MANIFEST]
        text = self._text
        return {name: pieces(self.suite, text.version, text.entries, places=places[name]) for name in names}

    def write(self, old: "Manifest") -> None:
        """Write the files that differ from what is there. A kill between two of them leaves each trial as it was or
        as it is. Raises WriteError."""
        if old.split != self.split and len(old):
            # First the same entries in the other layout, then the change: in between no entry is written twice
            # with two meanings.
            same = old.changed()
            same.split = self.split
            same._put()
        self._put()

    def _copy(self) -> "Manifest":
        new = Manifest(self.path, self.suite)
        new.split = self.split
        new._text = Text(
            self.suite, self._text.version, self._text.entries.chosen(self._text.entries), dict(self._text.files)
        )
        return new

    def _indexed(self) -> "Manifest":
        self._index()
        images = sum(map(len, self._text.files.values()))
        self.split = images > MOST or (self.split and images > MOST // 2)
        return self

    def _put(self) -> None:
        folder = self.path.parent
        names = [name for name, text in self._texts().items() if not _holds(folder / name, text)]
        texts = self._texts()
        atomic_write_all({folder / name: texts[name] for name in names})
        for path in folder.glob(PARTS):
            if path.name not in texts:
                with writing(path):
                    path.unlink()

    def refuse_files(self, files: Mapping[TrialKey, Iterable[str]]) -> None:
        """Raise NameClashError where trials with these image files could not be accepted beside the others."""
        own = ((place.key, there) for place, there in self._text.files.items() if place.key not in files)
        refuse_clashes(chain(own, files.items()))

    def _index(self) -> None:
        """Sort trials and profiles, and see that no two trials share a name or a file. Raises NameClashError."""
        self._profiles.clear()
        places = sorted(self._text.files, key=lambda place: place.order)
        for place in places:
            self._profiles[place.key] = (*self._profiles.get(place.key, ()), place)
        refuse_clashes((place.key, self._text.files[place]) for place in places)


@lru_cache(maxsize=4)
def _trial_entry(entry: bytes) -> TrialEntry:
    """Return the record of an entry: each trial is looked up several times in a row."""
    decoded: TrialEntry = decode_entry("trials", entry)
    return decoded


def part_name(key: TrialKey) -> str:
    """Return the file of a trial where there are several."""
    return f"manifest-{hashlib.sha256(entry_name(key).encode()).hexdigest()[0]}.json"


def _digests(path: Path) -> dict[str, bytes]:
    """Return the SHA-256 of each file of a manifest by its name."""
    found = {}
    for file in (path, *path.parent.glob(PARTS)):
        with suppress(OSError), file.open("rb") as stream:
            found[file.name] = hashlib.file_digest(stream, "sha256").digest()
    return found


def _holds(path: Path, text: Iterable[bytes]) -> bool:
    """Return whether a file is there and holds this text and no more."""
    try:
        with path.open("rb") as file:
            return all(file.read(len(piece)) == piece for piece in text) and not file.read(1)
    except FileNotFoundError:
        return False


def _replace(
    text: Text,
    key: TrialKey,
    old: tuple[Place, ...],
    accepted: tuple[Accepted, ...],
    refusal: Refusal | None,
) -> None:
    """Put other images, or a refusal, in the place of a trial's, profile by profile."""
    groups: dict[Place, list[Accepted]] = {}
    for item in accepted:
        groups.setdefault(Place("trials", key, canonical_json(item.profile)), []).append(item)
    if refusal is not None:
        groups.setdefault(Place("trials", key), [])
    for place in old:
        if place not in groups:
            del text.entries[place], text.files[place]
    for place, items in groups.items():
        refused = refusal if place == Place("trials", key) else None
        if place in text.entries:
            entry = decode_entry("trials", text.entries[place])
            if (entry.images(), entry.refused) == (tuple(items), refused):
                continue
        profile = {"profile": sorted_keys(to_json(items[0].profile))} if items and items[0].profile else {}
        fields = _entry(key) | profile | {"accepted": [_fields(item) for item in items]}
        text.entries[place] = compact(
            fields if refused is None else fields | {"refused": sorted_keys(to_json(refused))}
        )
        text.files[place] = tuple(item.image.file for item in items)


def _entry(key: TrialKey) -> dict[str, Any]:
    seed = {} if key.seed is None else {"seed": key.seed}
    return {"case": key.case, "variant": key.variant} | seed


def _fields(item: Accepted) -> dict[str, Any]:
    """Return the fields of an accepted image in their order, what is in them sorted; the profile is the entry's."""
    data = to_json(replace(item, profile={}))
    return {name: sorted_keys(value) for name, value in data.items() if name != "profile"}
