"""What a person reads when trials failed, and when they are generated again."""

import json
from collections.abc import Callable
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from harness.ledger import find_run


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
