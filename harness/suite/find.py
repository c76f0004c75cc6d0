"""Which files are the suites that a command line names."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.errors import UsageError, nearest
from harness.suite.problem import Problem, SuiteError
from harness.suite.text import SuiteText

SUFFIXES = (".yaml", ".yml")


def find_suites(given: Sequence[Path | SuiteText]) -> list[Path | SuiteText]:
    """Return the suites of files and folders, and those held as text, each once, in order. A folder holds the suites in
    it and below, by name; hidden files and folders, and files with another ending, are left out. Raises SuiteError,
    also for a link in it to a folder or to nothing."""
    if not given:
        raise UsageError("no suite is named", "name a suite file or a folder of suites")
    problems: list[Problem] = []
    files: list[Path | SuiteText] = []
    for path in given:
        if isinstance(path, SuiteText):
            files.append(path)
        elif path.is_dir():
            try:
                inside = [entry for entry in _walk(path) if entry.is_symlink() or entry.suffix.lower() in SUFFIXES]
            except OSError as fault:
                problems.append(Problem(str(fault.filename), f"cannot be read: {fault.strerror or fault}"))
                continue
            links = [entry for entry in inside if not entry.is_file()]
            problems += [Problem(str(entry), "is no file", "name it on its own, or remove it") for entry in links]
            inside = [entry for entry in inside if entry.suffix.lower() in SUFFIXES and entry not in links]
            if not inside and not links:
                problems.append(Problem(str(path), "holds no suite", "a suite is a file that ends in .yaml or .yml"))
            files += inside
        elif path.is_file():
            files.append(path)
        else:
            problems.append(Problem(str(path), "no such suite", _beside(path)))
    if problems:
        raise SuiteError(problems)
    known = {file if isinstance(file, SuiteText) else file.resolve(): file for file in reversed(files)}
    return list(known.values())[::-1]


def _walk(folder: Path) -> Iterable[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk(entry)
        else:
            yield entry


def _beside(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder {folder} either"
    names = [file.name for file in sorted(folder.iterdir()) if file.suffix.lower() in SUFFIXES and file.is_file()]
    return nearest(path.name, names) if names else "`harness init` writes a suite to begin with"
