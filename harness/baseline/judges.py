"""What calibrations showed of judges (viewers with model and settings): ``baselines/judges.json``."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.baseline.errors import BaselineError
from harness.baseline.writing import LOCK_SECONDS, refuse_in_ci
from harness.ledger import Lock, atomic_write, make_folder
from harness.records import JudgeQuality, decode_json, indented_json

JUDGES = "judges.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class _Stored:
    """The file."""

    format: int
    judges: tuple[JudgeQuality, ...]


@dataclass(eq=False, repr=False)
class JudgesError(BaselineError):
    """A file of calibrations of judges that cannot be read. ``problem`` says why."""

    path: Path
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"

    @property
    def hint(self) -> str:
        return f"restore it (git checkout -- {self.path}), or delete it and calibrate again"


def read_judges(root: Path) -> tuple[JudgeQuality, ...]:
    """Return the stored calibrations of judges in a baselines folder; none when there is no file. Raises
    JudgesError."""
    path = root / JUDGES
    try:
        stored = decode_json(_Stored, path.read_bytes())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise JudgesError(path, f"cannot be read: {str(error.strerror).lower()}") from error
    except (ValueError, RecursionError) as error:
        raise JudgesError(path, str(error)) from error
    if stored.format != FORMAT:
        raise JudgesError(path, f"this version reads format {FORMAT}")
    return stored.judges


def store_judges(root: Path, found: Iterable[JudgeQuality]) -> Path:
    """Store what a calibration showed; each replaces an earlier one of its judge and kind of check.

    Returns the file. Raises WritesRefusedError (``CI``), JudgesError, LockedError and WriteError.
    """
    refuse_in_ci()
    make_folder(root)
    with Lock(root, wait=LOCK_SECONDS):
        known = {(one.viewer, one.kind, one.judge): one for one in (*read_judges(root), *found)}
        stored = _Stored(FORMAT, tuple(known[place] for place in sorted(known)))
        atomic_write(root / JUDGES, indented_json(stored) + b"\n")
    return root / JUDGES
