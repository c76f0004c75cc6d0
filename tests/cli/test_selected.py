"""``--failed`` and ``--changed``: which trials are generated, in real repositories of git."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from harness.errors import EXIT_FINDING, EXIT_OK, EXIT_USAGE, HarnessWarning
from harness.ledger import find_run, iter_results
from tests.cli.conftest import Done

Project = Callable[..., Path]
Command = Callable[..., Done]
GUIDED = """\
  - {id: plain, prompt: an image, tags: [calm]}
  - {id: guided, prompt: another image, input_image: shapes.png}
"""


def git(*arguments: str) -> str:
    named = ("-c", "user.name=Test Person", "-c", "user.email=test@example.org")
    return subprocess.run(["git", *named, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def committed() -> str:
    if not Path(".git").exists():
        git("init", "-q", ".")
        Path(".gitignore").write_text("reports\ngenerated.txt\n__pycache__\n")
    git("add", "-A")
    git("commit", "-q", "-m", "a state")
    return git("rev-parse", "HEAD")


def chosen(harness: Command, *options: str) -> set[str]:
    """The keys that a run generates, without the suite's name."""
    before = set(Path("reports").glob("*/run.json"))
    done = harness("run", "suites/small.yaml", *options)
    assert done.code in (EXIT_OK, EXIT_FINDING), done.err
    made = set(Path("reports").glob("*/run.json")) - before
    return {str(result.key).partition("/")[2] for path in made for result in iter_results(path.parent)}


def test_nothing_changed(project: Project, harness: Command) -> None:
    project()
    committed()
    done = harness("run", "suites/small.yaml", "--changed", "--json")
    assert (done.code, json.loads(done.out)["trials"]) == (EXIT_OK, 0)
    assert not Path("reports").exists()


EVERY = {"plain/base-s0", "plain/base-s1", "other/base-s0", "other/base-s1"}


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("suites/small.yaml", "prompt: another image", "prompt: one more image", {"other/base-s0", "other/base-s1"}),
        ("suites/small.yaml", "tags: [calm]", "tags: [calm, new]", set()),
        ("suites/small.yaml", "tags: [calm]", "drift: {ssim: '>= 0.9'}", {"plain/base-s0", "plain/base-s1"}),
        ("suites/small.yaml", "seeds: [0, 1]", "seeds: [0, 1, 2]", {"plain/base-s2", "other/base-s2"}),
        ("suites/small.yaml", "id: other", "id: renamed", {"renamed/base-s0", "renamed/base-s1"}),
        ("suites/small.yaml", "suite: small", "# a comment\nsuite: small", set()),
        ("generation.py", "width // 3", "width // 4", EVERY),
    ],
    ids=["prompt", "tag", "rule", "seed", "name", "comment", "program"],
)
def test_what_changed(project: Project, harness: Command, file: str, old: str, new: str, expected: set[str]) -> None:
    project()
    first = committed()
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new))
    assert chosen(harness, "--changed") == expected
    committed()
    assert chosen(harness, "--changed") == set()
    assert chosen(harness, "--changed", first) == expected


def test_an_input_image_counts_by_its_content(project: Project, harness: Command) -> None:
    project(cases=GUIDED)
    Image.new("RGB", (64, 48), "red").save("suites/shapes.png")
    program = Path("generation.py")
    program.write_text(program.read_text().replace('quality="standard"):', 'quality="standard", input_image=None):', 1))
    committed()
    assert chosen(harness, "--changed") == set()
    Image.new("RGB", (64, 48), "blue").save("suites/shapes.png")
    assert chosen(harness, "--changed") == {"guided/base-s0", "guided/base-s1"}


def test_a_suite_that_is_new_or_was_unreadable_changed(project: Project, harness: Command) -> None:
    project()
    suite = Path("suites/small.yaml")
    text = suite.read_text()
    suite.unlink()
    committed()
    suite.write_text(text)
    assert chosen(harness, "--changed") == EVERY
    suite.write_text("suite: [")
    broken = committed()
    suite.write_text(text)
    with pytest.warns(HarnessWarning):
        done = harness("run", "suites/small.yaml", "--changed", broken, "--dry-run", "--json")
    reported = json.loads(done.out)
    assert (reported["trials"], len(reported["warnings"])) == (len(EVERY), 1)


def test_from_a_folder_below(project: Project, harness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    project()
    committed()
    monkeypatch.chdir("suites")
    assert harness("run", "small.yaml", "--changed", "--reports", "../reports").code == EXIT_OK
    text = Path("small.yaml").read_text()
    Path("small.yaml").write_text(text.replace("prompt: an image", "prompt: an image of it"))
    done = harness("run", "small.yaml", "--changed", "--dry-run", "--json")
    assert json.loads(done.out)["trials"] == 2


def test_no_repository_and_no_revision(project: Project, harness: Command) -> None:
    project()
    assert harness("run", "suites/small.yaml", "--changed").code == EXIT_USAGE
    committed()
    assert harness("run", "suites/small.yaml", "--changed", "no-such-branch").code == EXIT_USAGE
    assert harness("run", "suites/small.yaml", "--changed=--output=x").code == EXIT_USAGE
    assert not Path("reports").exists()


def test_only_what_was_not_fine(project: Project, harness: Command) -> None:
    project()
    harness("run", "suites/small.yaml")
    harness("accept", "--case", "plain", "--reason", "first")
    assert chosen(harness) == EVERY
    last = find_run(Path("reports"), "latest").name
    assert chosen(harness, "--failed") == {"other/base-s0", "other/base-s1"}
    named = find_run(Path("reports"), "latest")
    assert json.loads((named / "run.json").read_text())["arguments"]["failed"] == last
    harness("accept", "--reason", "second")
    assert chosen(harness, "--failed") == {"other/base-s0", "other/base-s1"}
    done = harness("run", "suites/small.yaml", "--failed", "--json")
    assert (done.code, json.loads(done.out)["trials"]) == (EXIT_OK, 0)
    # a part of the trials says nothing of the baselines of the others
    assert json.loads((named / "run.json").read_text()).get("orphans", []) == []


def test_a_part_is_resumed_as_the_same_part(project: Project, harness: Command) -> None:
    project()
    harness("run", "suites/small.yaml")
    first = find_run(Path("reports"), "latest").name
    harness("run", "suites/small.yaml", "--failed")
    second = find_run(Path("reports"), "latest").name
    assert harness("run", "suites/small.yaml", "--resume", second).code == EXIT_USAGE
    assert harness("run", "suites/small.yaml", "--failed", first, "--resume", second).code == EXIT_FINDING
