import json
from collections.abc import Callable
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

Harness = Callable[..., object]
Project = Callable[..., Path]


def test_bench(harness: Harness, project: Project, snapshot: SnapshotAssertion) -> None:
    project(cases="  - {id: plain, prompt: an image, checks: [{absent: star}]}\n")
    assert harness("bench", "--help") == snapshot(name="help")
    assert harness("bench", "suites", "--dry-run") == snapshot(name="dry run")
    done = harness("bench", "suites", "--quality", "draft", "--repeats", "2", "--json")
    reported = json.loads(done.out)
    assert done.code == 0
    assert reported["bench"]["arms"][0]["determinism"] == "bytes"
    assert len(list(Path("reports").glob("*-bench-small-*/index.html"))) == 1


def test_bench_of_what_fails(harness: Harness, project: Project) -> None:
    project(cases="  - {id: bad, prompt: crash}\n")
    done = harness("bench", "suites", "--quality", "draft", "--repeats", "1")
    assert done.code == 3
    assert "2 failed" in done.out
    assert "Nothing was generated often enough to be timed" in done.out
    assert harness("bench", "suites", "--provider", "nobody").code == 2
