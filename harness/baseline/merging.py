"""Merging two manifests that began as one: entry by entry, as git's merge driver for ``manifest.json``."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.baseline.entry import IgnoreEntry, Place, TrialEntry
from harness.baseline.errors import ManifestError
from harness.baseline.manifest_file import SECTIONS, Text, decode_entry, dump, indented, parse, refuse_clashes
from harness.records import OtherFormatError

ATTRIBUTES = ("baselines/**/log.jsonl merge=union", "baselines/**/manifest*.json merge=harness")
"""What ``.gitattributes`` says of baselines."""
DRIVER = "harness baselines merge %O %A %B %P"
"""The command that git calls for ``merge=harness``."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """An entry that both sides changed, each in its own way; None where a side removed it."""

    place: Place
    ours: bytes | None
    theirs: bytes | None

    def __str__(self) -> str:
        return f"{self.place}: ours {self._side(self.ours)}; theirs {self._side(self.theirs)}"

    @property
    def files(self) -> tuple[str, ...]:
        """The image files of both sides, relative to the baselines folder."""
        sides = (self.ours, self.theirs) if self.place.section == "trials" else ()
        found = [decode_entry("trials", entry) for entry in sides if entry is not None]
        return tuple(dict.fromkeys(item.image.file for entry in found for item in entry.accepted))

    def _side(self, entry: bytes | None) -> str:
        if entry is None:
            return "removed it"
        match decode_entry(self.place.section, entry):
            case TrialEntry(accepted=accepted, refused=refused):
                shown = [f"{item.image.file} (pixels {item.image.pixel_digest[:12]})" for item in accepted]
                first = accepted[0] if refused is None else refused
                shown += [] if refused is None else ["a refusal"]
                return f"{', '.join(shown)} by {first.who}, {first.when}: {first.why}"
            case IgnoreEntry(ignore=ignore):
                return f"{ignore}, by {ignore.who}"
        return ""


@dataclass(frozen=True, slots=True)
class MergedManifest:
    """The text of the merged manifest; with ``conflicts``, both sides of each are in it, between git's marks."""

    data: bytes
    conflicts: tuple[Conflict, ...] = ()


def merge_manifests(base: Path, ours: Path, theirs: Path, path: Path) -> MergedManifest:
    """Merge the manifests that git left in three files; ``path`` is where the result belongs. An empty ``base`` is
    none. Nothing is written.

    Two sides that changed different trials, or different profiles of one, merge; so do two that accepted the same
    images. Raises ManifestError for a side that cannot be read (another format, no JSON), and NameClashError.
    """
    our = _read(ours, path, "ours")
    their = _read(theirs, path, "theirs", our.suite)
    old = _read(base, path, "base", our.suite) if base.stat().st_size else Text(our.suite)
    merged: dict[Place, bytes] = {}
    conflicts: list[Conflict] = []
    for place in sorted({*our.entries, *their.entries}, key=lambda place: place.order):
        before, a, b = (text.entries.get(place) for text in (old, our, their))
        if a == b or b == before:
            chosen = a
        elif a == before:
            chosen = b
        elif a is not None and b is not None and (same := _same_images(place, a, b)):
            chosen = same
        else:
            conflicts.append(Conflict(place, a, b))
            continue
        if chosen is not None:
            merged[place] = chosen
    sides = ((place, our if our.entries.get(place) == entry else their) for place, entry in merged.items())
    refuse_clashes((place.key, side.files.get(place, ())) for place, side in sides)
    marked = {section: _marked(section, conflicts, merged) for section in SECTIONS}
    return MergedManifest(dump(our.suite, our.version, merged, marked), tuple(conflicts))


def _read(file: Path, path: Path, side: str, suite: str | None = None) -> Text:
    named = path.with_name(f"{path.name} ({side})")
    try:
        return parse(named, file.read_bytes(), suite)
    except ManifestError as error:
        whole = f"take one side whole (git checkout --ours -- {path}, or --theirs; then git add {path})"
        other = error.__cause__
        lead = other.hint if isinstance(other, OtherFormatError) else "fix it on its branch and merge again"
        raise ManifestError(named, error.problem, error.where, error.line, hint=f"{lead}, or {whole}") from error


def _same_images(place: Place, a: bytes, b: bytes) -> bytes | None:
    """Of two entries with the same images and refusal by the same recipes the one that is calibrated, else the later
    one; None for different images, and for two that were calibrated differently."""
    if place.section != "trials":
        return None
    entries = [decode_entry("trials", entry) for entry in (a, b)]
    one, two = (entry.accepted for entry in entries)
    if [(i.image, i.recipe.digest) for i in one] != [(i.image, i.recipe.digest) for i in two]:
        return None
    refused = [entry.refused for entry in entries]
    if len({refusal and refusal.recipe.digest for refusal in refused}) > 1:
        return None
    latest = [max(item.when for item in (*entry.accepted, *filter(None, (entry.refused,)))) for entry in entries]
    floors = [[item.noise_floor for item in entry.accepted] for entry in entries]
    empty: list[object] = [None] * len(floors[0])
    if floors[0] == floors[1]:
        return a if latest[0] >= latest[1] else b
    return a if floors[1] == empty else b if floors[0] == empty else None


def _marked(section: str, conflicts: list[Conflict], merged: Mapping[Place, bytes]) -> str:
    """Both sides of each conflict, before the other entries of a section: whichever side is kept, it is JSON."""
    # those that one side took out come first: what follows needs the comma behind them
    own = [conflict for conflict in conflicts if conflict.place.section == section]
    own.sort(key=lambda conflict: conflict.ours is not None and conflict.theirs is not None)
    rest = any(place.section == section for place in merged)
    blocks = []
    for number, conflict in enumerate(own, 1):
        comma = "," if rest or number < len(own) else ""
        ours, theirs = (f"{indented(e)}{comma}\n" if e else "" for e in (conflict.ours, conflict.theirs))
        blocks.append(f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n")
    return "".join(blocks)
