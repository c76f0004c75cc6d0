"""The files of two folders, matched by name."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.image import SUFFIXES, UnreadableFileError


@dataclass(frozen=True, slots=True)
class Folders:
    """Two folders matched: ``pairs`` of files, and the files that only one of them has."""

    pairs: tuple[tuple[Path, Path], ...]
    only_a: tuple[Path, ...]
    only_b: tuple[Path, ...]


def match_folders(a: Path, b: Path, skip: Iterable[str] = ()) -> Folders:
    """Match the files of two folders by their path inside it; what remains of images by that path without its suffix.

    Every file counts, whatever it is, but for hidden ones (a name in their path begins with a dot) and those whose path
    or name one of the patterns in ``skip`` (``*.txt``) matches. A link to a folder and a folder that cannot be listed
    are files that cannot be read. Raises UnreadableFileError (folder).
    """
    patterns = tuple(skip)
    left, right = _files(a, patterns), _files(b, patterns)
    matched = [(name, name) for name in left if name in right]
    rest_a, rest_b = [name for name in left if name not in right], [name for name in right if name not in left]
    stems_a, stems_b = _by_stem(rest_a), _by_stem(rest_b)
    matched += [(stems_a[stem], stems_b[stem]) for stem in stems_a.keys() & stems_b.keys()]
    taken_a, taken_b = {one for one, _ in matched}, {other for _, other in matched}
    return Folders(
        pairs=tuple((a / one, b / other) for one, other in sorted(matched)),
        only_a=tuple(a / name for name in sorted(rest_a) if name not in taken_a),
        only_b=tuple(b / name for name in sorted(rest_b) if name not in taken_b),
    )


def _files(folder: Path, skip: tuple[str, ...]) -> set[Path]:
    found: set[Path] = set()

    def unlisted(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise UnreadableFileError(str(folder), error.strerror or str(error)) from None
        found.add(Path(error.filename))

    for place, folders, files in os.walk(folder, onerror=unlisted):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files = [name for name in files if not name.startswith(".")]
        links = [name for name in folders if Path(place, name).is_symlink()]
        found.update(Path(place, name) for name in (*files, *links))
    names = (path.relative_to(folder) for path in found)
    return {name for name in names if not any(name.match(pattern) for pattern in skip)}


def _by_stem(names: Iterable[Path]) -> dict[Path, Path]:
    """Paths of images by themselves without suffix, where that is the only one of its kind."""
    found: dict[Path, list[Path]] = {}
    for name in names:
        if name.suffix.lower() in SUFFIXES:
            found.setdefault(name.with_suffix(""), []).append(name)
    return {stem: paths[0] for stem, paths in found.items() if len(paths) == 1}
