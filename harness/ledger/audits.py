"""``audit.json``: the one file of an audit that its report is made of."""

from pathlib import Path

from harness.errors import UsageError
from harness.ledger.files import atomic_write
from harness.ledger.foreign import read_regular, refuse_links
from harness.records import Audit, OtherFormatError, document, read_document

AUDIT_FILE = "audit.json"


def find_audit(reports: Path, name: str) -> Path | None:
    """Return the folder of the audit of that name in ``reports``, or at that path; None where there is none."""
    return next((path for path in (Path(name), reports / name) if (path / AUDIT_FILE).is_file()), None)


def write_audit(folder: Path, audit: Audit) -> None:
    """Write the audit of a folder, whole or not at all. Raises WriteError."""
    atomic_write(folder / AUDIT_FILE, document("audit", audit))


def read_audit(folder: Path) -> Audit:
    """Return the audit in a folder. Raises UsageError where there is none, or none that can be read."""
    path = folder / AUDIT_FILE
    try:
        refuse_links(folder)
        return read_document("audit", Audit, read_regular(path))
    except FileNotFoundError:
        raise UsageError(f"there is no audit in {folder}", "make one: harness audit SUITE --b KEY=VALUE") from None
    except OtherFormatError as error:
        raise UsageError(f"{path} cannot be read: it {error}", error.hint) from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "restore it from a copy, or audit again") from None
