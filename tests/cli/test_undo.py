"""``harness undo``, ``log`` and ``rename``, and what the run proposes, as typed in a shell."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.baseline.deciding import ACCEPTED_NOW
from harness.errors import EXIT_FINDING, EXIT_OK, EXIT_USAGE
from harness.vocabulary import Code
from tests.cli.test_next import Shell

SUITE = """
suite: shapes
provider: {provider}
defaults: {{size: 64x64, quality: draft}}
cases:
  - {{id: {case}, prompt: {prompt}, seeds: [1, 2]}}
"""
POLICY = """
import io
from pathlib import Path
from PIL import Image
from harness.errors import GenerationRefusedError

def generate(prompt, seed):
    if not Path("permissive").exists():
        raise GenerationRefusedError("policy", "the policy forbids it", "ask for something else")
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 20, 30)).save(stream, "PNG")
    return stream.getvalue()
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    write(shell)
    return shell


def write(shell: Shell, case: str = "circle", prompt: str = "a red circle", provider: str = "painter") -> None:
    (shell.folder / "shapes.yaml").write_text(SUITE.format(case=case, prompt=prompt, provider=provider))


def run_and_accept(shell: Shell) -> None:
    shell.run("harness run shapes.yaml")
    assert shell.run('harness accept --reason "looked at"').returncode == EXIT_OK


def verdict(shell: Shell) -> int:
    return shell.run("harness run shapes.yaml").returncode


def decisions(shell: Shell) -> list[dict[str, object]]:
    return json.loads(shell.run("harness log --json").stdout)["decisions"]


def noted(shell: Shell, name: str) -> dict[str, list[str]]:
    """The codes of the reasons, or of the warnings, of each trial of a run."""
    trials = json.loads(shell.run("harness run shapes.yaml --json").stdout)["trials"]
    return {one["key"]["seed"]: [reason["code"] for reason in one["outcome"].get(name) or ()] for one in trials}


def test_a_rejected_image_that_comes_again_is_reported(shell: Shell) -> None:
    assert noted(shell, "reasons") == {seed: [Code.BASELINE_NONE] for seed in (1, 2)}
    assert shell.run('harness reject --seed 1 --reason "too red"').returncode == EXIT_OK
    assert noted(shell, "reasons") == {1: [Code.BASELINE_NONE, Code.IMAGE_REJECTED], 2: [Code.BASELINE_NONE]}
    assert "too red" in shell.run("harness run shapes.yaml").stdout
    assert shell.run("harness undo").returncode == EXIT_OK
    assert noted(shell, "reasons")[1] == [Code.BASELINE_NONE]
    assert shell.run('harness accept --reason "looked at"').returncode == EXIT_OK
    assert shell.run('harness reject --seed 1 --reason "too red"').returncode == EXIT_OK
    assert noted(shell, "warnings")[1] == [Code.IMAGE_REJECTED]
    assert shell.run('harness reject --baseline --seed 1 --reason "too red"').returncode == EXIT_OK
    assert noted(shell, "reasons")[1] == [Code.BASELINE_NONE, Code.IMAGE_REJECTED]
    assert shell.run('harness accept --reason "it is right"').returncode == EXIT_OK
    assert noted(shell, "warnings")[1] == []


def test_a_wrong_acceptance_is_undone_and_the_old_image_compared_again(shell: Shell) -> None:
    run_and_accept(shell)
    write(shell, prompt="a blue square")
    run_and_accept(shell)
    assert verdict(shell) == EXIT_OK
    done = shell.run("harness undo")
    assert (done.returncode, done.stderr) == (EXIT_OK, "")
    write(shell)
    assert verdict(shell) == EXIT_OK
    assert [one["action"] for one in decisions(shell)] == ["undo", "accept", "accept"]
    assert [len(one["trials"]) for one in decisions(shell)] == [2, 2, 2]
    assert shell.run("harness baselines verify").returncode == EXIT_OK
    older = decisions(shell)[1]["id"]
    again = shell.run(f"harness undo --decision {older}")
    assert again.returncode == EXIT_USAGE
    redo = re.search(r"harness undo --decision \w+", again.stderr)
    assert redo
    assert shell.run(redo[0]).returncode == EXIT_OK
    assert shell.run("harness log").stdout.count("looked at") == 2


def test_reject_baseline_of_a_run_whose_image_was_accepted(shell: Shell) -> None:
    run_and_accept(shell)
    write(shell, prompt="a blue square")
    run_and_accept(shell)
    assert shell.run('harness reject --baseline --verdict incomparable --reason "wrong"').returncode == EXIT_OK
    write(shell)
    assert verdict(shell) == EXIT_OK
    noted = json.loads(shell.run('harness reject --case circle --verdict identical --reason "x" --json').stdout)
    assert [change["note"] for change in noted["rejected"]] == [ACCEPTED_NOW] * 2, "said, and nothing is taken out"
    assert verdict(shell) == EXIT_OK
    assert shell.run('harness reject --baseline --case circle --reason "all"').returncode == EXIT_OK
    assert shell.run('harness reject --baseline --case circle --reason "x"').returncode == EXIT_USAGE


def test_a_pruned_baseline_comes_back(shell: Shell) -> None:
    run_and_accept(shell)
    write(shell, case="disc")
    assert shell.run("harness prune shapes.yaml --yes").returncode == EXIT_OK
    write(shell)
    assert verdict(shell) == EXIT_FINDING
    assert shell.run("harness undo").returncode == EXIT_OK
    assert verdict(shell) == EXIT_OK


def test_baselines_of_a_suite_whose_file_is_gone_are_found(shell: Shell) -> None:
    run_and_accept(shell)
    text = (shell.folder / "shapes.yaml").read_text()
    (shell.folder / "other.yaml").write_text(text.replace("suite: shapes", "suite: other"))

    def prune(options: str) -> dict[str, object]:
        return json.loads(shell.run(f"harness prune --json {options}").stdout)

    found = prune("other.yaml")
    assert (found["orphans"], found["other_suites"]) == ([], {"shapes": 2})
    assert "--suite shapes" in shell.run("harness prune other.yaml").stdout
    assert shell.run("harness prune other.yaml --yes").returncode == EXIT_OK
    assert verdict(shell) == EXIT_OK, "they stay"
    assert shell.run("harness prune shapes.yaml --suite shapes").returncode == EXIT_USAGE
    assert shell.run("harness prune other.yaml --suite shape").returncode == EXIT_USAGE
    (shell.folder / "shapes.yaml").unlink()
    assert len(prune("--suite shapes")["orphans"]) == 2
    assert len(prune("other.yaml --suite shapes --yes")["removed"]) == 2
    assert prune("other.yaml")["other_suites"] == {}


def test_a_case_that_no_suite_has_is_no_new_name(shell: Shell) -> None:
    run_and_accept(shell)
    write(shell, case="disc")
    refused = shell.run("harness rename shapes/circle shapes/disk")
    assert refused.returncode == EXIT_USAGE
    assert "disc" in refused.stderr
    assert shell.run("harness rename shapes/circle shapes/disc").returncode == EXIT_OK


def test_the_latest_run_to_decide_on_is_one_of_a_suite(shell: Shell) -> None:
    shell.run("harness run shapes.yaml")
    images = next((shell.folder / "reports").glob("*/images"))
    assert shell.run(f"harness compare {images} {images}").returncode == EXIT_OK
    compared = max(path.parent.name for path in (shell.folder / "reports").glob("*/run.json"))
    for command in ("accept", "reject"):
        assert shell.run(f"harness {command} {compared} --verdict identical --reason x").returncode == EXIT_USAGE
    done = shell.run('harness accept --reason "looked at"')
    assert (done.returncode, "1 later run" in done.stderr) == (EXIT_OK, True)
    assert verdict(shell) == EXIT_OK
    assert [path.name for path in (shell.folder / "baselines").iterdir() if path.is_dir()] == ["shapes"]


def test_a_run_that_was_killed_is_not_the_latest_to_decide_on(shell: Shell) -> None:
    shell.run("harness run shapes.yaml")
    whole = max((shell.folder / "reports").glob("*/run.json")).parent
    killed = whole.parent / "2999-01-01T00-00-00-shapes"
    shutil.copytree(whole, killed)
    record = json.loads((killed / "run.json").read_text()) | {"complete": False, "started": "2999-01-01T00:00:00+00:00"}
    (killed / "run.json").write_text(json.dumps(record))
    done = shell.run('harness accept --reason "looked at" --json')
    assert (done.returncode, json.loads(done.stdout)["run"], "1 later run" in done.stderr) == (0, whole.name, True)
    named = shell.run(f'harness accept {killed.name} --reason "looked at" --json')
    assert (named.returncode, json.loads(named.stdout)["run"]) == (0, killed.name)


def test_accepting_images_of_other_settings_warns(shell: Shell) -> None:
    shell.run("harness run shapes.yaml --set quality=standard")
    done = shell.run('harness accept --reason "looked at"')
    assert (done.returncode, "quality=standard" in done.stderr) == (EXIT_OK, True)
    shell.run("harness run shapes.yaml")
    assert shell.run('harness accept --verdict drift --reason "looked at"').stderr == ""


def test_an_undo_names_the_decision(shell: Shell) -> None:
    run_and_accept(shell)
    (decision,) = decisions(shell)
    assert str(decision["id"]) in shell.run("harness undo").stdout


def test_a_piped_log_breaks_no_name(shell: Shell) -> None:
    case = "a-case-with-a-very-long-name-" * 2 + "end"
    write(shell, case=case)
    run_and_accept(shell)
    assert f"shapes/{case}/base-s" in shell.run("unset COLUMNS; harness log").stdout


@pytest.mark.parametrize("prompt", ["a red circle", "A red circle"])
def test_a_renamed_case_is_offered_as_a_command_that_works(shell: Shell, prompt: str) -> None:
    run_and_accept(shell)
    write(shell, case="disc", prompt=prompt)
    steps = shell.next("harness run shapes.yaml")
    (rename,) = [step for step in steps if step.startswith("harness rename")]
    assert shell.run(rename).returncode == EXIT_OK
    assert "harness rename" not in shell.run("harness run shapes.yaml").stdout
    assert shell.run("harness baselines verify").returncode == EXIT_OK
    assert [path.name for path in (shell.folder / "baselines/shapes").glob("[a-z]*/")] == ["disc"]


def test_a_refusal_is_the_accepted_outcome_of_a_policy_test(shell: Shell) -> None:
    (shell.folder / "policy.py").write_text(POLICY)
    write(
        shell,
        provider="policy\nproviders: {policy: {kind: python, price: 0, promise: exact, function: policy.py:generate}}",
    )
    assert verdict(shell) not in (EXIT_OK, EXIT_USAGE)
    assert shell.run('harness accept --verdict refused --reason "forbidden"').returncode == EXIT_OK
    assert verdict(shell) == EXIT_OK
    (shell.folder / "permissive").touch()
    assert verdict(shell) == EXIT_FINDING


def test_a_git_lfs_pointer_in_place_of_a_baseline_says_so(shell: Shell) -> None:
    run_and_accept(shell)
    pointer = Path(__file__).parents[1] / "image/lfs-pointer.png"
    image = shell.folder / "baselines/shapes/circle/base-s1.png"
    kept = shell.folder / "kept.png"
    shutil.copy(image, kept)
    shutil.copy(pointer, image)
    assert shell.run("harness run shapes.yaml").stdout.count("git lfs pull") == 1
    assert "git lfs pull" in shell.run("harness baselines verify").stdout
    assert "git lfs pull" in shell.run(f"harness compare {image} {kept}").stderr


def test_two_processes_undo_at_once(shell: Shell) -> None:
    for prompt in ("a red circle", "a blue square", "a green star"):
        write(shell, prompt=prompt)
        run_and_accept(shell)
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "harness", "undo"],
            cwd=shell.folder,
            env=shell.environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    codes = sorted(process.wait() for process in both)
    for process in both:
        process.stderr.close()
    # the second either went further back, or found that the first had undone what it meant to undo
    assert codes in ([EXIT_OK, EXIT_OK], [EXIT_OK, EXIT_USAGE])
    undone = [one for one in decisions(shell) if one["action"] == "undo"]
    assert len({one["undoes"] for one in undone}) == len(undone) == codes.count(EXIT_OK)
    assert shell.run("harness baselines verify").returncode == EXIT_OK
