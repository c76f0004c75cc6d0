"""The proofs run the command line as processes, beside providers that count."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "provider")]

from counted.project import Project  # noqa: E402 - found by the path above


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project; ``write`` makes its suite."""
    return Project(tmp_path)
