"""``harness run`` with --cache, --record and --replay, its estimates and its budget, over a program with a price."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.ledger import find_run, iter_results

Harness = Callable[..., Any]

PROGRAM = """\
#!{python}
import os, struct, sys, zlib

assert os.environ["STUDIO_KEY"], "no key"
prompt, seed, out = sys.argv[1:4]
if "refuse" in prompt:
    print("not with", os.environ["STUDIO_KEY"], file=sys.stderr)
    sys.exit(77)
with open("generated.txt", "a") as log:
    print(prompt, seed, file=log)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


rows = b"".join(b"\\0" + bytes((x * 3 + int(seed or 7) * 9 + y) % 256 for x in range(48 * 3)) for y in range(32))
png = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 48, 32, 8, 2, 0, 0, 0))
open(out, "wb").write(png + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
"""

SUITE = """\
suite: paid
provider: studio
providers:
  studio:
    kind: command
    argv: [./studio, "{prompt}", "{seed}", "{out}", "{width}x{height}"]
    env: [STUDIO_KEY]
    promise: best-effort
    price: 0.02
    concurrency: 4
defaults: {size: 48x32, seeds: [0, 1], drift: {ssim: ">= 0.98"}}
cases:
  - {id: fox, prompt: a fox}
  - {id: twin, prompt: a fox}
  - {id: cat, prompt: a cat}
  - {id: bad, prompt: refuse this, seeds: 0}
"""


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite over a paid program, in the working folder."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("STUDIO_KEY", "sk-studio-secret-1")
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites/paid.yaml").write_text(SUITE)
    program = tmp_path / "suites/studio"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def generated(folder: Path) -> int:
    log = folder / "suites/generated.txt"
    return len(log.read_text().splitlines()) if log.exists() else 0


def sized(done: Any) -> Any:
    """What was printed without sizes, which hang on how long a program took."""
    return replace(done, out=re.sub(r"[\d,.]+ (bytes|MB)", "<size>", done.out))


def results() -> dict[str, Any]:
    return {str(result.key): result for result in iter_results(find_run(Path("reports"), "latest"))}


def test_a_paid_suite_runs_again_with_no_key_and_no_program(
    studio: Path, harness: Harness, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    harness("run", "--live", "suites/paid.yaml")
    assert harness("accept", "--verdict", "new", "--unproven", "--reason", "first").code == 0
    assert sized(harness("run", "--live", "suites/paid.yaml", "--record", "tape")) == snapshot(name="recorded")
    live, count = results(), generated(studio)
    monkeypatch.delenv("STUDIO_KEY")
    (studio / "suites/studio").unlink()
    assert harness("run", "--live", "suites/paid.yaml").code == 2
    assert harness("run", "suites/paid.yaml", "--replay", "tape") == snapshot(name="replayed")
    again = results()
    assert generated(studio) == count
    assert again.keys() == live.keys()
    for key, result in again.items():
        assert result.outcome.verdict == live[key].outcome.verdict
        assert (result.source, result.cost) == (("replay", 0.0) if result.image else ("none", None))
        assert (result.image and result.image.file_digest) == (live[key].image and live[key].image.file_digest)
    lines = (find_run(Path("reports"), "latest") / "trials.jsonl").read_text()
    assert '"intent"' not in lines
    everything = [path for folder in ("tape", "reports", "baselines") for path in Path(folder).rglob("*")]
    assert not [path for path in everything if path.is_file() and b"sk-studio-secret-1" in path.read_bytes()]


def test_a_miss_fails_its_trial_and_says_what_to_do(
    studio: Path, harness: Harness, snapshot: SnapshotAssertion
) -> None:
    harness("run", "--live", "suites/paid.yaml", "--record", "tape", "--case", "fox", "--case", "twin")
    done = harness("run", "suites/paid.yaml", "--replay", "tape", "--case", "cat")
    assert done == snapshot
    assert done.code == 3


def test_only_what_was_generated_earns_a_verdict_of_determinism(studio: Path, harness: Harness) -> None:
    arguments = ("run", "--live", "suites/paid.yaml", "--case", "cat", "--repeats", "2")
    harness(*arguments, "--record", "tape")
    assert {result.outcome.determinism for result in results().values()} == {"bytes"}
    harness(*arguments, "--replay", "tape")
    assert {result.outcome.determinism for result in results().values()} == {None}
    harness(*arguments, "--replay", "tape", "--require-generated")
    assert {result.outcome.verdict for result in results().values()} == {"inconclusive"}


def test_the_cache_spares_the_second_run(studio: Path, harness: Harness, snapshot: SnapshotAssertion) -> None:
    harness("run", "--live", "suites/paid.yaml", "--case", "fox", "--case", "cat", "--cache")
    assert generated(studio) == 4
    again = harness("run", "--live", "suites/paid.yaml", "--case", "fox", "--case", "cat", "--cache")
    assert generated(studio) == 4
    assert sized(again) == snapshot
    assert {(result.source, result.cost) for result in results().values()} == {("cache", 0.0)}
    done = json.loads(harness("run", "--live", "suites/paid.yaml", "--case", "cat", "--cache", "--json").out)
    assert done["cache"]["entries"] == 4
    (studio / "suites/studio").write_text((studio / "suites/studio").read_text() + "\n# another build\n")
    harness("run", "--live", "suites/paid.yaml", "--case", "cat", "--cache")
    assert {result.source for result in results().values()} == {"generated"}


def test_twins_in_flight_are_generated_once_and_repeats_always(studio: Path, harness: Harness) -> None:
    harness("run", "--live", "suites/paid.yaml", "--case", "fox", "--case", "twin")
    assert generated(studio) + sum(result.source == "cache" for result in results().values()) == 4
    count = generated(studio)
    harness("run", "--live", "suites/paid.yaml", "--case", "fox", "--repeats", "2", "--cache")
    assert generated(studio) == count + 4


def test_require_generated_generates_twins_too_and_asks_no_cache(studio: Path, harness: Harness) -> None:
    harness("run", "--live", "suites/paid.yaml", "--case", "fox", "--cache")
    harness("run", "--live", "suites/paid.yaml", "--case", "fox", "--case", "twin", "--cache", "--require-generated")
    assert {result.source for result in results().values()} == {"generated"}
    assert generated(studio) == 6


def test_a_twin_of_a_promised_image_is_accepted_as_it_generates_again_the_same(studio: Path, harness: Harness) -> None:
    suite = studio / "suites/paid.yaml"
    exact = {"best-effort": "exact", "price: 0.02": "price: 0", '{ssim: ">= 0.98"}': "exact"}
    text = suite.read_text()
    for old, new in exact.items():
        text = text.replace(old, new)
    suite.write_text(text)
    harness("run", "--live", "suites/paid.yaml", "--case", "fox", "--case", "twin")
    assert {result.source for result in results().values()} == {"generated", "cache"}
    assert harness("accept", "--verdict", "new", "--reason", "first").code == 0
    assert harness("run", "--live", "suites/paid.yaml", "--case", "fox", "--case", "twin").code == 0


def test_an_intent_with_its_estimate_goes_before_each_paid_call(studio: Path, harness: Harness) -> None:
    harness("run", "--live", "suites/paid.yaml", "--case", "cat")
    lines = [
        json.loads(line) for line in (find_run(Path("reports"), "latest") / "trials.jsonl").read_text().splitlines()
    ]
    intents = [line["intent"] for line in lines if "intent" in line]
    assert [(intent["key"]["seed"], intent["estimate"]) for intent in intents] == [(0, 0.02), (1, 0.02)]
    assert "intent" in lines[0]


def test_the_budget_stops_before_the_trial_that_would_exceed_it(studio: Path, harness: Harness) -> None:
    done = harness("run", "suites/paid.yaml", "--case", "cat", "--case", "fox", "--budget", "0.05")
    assert done.code == 1
    assert generated(studio) == 2
    assert "the budget of $0.05 is reached" in done.out


def test_a_resumed_run_counts_what_it_may_have_spent_before(studio: Path, harness: Harness) -> None:
    cases = ("--case", "cat", "--case", "fox")
    harness("run", "suites/paid.yaml", *cases, "--budget", "0.03")
    assert generated(studio) == 1
    run = find_run(Path("reports"), "latest")
    lines = (run / "trials.jsonl").read_text().splitlines(keepends=True)
    # as a kill leaves it: the call was made, and its result never recorded
    (run / "trials.jsonl").write_text("".join(line for line in lines if '"outcome"' not in line))
    harness("run", "suites/paid.yaml", *cases, "--budget", "0.05", "--resume")
    assert generated(studio) == 2, "the first was possibly billed"


def test_estimates(studio: Path, harness: Harness, snapshot: SnapshotAssertion) -> None:
    assert harness("run", "suites/paid.yaml", "--dry-run") == snapshot(name="known")
    reported = json.loads(harness("run", "suites/paid.yaml", "--dry-run", "--json").out)
    assert (reported["trials"], round(reported["cost"], 4)) == (7, 0.14)
    assert json.loads(harness("run", "suites/paid.yaml", "--dry-run", "--json", "--replay", "tape").out)["cost"] == 0
    suite = studio / "suites/paid.yaml"
    suite.write_text(suite.read_text().replace("    price: 0.02\n", ""))
    assert harness("run", "suites/paid.yaml", "--dry-run") == snapshot(name="unknown")
    done = harness("run", "suites/paid.yaml", "--budget", "1")
    assert (done.code, generated(studio)) == (2, 0)
    assert done.err == snapshot(name="budget without a price")
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--cache", "c", "--record", "r"),
        ("--record", "r", "--replay", "r"),
        ("--replay", "nowhere"),
        ("--cache", "suites"),
        ("--record", "suites/paid.yaml"),
    ],
)
def test_wrong_calls(studio: Path, harness: Harness, snapshot: SnapshotAssertion, wrong: tuple[str, ...]) -> None:
    done = harness("run", "--live", "suites/paid.yaml", *wrong)
    assert (done.code, done.err) == (2, snapshot)
    assert (generated(studio), Path("reports").exists()) == (0, False)


def test_resume_needs_the_same_source(studio: Path, harness: Harness) -> None:
    harness("run", "suites/paid.yaml", "--case", "cat", "--budget", "0.03", "--record", "tape")
    done = harness("run", "--live", "suites/paid.yaml", "--case", "cat", "--resume")
    assert done.code == 2
    assert "record" in done.err
    assert harness("run", "--live", "suites/paid.yaml", "--case", "cat", "--resume", "--record", "tape").code == 1
    assert generated(studio) == 2
