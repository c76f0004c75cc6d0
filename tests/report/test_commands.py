import shlex
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.app import cli
from harness.records import Limit, Policy, Rule, RunRecord, TrialKey, TrialResult
from harness.report import Tally, accept_command, labeled, next_steps, resume_command
from harness.vocabulary import Level, RuleKind

RUN = RunRecord("20261122T101911.437Z-quick-3f2a", ("suites/quick start.yaml",), "2026-11-22T10:19:11Z", "0.1.0")
FOLDER = Path("reports") / RUN.run


def options(command: str) -> dict[str, Any]:
    """What the command line reads in a command, by the parser it has."""
    name, *words = shlex.split(command)[1:]
    assert shlex.split(command)[0] == "harness"
    known = cli.get_command(None, name)  # type: ignore[arg-type]
    assert known is not None
    with known.make_context(name, words) as context:
        return dict(context.params)


def test_accepting_one_trial_is_understood_by_the_command_line() -> None:
    key = TrialKey("quick", "it's a case", "style=flat,x=$HOME", 3)
    read = options(accept_command(FOLDER, key, "the new moon's fine", baselines=Path("goldens")))
    assert read["run"] == f"reports/{RUN.run}"
    assert read["keys"] == ("quick/it's a case/style=flat,x=$HOME-s3",)
    assert read["reason"] == "the new moon's fine"
    assert read["baselines"] == Path("goldens")


def test_defaults_are_not_said_and_no_reason_is_made_up() -> None:
    command = accept_command(FOLDER, TrialKey("quick", "a", seed=0))
    assert command == f"harness accept reports/{RUN.run} --key quick/a/base-s0"


def test_resuming_repeats_everything_that_chose_the_trials() -> None:
    given = {"set": {"quality": "draft", "steps": "4"}, "cases": ["night-*"], "tags": ["count"], "repeats": 3}
    given |= {"replay": "tape"}
    run = replace(RUN, arguments=given, shard="1/4", baselines="goldens")
    command = resume_command(run, Path("out") / RUN.run)
    assert shlex.split(command) == [
        *("harness", "run", "suites/quick start.yaml", "--set", "quality=draft", "--set", "steps=4"),
        *("--case", "night-*", "--tag", "count", "--shard", "1/4", "--repeats", "3", "--replay", "tape"),
        *("--baselines", "goldens"),
        *("--reports", "out", "--resume", RUN.run),
    ]
    refused = CliRunner().invoke(cli, shlex.split(command)[1:])
    assert "No such option" not in refused.output


LOOK = f"harness report reports/{RUN.run} --open"
REVIEW = f"harness review reports/{RUN.run}"
RESUME = f"harness run 'suites/quick start.yaml' --resume {RUN.run}"
AGAIN = f"{RESUME} --rerun refused"


def decide(*verdicts: str, commands: tuple[str, ...] = ("accept", "reject")) -> list[str]:
    chosen = "".join(f" --verdict {verdict}" for verdict in verdicts)
    reasons = {"accept": "reviewed: as intended", "reject": "reviewed: not as intended"}
    return [f'harness {command} reports/{RUN.run}{chosen} --reason "{reasons[command]}"' for command in commands]


def steps_of(*arguments: Any) -> list[str]:
    return [step.command for step in next_steps(*arguments)]


def test_accept_and_reject_are_alternatives(sample: ModuleType, tmp_path: Path) -> None:
    tally, complete = Tally(), replace(RUN, complete=True, arguments={"set": {}})
    tally.add(replace(sample.trial(sample.RunFolder(tmp_path), "night-house", "new"), cost=0.0))
    steps = next_steps(complete, tally, FOLDER)
    assert list(labeled(steps)) == list(zip(("next:", "", "or:"), (REVIEW, *decide("new")), strict=True))


@pytest.mark.parametrize(
    ("verdicts", "commands"),
    [
        (("identical",), []),
        (("new", "drift"), [REVIEW, *decide("drift", "new")]),
        (("new", "refused"), [REVIEW, *decide("new"), *decide("refused", commands=("accept",)), AGAIN]),
        (("new", "failed"), [REVIEW, f"{RESUME} --rerun failed", *decide("new")]),
        (("refused",), [REVIEW, *decide("refused", commands=("accept",)), AGAIN]),
    ],
)
def test_what_comes_next(sample: ModuleType, tmp_path: Path, verdicts: tuple[str, ...], commands: list[str]) -> None:
    run, tally = sample.RunFolder(tmp_path), Tally()
    for verdict in verdicts:
        tally.add(replace(sample.trial(run, "night-house", verdict), cost=0.0))
    complete = replace(RUN, complete=True, arguments={"set": {}})
    assert steps_of(complete, tally, FOLDER) == commands
    answers = Tally()
    for verdict in verdicts:
        answers.add(replace(sample.trial(run, "how-many", verdict), image=None))
    assert not [step for step in steps_of(complete, answers, FOLDER) if "accept" in step and "refused" not in step]
    unfinished = steps_of(replace(RUN, arguments={"set": {}}), tally, FOLDER)
    assert unfinished == [*([LOOK] if commands else []), RESUME]
    assert steps_of(replace(RUN, arguments={"compare": ["a", "b"]}), tally, FOLDER) == []
    replayed = replace(complete, arguments={"set": {}, "replay": "tape"})
    assert not [step for step in steps_of(replayed, tally, FOLDER) if "--rerun" in step]


def test_what_no_record_holds_is_kept(sample: ModuleType, tmp_path: Path) -> None:
    tally = Tally()
    tally.add(sample.trial(sample.RunFolder(tmp_path), "night-house", "new"))
    again = ["--config", "other.toml", "--budget", "2"]
    interrupted = replace(RUN, arguments={"set": {}}, stopped="interrupted")
    look, resume = steps_of(interrupted, tally, FOLDER, again)
    assert options(look)["config"] == options(resume)["config"] == Path("other.toml")
    assert options(resume)["budget"] == 2
    reached = replace(interrupted, stopped="budget")
    assert steps_of(reached, tally, FOLDER, again) == [look, resume]
    assert steps_of(reached, tally, FOLDER, again[:2]) == [look], "it would stop at once"


def test_what_cannot_be_accepted_is_not_offered(sample: ModuleType, tmp_path: Path) -> None:
    def steps(result: TrialResult, repeats: int = 1) -> set[str]:
        tally, complete = Tally(), replace(RUN, complete=True, arguments={"set": {}, "repeats": repeats})
        tally.add(result)
        return {step.split()[1] for step in steps_of(complete, tally, FOLDER)}

    new = replace(sample.trial(sample.RunFolder(tmp_path), "night-house", "new"), cost=0.0, policy=None)
    assert steps(new) == {"review", "accept", "reject"}
    assert steps(replace(new, cost=0.04)) == {"review", "run", "reject"}, "generated once: accepting it is refused"
    assert steps(replace(new, cost=0.04), repeats=2) == {"review", "accept", "reject"}
    differs = replace(new, outcome=replace(new.outcome, determinism=Level.PERCEPTUAL))
    assert steps(differs, repeats=2) == {"review", "reject"}
    limited = Policy(Rule(RuleKind.LIMITS, (Limit("ssim", 0.9),)))
    assert steps(replace(differs, policy=limited), repeats=2) == {"review", "accept", "reject"}
    subject = replace(new.recipe.subject, kind="route")
    assert steps(replace(new, recipe=replace(new.recipe, subject=subject))) == {"review", "reject"}
