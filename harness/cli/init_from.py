"""``harness init --from``: suites of images that have a recipe in them, and of lists of prompts."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import UsageError

IMAGES = "imported"
"""Name of the suite of images, and of their folder beside it."""


def import_suites(sources: Sequence[Path], folder: Path) -> tuple[list[str], list[str]]:
    """Write a suite of all images among the sources, with copies of them, and one of each list of prompts.

    Returns the files written, relative to ``folder``, and notes on what could not be taken over. Raises UsageError for
    a source that is neither, and for a suite that exists; nothing is written then.
    """
    from harness.suite import PROMPT_LISTS, read_prompts, suite_of_prompts

    images: list[Path] = []
    lists: list[Path] = []
    for source in _spread(sources):
        (lists if source.suffix.lower() in PROMPT_LISTS else images).append(source)
    files: dict[Path, bytes] = {}
    notes: list[str] = []
    for source in lists:
        name = _name(source.stem)
        made = suite_of_prompts(name, read_prompts(source))
        _add(files, Path("suites", f"{name}.yaml"), made.text.encode())
        notes += made.notes
    if images:
        more, own = _of_images(images)
        for place, data in more.items():
            _add(files, place, data)
        notes += own
    for place in files:
        if (folder / place).exists():
            raise UsageError(f"{place} exists", "move it away, or run this in another folder")
    for place, data in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(data)
    return [place.as_posix() for place in files], notes


def _of_images(paths: Sequence[Path]) -> tuple[dict[Path, bytes], tuple[str, ...]]:
    from harness.image import decode_named, generation_metadata_of, read_bytes
    from harness.suite import ImportedImage, suite_of_images

    given, contents = [], []
    for path in paths:
        data = read_bytes(path)
        image = decode_named(data, str(path))
        given.append(ImportedImage(path.name, (image.width, image.height), generation_metadata_of(data)))
        contents.append(data)
    made = suite_of_images(IMAGES, given, IMAGES)
    files = {Path("suites", f"{IMAGES}.yaml"): made.text.encode()}
    for path, place, data in zip(paths, made.places, contents, strict=True):
        files[Path("suites", IMAGES, f"{place}{path.suffix.lower()}")] = data
    return files, made.notes


def _spread(sources: Sequence[Path]) -> Iterator[Path]:
    """Yield the files: those of a folder that are images or lists, by name."""
    from harness.image import SUFFIXES
    from harness.suite import PROMPT_LISTS

    known = (*SUFFIXES, *PROMPT_LISTS)
    for source in sources:
        found = sorted(source.iterdir()) if source.is_dir() else [source]
        files = [path for path in found if path.suffix.lower() in known and path.is_file()]
        if not files:
            problem = "holds neither" if source.is_dir() else "is neither" if source.exists() else "does not exist"
            raise UsageError(f"{source} {problem}: images or lists of prompts are read", f"known: {', '.join(known)}")
        yield from files


def _add(files: dict[Path, bytes], place: Path, data: bytes) -> None:
    if place in files:
        raise UsageError(f"two sources become {place}", "give them in two calls, and rename the first suite")
    files[place] = data


def _name(stem: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in stem).strip("-._")
    return kept or "prompts"
