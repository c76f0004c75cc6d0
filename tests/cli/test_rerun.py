"""What a person reads when trials failed, and when they are generated again."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from harness.errors import EXIT_NO_IMAGE, EXIT_USAGE
from harness.ledger import find_run
from tests.cli.conftest import Done


def test_after_an_outage(
    project: Callable[..., Path], harness: Callable[..., object], snapshot: SnapshotAssertion
) -> None:
    program = project(seeds="0..2", options=", concurrency: 1") / "generation.py"
    outage = '    if (HERE / "down").exists() and seed == 1:\n        raise OSError("the service is down")\n'
    program.write_text(program.read_text().replace('    if "slow" in prompt', outage + '    if "slow" in prompt'))
    Path("down").touch()
    assert harness("run", "suites/small.yaml") == snapshot(name="an outage")
    Path("down").unlink()
    assert harness("run", "suites/small.yaml", "--resume", "--rerun", "failed") == snapshot(name="generated again")
    reported = json.loads((find_run(Path("reports"), "latest") / "run.json").read_text())
    assert (reported["totals"], reported["complete"]) == ({"new": 6}, True)
    assert harness("run", "suites/small.yaml", "--resume", "--rerun", "failed") == snapshot(name="nothing failed")
    assert harness("run", "suites/small.yaml", "--rerun", "failed") == snapshot(name="no run is named")
    assert harness("run", "suites/small.yaml", "--resume", "--rerun", "drift") == snapshot(name="these have images")


def test_a_missing_program_is_found_before_anything_is_generated(
    project: Callable[..., Path], harness: Callable[..., Done]
) -> None:
    program = project() / "generation.py"
    text = program.read_text()
    program.write_text(f"{text}\n\ndef generate(**_):\n    raise OSError('the service is down')\n")
    assert harness("run", "suites/small.yaml").code == EXIT_NO_IMAGE
    program.unlink()
    trials = (find_run(Path("reports"), "latest") / "trials.jsonl").read_bytes()
    for rerun in ((), ("--resume", "--rerun", "failed")):
        assert harness("run", "suites/small.yaml", *rerun).code == EXIT_USAGE
    assert len(list(Path("reports").glob("*/run.json"))) == 1
    assert (find_run(Path("reports"), "latest") / "trials.jsonl").read_bytes() == trials


def test_a_table_of_a_run_is_in_the_order_of_the_keys(
    project: Callable[..., Path], harness: Callable[..., Done]
) -> None:
    project(seeds="[10, 9, 1]")
    harness("run", "suites/small.yaml", "--repeats", "2")
    folder = find_run(Path("reports"), "latest")
    lines = (folder / "trials.jsonl").read_text().splitlines()
    (folder / "trials.jsonl").write_text("".join(f"{line}\n" for line in reversed(lines)))
    rows = list(csv.DictReader(io.StringIO(harness("export").out)))
    found = [(row["case"], int(row["seed"]), int(row["index"])) for row in rows]
    assert len(found) == len(lines) == 12
    assert found == sorted(found)
