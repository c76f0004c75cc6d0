import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from harness.ledger import iter_results
from tests.pytest_plugin.conftest import made_in
from tests.pytest_plugin.running import pytest_run

Project = Callable[..., Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with its images accepted; read only."""
    with made_in(tmp_path_factory.mktemp("accepted")) as project:
        folder = project()
        (folder / "pytest.ini").write_text("[pytest]\nharness_suites = suites\n")
        done = pytest_run("suites", "--harness-update=missing")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("image-harness accepted small/") == 4
    return folder


@pytest.fixture
def accepted(made: Path, copied: Callable[[Path], Path]) -> Path:
    """A copy of it, as the working folder."""
    return copied(made)


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_accepted_images_pass_and_one_run_is_reported(accepted: Path, more: list[str]) -> None:
    done = pytest_run("suites", *more)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
    [report] = re.findall(r"image-harness report: (\S+)", done.stdout)
    results = list(iter_results((accepted / report).parent))
    assert {result.outcome.verdict for result in results} == {"identical"}
    assert len(results) == 4
    assert not list((accepted / "reports").glob(".*"))


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_an_altered_baseline_fails_exactly_its_trial_with_numbers_and_paths(accepted: Path, more: list[str]) -> None:
    Image.new("RGB", (64, 48), "green").save(accepted / "baselines/small/plain/base-s1.png")
    done = pytest_run("suites", *more)
    assert done.returncode == 1
    assert "1 failed, 3 passed" in done.stdout
    assert "FAILED suites/small.yaml::plain[s1]" in done.stdout
    assert "trial      small/plain/base-s1" in done.stdout
    assert re.search(r"ssim 0\.\d+ .* delta_e \d+", done.stdout)
    for name in ("baseline", "candidate", "heat map"):
        [path] = re.findall(rf"^  {name} +(\S+\.png)$", done.stdout, re.MULTILINE)
        assert (accepted / path).is_file(), path
    assert "Traceback" not in done.stdout


def test_nothing_is_collected_that_was_not_asked_for(accepted: Path) -> None:
    (accepted / "pytest.ini").write_text("[pytest]\n")
    (accepted / "test_one.py").write_text("def test_one(): pass\n")
    assert "1 passed" in pytest_run().stdout
    assert "4 passed" in pytest_run("suites/small.yaml").stdout
    assert "1 passed" in pytest_run("suites/small.yaml::other[s0]").stdout
    (accepted / "suites" / "data.yaml").write_text("- no suite\n")
    (accepted / "suites" / "more").mkdir()
    (accepted / "suites" / "small.yaml").rename(accepted / "suites" / "more" / "small.yaml")
    assert "1 passed" in pytest_run(".").stdout
    assert pytest_run("suites").returncode == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_the_suites_of_a_named_folder_are_collected(accepted: Path, more: list[str]) -> None:
    (accepted / "pytest.ini").write_text("[pytest]\n")
    (accepted / "suites" / "data.yaml").write_text("- no suite\n")
    for name in ("suites", "suites/"):
        assert "4 passed" in pytest_run(name, *more).stdout
    assert pytest_run(*more).returncode == pytest.ExitCode.NO_TESTS_COLLECTED


def test_drift_is_accepted_only_where_it_drifted(accepted: Path) -> None:
    generation = accepted / "generation.py"
    generation.write_text(generation.read_text().replace('fill="blue"', 'fill=("blue" if seed else "cyan")'))
    before = {path: path.read_bytes() for path in (accepted / "baselines").rglob("*.png")}
    assert "2 failed, 2 passed" in pytest_run("suites").stdout
    assert "2 failed, 2 passed" in pytest_run("suites", "--harness-update=missing").stdout
    (accepted / "suites/new.yaml").write_text(
        (accepted / "suites/small.yaml").read_text().replace("suite: small", "suite: fresh")
    )
    done = pytest_run("suites", "--harness-update=drifted")
    assert "4 failed, 4 passed" in done.stdout, done.stdout
    assert not (accepted / "baselines/fresh").exists()
    (accepted / "suites/new.yaml").unlink()
    changed = {path.name for path, data in before.items() if path.read_bytes() != data}
    assert changed == {"base-s0.png"}
    assert "4 passed" in pytest_run("suites").stdout


def test_nothing_is_accepted_in_ci(accepted: Path) -> None:
    (accepted / "baselines/small/manifest.json").unlink()
    done = pytest_run("suites", "--harness-update=all", CI="true")
    assert done.returncode == 1
    assert "CI" in done.stdout
    assert not (accepted / "baselines/small/manifest.json").exists()


def test_an_unproven_image_is_not_accepted(project: Project) -> None:
    project("  - {id: unsteady, prompt: unsteady image}\n", options=", promise: exact-per-environment")
    suite = Path("suites/small.yaml")
    suite.write_text(suite.read_text().replace("promise: exact, ", ""))
    Path("generation.py").write_text(
        Path("generation.py").read_text().replace("seed + repeat", "seed + len((HERE / 'generated.txt').read_text())")
    )
    done = pytest_run("suites/small.yaml", "--harness-update=missing")
    assert done.returncode == 1
    assert "generated again, it differs" in done.stdout
    assert not Path("baselines/small/manifest.json").exists()


def test_a_provider_that_costs_money_needs_leave(project: Project) -> None:
    project()
    suite = Path("suites/small.yaml")
    suite.write_text(suite.read_text().replace("price: 0", "price: 0.25"))
    done = pytest_run("suites/small.yaml")
    assert "4 failed" in done.stdout
    assert "--harness-live" in done.stdout
    assert not Path("generated.txt").exists()
    assert "no image was accepted" in pytest_run("suites/small.yaml", "--harness-live").stdout
    done = pytest_run("suites/small.yaml", "--harness-budget", "0.6")
    assert "the budget is reached" in done.stdout
    assert len(Path("generated.txt").read_text().splitlines()) == 4 + 2


def test_a_suite_that_cannot_be_read_is_one_clear_error(project: Project) -> None:
    project("  - {id: a, promt: an image}\n")
    done = pytest_run("suites/small.yaml")
    assert done.returncode == 2
    assert "suites/small.yaml:" in done.stdout
    assert "prompt" in done.stdout
    assert "Traceback" not in done.stdout


CHECKING = """
from PIL import Image, ImageDraw

def test_image(image_harness):
    image = Image.new("RGB", (40, 40), "white")
    ImageDraw.Draw(image).ellipse((8, 8, 30, 30), fill=COLOR)
    image_harness.check(image, "dot", drift=DRIFT)
"""


@pytest.mark.parametrize("more", [[], ["-n", "2"]])
def test_the_fixture_checks_images_of_tests(project: Project, more: list[str]) -> None:
    test = project() / "test_dots.py"
    test.write_text("COLOR, DRIFT = 'red', 'exact'" + CHECKING)
    done = pytest_run(*more)
    assert done.returncode == 1
    assert "new: no image was accepted" in done.stdout
    accept = next(line for line in done.stdout.splitlines() if "harness accept reports/" in line)
    assert subprocess.run([sys.executable, "-m", *shlex.split(accept)], check=False).returncode == 0
    assert "1 passed" in pytest_run(*more).stdout
    test.write_text("COLOR, DRIFT = 'green', 'exact'" + CHECKING)
    done = pytest_run(*more)
    assert done.returncode == 1
    assert "trial      test_dots/test_image/dot-s0" in done.stdout
    done = pytest_run("--harness-update=drifted", *more)
    assert done.returncode == 0, done.stdout


def test_the_fixture_takes_limits(project: Project) -> None:
    test = project() / "test_dots.py"
    test.write_text("COLOR, DRIFT = 'red', {'mae': '<= 10'}" + CHECKING)
    assert pytest_run("--harness-update=missing").returncode == 0
    test.write_text("COLOR, DRIFT = '#f00606', {'mae': '<= 10'}" + CHECKING)
    assert "1 passed" in pytest_run().stdout
    test.write_text("COLOR, DRIFT = 'green', {'mae': '<= 10'}" + CHECKING)
    done = pytest_run()
    assert done.returncode == 1
    assert re.search(r"mae \d\d", done.stdout)


def test_the_fixture_names_its_mistakes(project: Project) -> None:
    (project() / "test_wrong.py").write_text(
        "def test_kind(image_harness):\n    image_harness.check(42)\n"
        "def test_drift(image_harness, tmp_path):\n    image_harness.check(b'x', drift='exactly')\n"
        "def test_box(image_harness):\n    image_harness.check(b'x', ignore=[(0, 0, 0, 4)])\n"
    )
    done = pytest_run()
    assert "3 failed" in done.stdout
    assert "UnsupportedPixelsError" in done.stdout
    assert "UsageError: ignore:" in done.stdout


def test_start_up_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "test_quick.py").write_text(
        "import sys\n"
        "HEAVY = {'numpy', 'PIL', 'scipy', 'skimage', 'httpx', 'pydantic', 'rich', 'imagehash', 'yaml', 'click'}\n"
        "def test_quick():\n    assert not HEAVY & set(sys.modules)\n"
    )
    plugins = ["-p", "no:hypothesispytest", "-p", "no:syrupy", "-p", "no:anyio", "-p", "no:xdist"]
    done = pytest_run(str(tmp_path), *plugins)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
