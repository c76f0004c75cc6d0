"""How often a run looks at the same bytes: each image is hashed once and decoded at most once, the ledger read once."""

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.baseline import Baselines, Selection, accept
from harness.cli.app import cli
from harness.image import decoding
from harness.ledger import find_run, lines
from harness.runner import RunOptions, execute, plan_of, rerun

Project = Callable[..., Path]
SUITES = (Path("suites/small.yaml"),)
TRIALS = 4


@pytest.fixture
def counted(project: Project, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What a run with accepted images does with the bytes of images."""
    project("  - {id: plain, prompt: an image}\n", "[0, 1, 2, 3]")
    options = RunOptions(SUITES)
    folder = execute(plan_of(options), options)[1]
    accept(Baselines("baselines"), folder, Selection(), reason="test", who="t", rerun=rerun(folder))
    found: Counter[str] = Counter()
    sha256, decoded = hashlib.sha256, decoding._decode

    def hashing(data: Any = b"", **options: Any) -> Any:
        start = bytes(data[:8])
        found["files hashed"] += start.startswith(b"\x89PNG")
        found["pixels hashed"] += start.startswith(b"RGB")
        return sha256(data, **options)

    def decode(*given: Any) -> Any:
        found["decoded"] += 1
        return decoded(*given)

    monkeypatch.setattr("harness.runner.engine.import_for", lambda *_: None)  # which describes an image of its own
    monkeypatch.setattr(hashlib, "sha256", hashing)
    monkeypatch.setattr(decoding, "_decode", decode)
    return found


def run(**options: Any) -> None:
    given = RunOptions(SUITES, **options)
    execute(plan_of(given), given)


def test_an_identical_image_is_hashed_once_and_not_decoded(counted: Counter[str]) -> None:
    run()
    candidates = accepted = TRIALS
    assert +counted == {"files hashed": candidates + accepted}


@pytest.mark.parametrize("cached", [False, True])
def test_a_drifted_image_is_hashed_and_decoded_once(counted: Counter[str], tmp_path: Path, *, cached: bool) -> None:
    run(overrides={"quality": "draft"}, cache=tmp_path / "cache" if cached else None)
    candidates = accepted = heat_maps = TRIALS
    assert +counted == {
        "files hashed": candidates + accepted + heat_maps,
        "pixels hashed": candidates,
        "decoded": candidates + accepted,
    }


def test_each_line_of_the_ledger_is_read_once_for_all_reports(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project()
    decode, read = lines.decode, []

    def counting(path: Path, number: int, line: bytes) -> Any:
        read.append(number)
        return decode(path, number, line)

    monkeypatch.setattr(lines, "decode", counting)
    ended = CliRunner().invoke(cli, ["run", *map(str, SUITES)])
    assert "next:" in ended.output
    folder = find_run(Path("reports"), "latest")
    assert {"index.html", "junit.xml", "summary.md"} <= {path.name for path in folder.iterdir()}
    assert read == list(range(1, TRIALS + 1))
