"""The files of two folders, matched by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.image import UnreadableFileError


@dataclass(frozen=True, slots=True)
class Folders:
    """Two folders matched: ``pairs`` of files, and the files that only one of them has."""

    pairs: tuple[tuple[Path, Path], ...]
    only_a: tuple[Path, ...]
    only_b: tuple[Path, ...]


def match_folders(a: Path, b: Path) -> Folders:
    """Match the images of two folders by their path inside it; what remains by that path without its suffix.

    Files that are not PNG, JPEG or WebP by name are left out. Raises UnreadableFileError (folder).
    """
    left, right = _images(a), _images(b)
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


def _images(folder: Path) -> set[Path]:
    try:
        listed = list(folder.iterdir()) and list(folder.rglob("*"))
    except OSError as error:
        raise UnreadableFileError(str(folder), error.strerror or str(error)) from None
    suffixes = {".png", ".jpg", ".jpeg", ".webp"}
    return {path.relative_to(folder) for path in listed if path.suffix.lower() in suffixes and path.is_file()}


def _by_stem(names: Iterable[Path]) -> dict[Path, Path]:
    """Paths by themselves without suffix, where that is the only one of its kind."""
    found: dict[Path, list[Path]] = {}
    for name in names:
        found.setdefault(name.with_suffix(""), []).append(name)
    return {stem: paths[0] for stem, paths in found.items() if len(paths) == 1}
