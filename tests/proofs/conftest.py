"""The proofs run the command line as processes, beside providers that count."""

from pathlib import Path

import pytest

from tests.proofs.counted.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project; ``write`` makes its suite."""
    return Project(tmp_path)
