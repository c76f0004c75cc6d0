"""Change the code in small ways and see whether the tests notice: a seeded sample, and the score of each room.

    python -m tools.mutants                       # writes reports/benchmarks/mutants.md
    python -m tools.mutants ledger --only lock    # some of the sample, printed only

A mutant is tested by those tests of its own room that execute its line, until one fails, in a copy of the checkout.
Results are kept in ``build/mutants``: the command goes on where it was stopped. It begins again with a room whose code
has changed, and tries those that survived again when the room's tests have; remove the folder to begin with all.
``equivalent.txt`` lists those that change nothing a caller could see, and why.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tools.mutants.operators import Mutation, mutations, sample
from tools.mutants.testing import ROOT, SLACK, Trial, copy, finished, measure

ROOMS = ("baseline", "comparison", "judge", "ledger")
WORK = ROOT / "build" / "mutants"
RESULTS = WORK / "results.jsonl"
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
REPORT = ROOT / "reports" / "benchmarks" / "mutants.md"
SURVIVED, KILLED, TIMEOUT = "survived", "killed", "timeout"


def main() -> None:
    """Test the sample, room by room."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rooms", nargs="*", help=f"of {', '.join(ROOMS)}; all of them by default")
    parser.add_argument("--number", type=int, default=300, help="mutants in the sample of all rooms (300)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another sample (1)")
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time (2)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only mutants whose name contains this")
    options = parser.parse_args()
    code = {room: state(room, "harness") for room in ROOMS}
    chosen = sample((x for room in ROOMS for x in of_room(room)), options.number, options.seed)
    WORK.mkdir(parents=True, exist_ok=True)
    for room in options.rooms or ROOMS:
        test_room(room, [x for x in chosen if room_of(x) == room and options.only in x.name], code[room], options.jobs)
    done = {}
    for room in ROOMS:
        outcomes, own = known(room), [x for x in chosen if room_of(x) == room]
        if all(x.name in outcomes for x in own):
            done[room] = {x: outcomes[x.name] for x in own}
    REPORT.write_text(report(done, options), "utf-8")
    print(f"written: {REPORT.relative_to(ROOT)}")


def of_room(room: str) -> Iterator[Mutation]:
    """Give every mutation of its files."""
    for path in sorted((ROOT / "harness" / room).glob("*.py")):
        yield from mutations(str(path.relative_to(ROOT)), path.read_text("utf-8"))


def room_of(mutation: Mutation) -> str:
    """Return the folder in ``harness``."""
    return Path(mutation.path).parts[1]


def state(room: str, folder: str, root: Path = ROOT) -> str:
    """Return a digest of the room's files in a folder of the checkout."""
    digest = hashlib.sha256()
    for path in sorted((root / folder / room).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def known(room: str) -> dict[str, str]:
    """Read the outcomes that hold for the room as it is, by the mutation's name."""
    lines = RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else []
    code, tests = state(room, "harness"), state(room, "tests")
    entries = [entry for entry in map(json.loads, lines) if entry["code"] == code]
    return {x["name"]: x["outcome"] for x in entries if x["outcome"] != SURVIVED or x["tests"] == tests}


def test_room(room: str, chosen: list[Mutation], code: str, jobs: int) -> None:
    """Test what has no outcome yet; each is appended to the results when it comes."""
    before, states = known(room), {"code": code, "tests": state(room, "tests")}
    waiting = [x for x in chosen if x.name not in before]
    print(f"{room}: {len(chosen)} mutants, {len(chosen) - len(waiting)} of them tested before", flush=True)
    if not waiting:
        return
    trees = [WORK / f"tree-{index}" for index in range(jobs)]
    for tree in trees:
        shutil.rmtree(tree, ignore_errors=True)
        copy(tree)
        if state(room, "harness", tree) != code:
            raise SystemExit(f"{room} has changed meanwhile: begin again")
    lines, seconds = measure(trees[0], room)
    running: dict[Trial, tuple[Mutation, bytes]] = {}
    with RESULTS.open("a", encoding="utf-8") as results:

        def record(mutation: Mutation, outcome: str, spent: float) -> None:
            entry = {"name": mutation.name, "outcome": outcome, "seconds": round(spent, 1), **states}
            results.write(json.dumps(entry) + "\n")
            results.flush()
            if outcome == SURVIVED:
                print(f"  {mutation.name}", flush=True)

        while waiting or running:
            while waiting and trees:
                mutation = waiting.pop(0)
                tests = tests_of(mutation, lines.get(mutation.path, {}), seconds)
                tree = trees.pop()
                source = (tree / mutation.path).read_bytes()
                (tree / mutation.path).write_bytes(mutation.apply(source))
                limit = SLACK + 5 * sum(seconds[test] for test in tests)
                running[Trial(tree, tests, limit)] = mutation, source
            for trial, outcome in finished(running) if running else ():
                mutation, source = running.pop(trial)
                (trial.tree / mutation.path).write_bytes(source)
                trees.append(trial.tree)
                record(mutation, outcome, time.monotonic() - trial.begun)


def tests_of(mutation: Mutation, lines: dict[int, list[str]], seconds: dict[str, float]) -> list[str]:
    """Choose the tests that execute its line, the fast ones first; all of them for a line that only the import or a
    process of theirs executes."""
    first, last = mutation.lines
    found = {test for line in range(first, last + 1) for test in lines.get(line, ())} - {""}
    return sorted(found or seconds, key=lambda test: seconds[test])


def equivalent() -> dict[str, str]:
    """Read the reason of each mutation that changes nothing: two lines each in the file, the second one indented."""
    lines = [x for x in EQUIVALENT.read_text("utf-8").splitlines() if x and not x.startswith("#")]
    return {name: reason.strip() for name, reason in zip(lines[::2], lines[1::2], strict=True)}


def report(done: dict[str, dict[Mutation, str]], options: argparse.Namespace) -> str:
    """Write the page: a row for each room, and those that survived without a reason."""
    reasons = equivalent()
    rows, left, total = [], [], Counter[str]()
    for room, found in done.items():
        counts = Counter(
            "equivalent" if outcome == SURVIVED and x.name in reasons else outcome for x, outcome in found.items()
        )
        counts["lines"] = sum(
            len(path.read_text("utf-8").splitlines()) for path in (ROOT / "harness" / room).glob("*.py")
        )
        left += [x.name for x, outcome in found.items() if outcome == SURVIVED and x.name not in reasons]
        rows.append(_row(room, counts))
        total += counts
    head = f"""\
# How many small mistakes the tests notice

Made by `make mutants` (seed {options.seed}, {options.number} mutants) on {datetime.now(UTC):%Y-%m-%d}: \
Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors.

A mutant is the code with one small change: a comparison, `and`/`or`, `not`, a sign, `+ - * /`, a constant, what is
returned, or `+=` left out. The sample takes one mutant of each of {options.number} lines. It is tested only by the
tests of its own room that execute its line; it is noticed when one of them fails, or when they take five times as long.
Equivalent ones change nothing that a caller could see (`tools/mutants/equivalent.txt` says why); the score leaves them
out. Tests were written for those that survived, so what the tests miss elsewhere only another sample shows (`--seed`).

| room | lines | mutants | noticed | of them by time | equivalent | not noticed | score |
|---|---|---|---|---|---|---|---|
"""
    text = head + "\n".join([*rows, _row("all", total)]) + "\n"
    if missing := [room for room in ROOMS if room not in done]:
        text += f"\nNot tested to the end: {', '.join(missing)}.\n"
    return text + ("\nNot noticed:\n\n" + "".join(f"- `{name}`\n" for name in left) if left else "")


def _row(room: str, counts: Counter[str]) -> str:
    noticed, missed = counts[KILLED] + counts[TIMEOUT], counts[SURVIVED]
    score = f"{100 * noticed / (noticed + missed):.1f} %" if noticed + missed else "–"
    cells = (noticed + missed + counts["equivalent"], noticed, counts[TIMEOUT], counts["equivalent"], missed, score)
    return f"| {room} | {counts['lines']:,} | " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    main()
