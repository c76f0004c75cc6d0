from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.ledger import find_audit, read_audit, write_audit
from harness.records import Audit, AuditArm


def test_an_audit_is_found_by_its_name_and_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = tmp_path / "reports"
    folder = reports / "first"
    folder.mkdir(parents=True)
    (reports / "run").mkdir()
    audit = Audit("first", "1", "2026-11-22T10:00:00Z", ("a.yaml",), AuditArm("A", "a"), AuditArm("B", "b"), 0.05)
    write_audit(folder, audit)
    assert read_audit(folder) == audit
    assert find_audit(reports, "first") == find_audit(tmp_path, str(folder)) == folder
    assert find_audit(reports, "run") is None
    assert find_audit(reports, "second") is None
    (folder / "audit.json").write_text("{")
    for place in (folder, reports / "run"):
        with pytest.raises(UsageError):
            read_audit(place)
