"""The commands that a report suggests, with the options that differ from their defaults."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.records import Reason, RunRecord, TrialKey, TrialResult
from harness.report.tally import DECIDED, Tally
from harness.report.words import REASONS, compared, shown_path
from harness.vocabulary import Code, Stop, Verdict

BASELINES = "baselines"
"""The folder that commands take for the accepted images when none is named."""

REPORTS = "reports"
"""The folder that commands take for the runs when none is named."""

REVIEW_ARTIFACT = "harness review artifact.zip"
"""How a run is decided that is not here, but in the artifact that a job uploaded."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """A command that can help after a run."""

    command: str
    """To be pasted into a shell."""
    alternative: bool = False
    """Whether it is one to the step before, not another step behind it."""


def labeled(steps: Iterable[NextStep]) -> Iterator[tuple[str, str]]:
    """Yield the label and the command of each step: ``next:`` before the first, ``or:`` before an alternative."""
    for number, step in enumerate(steps):
        yield "or:" if step.alternative else "" if number else "next:", step.command


def accept_words(folder: Path, baselines: Path, command: str = "accept") -> list[str]:
    """Return the words of the command that accepts (or rejects) images of a run; what to choose comes behind."""
    return ["harness", command, shown_path(folder), *_unless("--baselines", shown_path(baselines), BASELINES)]


def accept_command(folder: Path, key: TrialKey, reason: str = "", *, baselines: Path = Path(BASELINES)) -> str:
    """Return the shell command that accepts the image of one trial; without a reason the command asks for one."""
    words = [*accept_words(folder, baselines), "--key", str(key)]
    return shlex.join([*words, "--reason", reason] if reason else words)


def run_words(run: RunRecord, folder: Path, again: Sequence[str] = (), repeats: int = 1) -> list[str]:
    """Return the words of the command that generates the trials of a run, each ``repeats`` times at least: with
    everything that chose them, and the options ``again``."""
    given = run.arguments
    words = ["harness", "run", *run.suites]
    for key, value in given.get("set", {}).items():
        words += ["--set", f"{key}={value}"]
    for option, name in (("--case", "cases"), ("--tag", "tags")):
        for value in given.get(name, ()):
            words += [option, str(value)]
    for name in ("failed", "changed"):
        words += [f"--{name}", str(given[name])] if name in given else []
    words += ["--shard", run.shard] if run.shard else []
    words += _unless("--repeats", str(max(repeats, given.get("repeats", 1))), "1")
    for name in ("cache", "record", "replay"):
        words += [f"--{name}", str(given[name])] if name in given else []
    words += _unless("--baselines", run.baselines, BASELINES)
    words += _unless("--reports", shown_path(folder.parent), REPORTS)
    return [*words, *again]


def resume_command(run: RunRecord, folder: Path, again: Sequence[str] = ()) -> str:
    """Return the shell command that goes on with an unfinished run."""
    return shlex.join([*run_words(run, folder, again), "--resume", run.run])


def next_steps(run: RunRecord, tally: Tally, folder: Path, again: Sequence[str] = ()) -> list[NextStep]:
    """Return the commands that can help after this run, to be pasted; none when nothing is left to do.

    The first is to look: in the review where there is something to decide, else in the report. ``again`` are the
    options of the command that no record holds, such as ``--budget``: what generates keeps all of them, and every
    command the project's file.
    """
    if compared(run):
        return []
    at = again.index("--config") if "--config" in again else len(again)
    config = list(again[at : at + 2])
    study = "study" in run.arguments
    chosen = [word for one in DECIDED if tally.acceptable[one] for word in ("--verdict", one.value)]
    if (chosen or tally.refused) and run.complete and not study:
        look = shlex.join([*accept_words(folder, Path(run.baselines), "review"), *config])
    else:
        look = shlex.join(["harness", "report", shown_path(folder), *config, "--open"])
    steps = [NextStep(look)] if tally.to_look_at else []
    # a suite that was defined in Python is in no file
    own = "set" in run.arguments and not any(Path(suite).name.startswith("<") for suite in run.suites)
    if not run.complete and own:
        # within the budget that was reached it would stop at once
        idle = run.stopped == Stop.BUDGET and "--budget" not in again
        return steps if idle else [*steps, NextStep(resume_command(run, folder, again))]
    # what is in no recording comes by --record, not by asking the recording again
    repeatable = own and not study and "replay" not in run.arguments
    if tally.findings_by_verdict[Verdict.FAILED] and repeatable:
        steps.append(NextStep(f"{resume_command(run, folder, again)} --rerun failed"))
    if study:
        return steps
    for old, new in (run.renamed or {}).items():
        words = ["harness", "rename", old, new, *_unless("--baselines", run.baselines, BASELINES), *config]
        steps.append(NextStep(shlex.join(words)))
    for old, new in dict.fromkeys(filter(None, map(_renamed_field, tally.findings))):
        words = ["harness", "rename", "--profile", old, new, *_unless("--baselines", run.baselines, BASELINES), *config]
        steps.append(NextStep(shlex.join(words)))
    baselines = Path(run.baselines)
    if chosen:
        once = run.arguments.get("repeats", 1) == 1
        if own and once and tally.generated_once:
            steps.append(NextStep(shlex.join(run_words(run, folder, again, repeats=2))))
        provable = run.made_by_tests or not (tally.unrepeated or (once and (tally.generated_once or not own)))
        # a mistake that is named is to be fixed: what accepts it comes last
        decisions = ["reject", "accept"] if tally.explained else ["accept", "reject"]
        possible = [one for one in decisions if provable or one == "reject"]
        steps += [
            NextStep(_decide_command(one, folder, baselines, [*chosen, *config]), one != possible[0])
            for one in possible
        ]
    if tally.refused:
        words = ["--verdict", Verdict.REFUSED.value, *config]
        steps.append(NextStep(_decide_command("accept", folder, baselines, words)))
        if repeatable:
            steps.append(NextStep(f"{resume_command(run, folder, again)} --rerun refused", alternative=True))
    reasons = next((found for result in tally.findings if (found := _uncalibrated(result))), None)
    if reasons is not None and own:
        repeats = [str(reason.data["repeats"]) for reason in reasons if reason.code == Code.FLOOR_NEEDS]
        words = ["harness", "calibrate", *run.suites, *(("--repeats", repeats[0]) if repeats else ())]
        steps.append(NextStep(shlex.join([*words, *_unless("--baselines", run.baselines, BASELINES), *config])))
    return steps


def steps_elsewhere(run: RunRecord, tally: Tally, folder: Path, again: Sequence[str] = ()) -> list[NextStep]:
    """Return the next steps for whoever reads of this run in another place than ``folder``, as the artifact of a job:
    to review it from there, and what needs no folder of the run."""
    steps = next_steps(run, tally, folder, again)
    kept = [step for step in steps if run.run not in step.command and folder.name not in step.command]
    return [NextStep(REVIEW_ARTIFACT), *kept] if len(kept) < len(steps) else kept


def _renamed_field(result: TrialResult) -> tuple[str, str] | None:
    """Return the old and the new name (``suite/field``) of a field of profiles that was renamed: one with the same
    value is among what was accepted. None where there is none."""
    for reason in result.outcome.reasons:
        if reason.code != Code.BASELINE_OTHER_PROFILE:
            continue
        profile = dict(reason.data["profile"])
        for other in map(dict, reason.data["accepted"]):
            gone, came = other.keys() - profile.keys(), profile.keys() - other.keys()
            same = all(other[name] == profile[name] for name in other.keys() & profile.keys())
            if not same or len(gone) != 1 or len(came) != 1:
                continue
            old, new = gone.pop(), came.pop()
            if other[old] == profile[new]:
                return f"{result.key.suite}/{old}", f"{result.key.suite}/{new}"
    return None


def _decide_command(command: str, folder: Path, baselines: Path, chosen: Sequence[str]) -> str:
    return f'{shlex.join([*accept_words(folder, baselines, command), *chosen])} --reason "{REASONS[command]}"'


def _uncalibrated(result: TrialResult) -> tuple[Reason, ...]:
    """Return the reasons of a trial that has no noise floor, or one of too few repeats."""
    reasons = result.outcome.reasons
    return reasons if {Code.FLOOR_MISSING, Code.FLOOR_NO_LIMIT} & {reason.code for reason in reasons} else ()


def _unless(option: str, value: str, default: str) -> list[str]:
    return [] if value == default else [option, value]
