import shlex
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.app import cli
from harness.records import RunRecord, TrialKey
from harness.report import Tally, accept_command, next_command, resume_command

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


@pytest.mark.parametrize(
    ("verdicts", "command"),
    [
        (("identical",), ""),
        (("new", "drift"), f"harness accept reports/{RUN.run} --verdict drift"),
        (("new", "refused"), f"harness accept reports/{RUN.run} --verdict new"),
        (("new", "failed"), f"harness run 'suites/quick start.yaml' --resume {RUN.run} --rerun failed"),
        (("refused",), ""),
    ],
)
def test_what_comes_next(sample: ModuleType, tmp_path: Path, verdicts: tuple[str, ...], command: str) -> None:
    run, tally = sample.RunFolder(tmp_path), Tally()
    for verdict in verdicts:
        tally.add(sample.trial(run, "night-house", verdict))
    assert next_command(replace(RUN, complete=True, arguments={"set": {}}), tally, FOLDER) == command
    answers = Tally()
    for verdict in verdicts:
        answers.add(replace(sample.trial(run, "how-many", verdict), image=None))
    assert " accept " not in next_command(replace(RUN, complete=True, arguments={"set": {}}), answers, FOLDER)
    unfinished = next_command(replace(RUN, arguments={"set": {}}), tally, FOLDER)
    assert unfinished == f"harness run 'suites/quick start.yaml' --resume {RUN.run}"
    assert next_command(replace(RUN, arguments={"compare": ["a", "b"]}), tally, FOLDER) == ""
    replayed = replace(RUN, complete=True, arguments={"set": {}, "replay": "tape"})
    assert "--rerun" not in next_command(replayed, tally, FOLDER)
