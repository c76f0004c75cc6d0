"""Commands killed at random moments, taken up again with ``--resume``, until they are complete.

    python -m tests.proofs.storm --kills 200 --seed 1        # make storm

One line of JSON is printed at the end. ``lost`` counts recorded lines and images that a kill took away, and results
that are missing at the end; ``generated_twice`` the calls beyond those of an undisturbed command and those whose reply
a kill took; ``half_written`` the manifests and records that cannot be read or name an image that is not there;
``blocked`` the commands that could not go on. ``unannounced`` counts calls without an intent.
"""

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from harness.baseline import Baselines, decisions
from tests.proofs.counted.project import BUDGET, LIMITS, Project
from tests.proofs.counted.recorded import calls, intents, ledgers, lines_of, results, stored_images, unanswered

SUITE = "suites/paid.yaml"
DELAY = "0.03"
"""Seconds that an image takes."""
COMMANDS = {
    "run": ("run", SUITE, "--repeats", "2"),
    "confirm": ("run", SUITE),
    "audit": ("audit", SUITE, "--b", "quality=draft", "--repeats", "2"),
    "calibrate": ("calibrate", SUITE, "--repeats", "4"),
    "probe": ("probe", SUITE, "--repeats", "2", "--trials", "1"),
    "bench": ("bench", SUITE, "--quality", "standard", "--repeats", "2", "--concurrency", "2"),
}
"""What is killed; ``confirm`` is a run whose images drifted, so that each is confirmed."""
PRODUCTS = {
    "audit": ("reports/**/audit.json", ""),
    "bench": ("reports/**/bench.json", ""),
    "calibrate": ("baselines/**/manifest.json", '"noise_floor"'),
    "probe": ("baselines/**/probes.json", ""),
}
"""What a command has made when it is complete, beside its runs: a file, and what stands in it."""
ENDS = (0, 1, 3)
LONGEST = 8
"""Most kills of one command before it is let go on to its end."""


@dataclass
class Tally:
    """What was counted over all kills."""

    kills: int = 0
    stories: int = 0
    resumed: int = 0
    lost: int = 0
    generated_twice: int = 0
    half_written: int = 0
    blocked: int = 0
    unannounced: int = 0
    by_command: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def note(self, kind: str, count: int, what: str) -> None:
        """Count a fault, and keep the first few in words."""
        if count:
            setattr(self, kind, getattr(self, kind) + count)
            if len(self.examples) < 20:
                self.examples.append(f"{kind}: {what}")

    @property
    def fine(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.generated_twice or self.half_written or self.blocked or self.unannounced)


class Workshop:
    """Projects made once a command, in the state in which the command begins, and what the command does undisturbed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cache  # noqa: B019 - lives as long as the storm
    def template(self, command: str) -> Project:
        """A project in which the command can begin."""
        project = Project(self.folder / f"{command}-template", PAID_DELAY="0")
        calibrated = command in ("confirm", "calibrate")
        project.write(drift="calibrated" if calibrated else LIMITS, cases=3)
        if command in ("confirm", "calibrate", "decide"):
            _end(project, "run", SUITE, *BUDGET)
            if command == "decide":
                (project.folder / "changed").touch()
                _end(project, "run", SUITE, *BUDGET)
                return project
            _end(project, "accept", "--unproven", "--reason", "first")
        if command == "confirm":
            (project.folder / "noisy").touch()
            _end(project, *COMMANDS["calibrate"], *BUDGET)
            (project.folder / "changed").touch()
        return project

    def project(self, command: str, name: str) -> Project:
        """A fresh copy."""
        project = self.template(command).copy(self.folder / name)
        project.environment["PAID_DELAY"] = DELAY
        return project

    @cache  # noqa: B019 - lives as long as the storm
    def undisturbed(self, command: str) -> tuple[Counter[str], int, float]:
        """Calls by recipe, results, and seconds from the first call to the end."""
        project = self.project(command, f"{command}-undisturbed")
        process = project.start(*COMMANDS[command], *BUDGET)
        while process.poll() is None and not calls(project.folder):
            time.sleep(0.005)
        begun = time.monotonic()
        process.wait()
        if process.returncode not in ENDS:
            raise SystemExit(f"{command} fails undisturbed: {project.printed()}")
        count = sum(len(results(ledger)) for ledger in ledgers(project.reports))
        return calls(project.folder), count, time.monotonic() - begun

    @cache  # noqa: B019 - lives as long as the storm
    def resumes(self, command: str) -> bool:
        """Whether the command has ``--resume``."""
        project = self.template(command)
        _end(project, COMMANDS[command][0], "--help")
        return "--resume" in project.printed()


def _end(project: Project, *arguments: str) -> None:
    if project.harness(*arguments) not in ENDS:
        raise SystemExit(f"{arguments} fails: {project.printed()}")


def generating(workshop: Workshop, command: str, name: str, chance: random.Random, most: int, tally: Tally) -> None:
    """One command killed up to ``most`` times, then let go on to its end."""
    wanted, count, seconds = workshop.undisturbed(command)
    project = workshop.project(command, name)
    allowed, kept, places = Counter(wanted), {}, {}
    for turn in range(most + 1):
        resume = ("--resume", "latest") if any(project.reports.rglob("run.json")) else ()
        process = project.start(*COMMANDS[command], *BUDGET, *resume)
        tally.resumed += bool(resume)
        if turn < most:
            _wait(project, process, seconds, chance)
            process.kill()
        process.wait()
        _compare(project, kept, tally, f"{name} turn {turn}")
        _readable(project, tally, f"{name} turn {turn}")
        if process.returncode != -9:
            if process.returncode not in ENDS and not _complete(project, command):
                tally.note("blocked", 1, f"{name} turn {turn} ends with {process.returncode}: {project.printed()}")
                return
            break
        tally.kills += 1
        tally.by_command[command] += 1
        for ledger in ledgers(project.reports):
            allowed += unanswered(ledger, places.get(ledger, 0))
            places[ledger] = kept[ledger][0]
        if not workshop.resumes(command):
            # what a killed command left is never taken up: only its files are looked at
            _announced(project, tally, name)
            return
    tally.note("lost", not _complete(project, command), f"{name} is not complete at its end: {project.printed()}")
    _announced(project, tally, name)
    more = calls(project.folder) - allowed
    tally.note("generated_twice", more.total(), f"{name}: {dict(more)}")
    found = sum(len(results(ledger)) for ledger in ledgers(project.reports))
    tally.note("lost", max(0, count - found), f"{name}: {found} of {count} results")
    retaken = [kind for ledger in ledgers(project.reports) for kind, _ in lines_of(ledger) if kind == "rerun"]
    tally.note("lost", len(retaken), f"{name}: {len(retaken)} results were taken back")


def deciding(workshop: Workshop, name: str, chance: random.Random, most: int, tally: Tally) -> None:
    """Two runs accepted in turn, undone and a case renamed, each killed; the next writer can always go on."""
    project = workshop.template("decide").copy(workshop.folder / name)
    shutil.copytree(workshop.template("decide").reports, project.reports)
    runs = sorted(str(path.relative_to(project.folder)) for path in project.reports.iterdir() if path.is_dir())
    accept = ("accept", "--unproven", "--suite", "paid", "--reason", "turn")
    begun = time.monotonic()
    _end(project, *accept, runs[0])
    seconds = time.monotonic() - begun
    for turn in range(most):
        case = "three" if _has(project, "three") else "drei"
        command = chance.choice(
            [
                (*accept, runs[turn % 2]),
                ("undo",),
                ("rename", f"paid/{case}", "paid/three" if case == "drei" else "paid/drei"),
            ]
        )
        process = project.start(*command)
        # the writing is at the end of the command
        time.sleep(seconds * chance.uniform(0.45, 1.0))
        process.kill()
        process.wait()
        # nothing to undo, or to rename: what was accepted was undone
        refused = process.returncode == 2 and command[0] != "accept"
        if process.returncode not in (-9, 0) and not refused:
            tally.note("blocked", 1, f"{name} turn {turn} ends with {process.returncode}: {project.printed()}")
        if process.returncode == -9:
            tally.kills += 1
            tally.by_command[command[0]] += 1
        _readable(project, tally, f"{name} turn {turn}")
        _consistent(project, tally, f"{name} turn {turn} ({command[0]})")
    for command in ((*accept, runs[0]), (*accept, runs[1]), ("undo",)):
        if (code := project.harness(*command)) != 0:
            tally.note("blocked", 1, f"{name} ends with {code}: {project.printed()}")
    _readable(project, tally, name)
    _consistent(project, tally, name)
    left = [path for path in (project.folder / "baselines").rglob("*") if path.suffix in (".pending", ".tmp")]
    tally.note("half_written", len(left), f"{name}: {left}")


def _has(project: Project, case: str) -> bool:
    return any(key.case == case for key in Baselines(project.folder / "baselines").manifest("paid").trials())


def _consistent(project: Project, tally: Tally, where: str) -> None:
    """Baselines verify, and each trial is in the manifest as the last decision over it says."""
    baselines = Baselines(project.folder / "baselines")
    faults = baselines.verify()
    tally.note("half_written", len(faults), f"{where}: {list(map(str, faults))}")
    last = {one.line.trial: one.line for one in decisions(baselines, ["paid"])}
    manifest = baselines.manifest("paid")
    wrong = [str(key) for key in manifest.listed() if str(key).removeprefix("paid/") not in last]
    wrong += [trial for trial, line in last.items() if manifest.part([line.key("paid")]).digest != line.after]
    tally.note("lost", len(wrong), f"{where}: not as decided: {wrong}")


def _wait(project: Project, process: subprocess.Popen[str], seconds: float, chance: random.Random) -> None:
    """Wait for a random moment: one in four anywhere in the command, the others after its first line or call."""
    if chance.random() < 0.25:
        time.sleep(chance.uniform(0.0, 1.0 + seconds))
        return
    before, until = _size(project), time.monotonic() + 10
    while process.poll() is None and _size(project) == before and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(chance.uniform(0.0, 0.6 * seconds))


def _size(project: Project) -> int:
    files = [project.folder / "calls.txt", *ledgers(project.reports)]
    return sum(path.stat().st_size for path in files if path.exists())


def _complete(project: Project, command: str) -> bool:
    """Whether there is nothing to go on with: each run is complete, and what is made of them is there."""
    runs = [json.loads(path.read_text()) for path in project.reports.rglob("run.json")]
    pattern, text = PRODUCTS.get(command, ("suites/*", ""))
    made = any(text in path.read_text() for path in project.folder.glob(pattern))
    return bool(runs) and all(run.get("complete") for run in runs) and made


def _compare(project: Project, kept: dict[Path, tuple[int, bytes]], tally: Tally, where: str) -> None:
    """Every whole line that was in a ledger is there still, and the images that its results name."""
    for ledger, (size, digest) in kept.items():
        data = ledger.read_bytes()[:size] if ledger.exists() else b""
        tally.note("lost", hashlib.sha256(data).digest() != digest, f"{where}: {ledger} has other lines than before")
    for ledger in ledgers(project.reports):
        whole = ledger.read_bytes()
        whole = whole[: whole.rfind(b"\n") + 1]
        kept[ledger] = (len(whole), hashlib.sha256(whole).digest())
        for result in results(ledger).values():
            if result.get("image"):
                wrong = list(_wrong_images(ledger.parent, result["image"]))
                tally.note("lost", len(wrong), f"{where}: {wrong}")


def _readable(project: Project, tally: Tally, where: str) -> None:
    """Every record can be read, and every image that a manifest names is there, in its place or beside it."""
    for path in sorted([*project.reports.rglob("*.json"), *(project.folder / "baselines").rglob("*.json")]):
        try:
            document = json.loads(path.read_text())
        except ValueError as error:
            tally.note("half_written", not path.name.startswith("."), f"{where}: {path}: {error}")
            continue
        if path.name == "manifest.json":
            wrong = list(_wrong_images(project.folder / "baselines", document))
            tally.note("half_written", len(wrong), f"{where}: {path}: {wrong}")


def _wrong_images(root: Path, document: object) -> Iterator[str]:
    for file, digest in stored_images(document):
        places = (root / file, root / f"{file}.pending")
        if not any(path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest for path in places):
            yield file


def _announced(project: Project, tally: Tally, where: str) -> None:
    silent = calls(project.folder) - intents(project.reports)
    tally.note("unannounced", silent.total(), f"{where}: {dict(silent)}")


def storm(kills: int, seed: int, most: int = LONGEST, commands: Sequence[str] = (*COMMANDS, "decide")) -> Tally:
    """Kill until that many kills are counted, the commands taking turns."""
    chance, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        workshop = Workshop(Path(folder))
        while tally.kills < kills:
            command = commands[tally.stories % len(commands)]
            name = f"{command}-{tally.stories}"
            tally.stories += 1
            share = min(most, kills - tally.kills)
            if command == "decide":
                deciding(workshop, name, chance, share, tally)
            else:
                generating(workshop, command, name, chance, share, tally)
            shutil.rmtree(workshop.folder / name)
    return tally


def main() -> int:
    """Storm, and print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.monotonic()
    tally = storm(given.kills, given.seed)
    print(json.dumps({**vars(tally), "seed": given.seed, "seconds": round(time.monotonic() - begun, 1)}))
    return 0 if tally.fine else 1


if __name__ == "__main__":
    sys.exit(main())
