"""docs/jobs: what the pages show is run, with the commands that they name."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import main
from tests.docs.blocks import DOCS, ROOT, write_files

pytestmark = pytest.mark.checkout


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty project, outside CI."""
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "HARNESS_BASELINES", "HARNESS_REPORTS", "HARNESS_SUITES", "HARNESS_ENV_GPU"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HARNESS_USER", "Ada")
    monkeypatch.setenv("COLUMNS", "200")
    Path("harness.toml").touch()


Command = Callable[..., tuple[int, str]]


@pytest.fixture
def harness(capsys: pytest.CaptureFixture[str]) -> Command:
    """``harness("run")``: exit code and output."""

    def call(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out + printed.err

    return call


def installed(*arguments: str) -> tuple[int, str]:
    """Exit code and output in a process that finds the packages of the working folder: they are looked for once."""
    there = {**os.environ, "PYTHONPATH": f".{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "harness", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=there, check=False)
    return done.returncode, done.stdout + done.stderr


def install(page: Path) -> None:
    """Write the files of a page, with what pip would write of its pyproject.toml."""
    data = tomllib.loads(write_files(page)["pyproject.toml"])["project"]
    folder = Path(f"{data['name'].replace('-', '_')}-{data['version']}.dist-info")
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {data['name']}\nVersion: {data['version']}\n")
    [(group, entries)] = data["entry-points"].items()
    lines = "".join(f"{name} = {value}\n" for name, value in entries.items())
    (folder / "entry_points.txt").write_text(f"[{group}]\n{lines}")


def test_no_seed(harness: Command) -> None:
    write_files(DOCS / "jobs" / "no-seed.md")
    code, said = harness("run", "--dry-run")
    assert (code, "with power 0." in said) == (0, True), said
    assert harness("run")[0] == 1
    assert harness("accept", "--reason", "ten foxes, all fine")[0] == 0
    model = Path("suites/generate.py")
    model.write_text(model.read_text().replace("TILT = 0.5", "TILT = 0.900"))  # another size: no stale bytecode
    code, said = harness("run")
    assert (code, "10 drift" in said) == (1, True), said


def test_new_gpu(harness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(DOCS / "jobs" / "new-gpu.md")
    write_files(DOCS / "jobs" / "provider.md")
    Path("suites/stripes.yaml").unlink()
    Path("suites/stripes.py").rename("suites/generate.py")
    code, said = harness("run")
    assert (code, "gpu of its environment is unknown" in said) == (1, True), said
    assert harness("run", "--env", "gpu=A100")[0] == 1
    assert harness("accept", "--reason", "first images")[0] == 0
    monkeypatch.setenv("HARNESS_ENV_GPU", "L40S")
    code, said = harness("run")
    assert (code, "no image was accepted for gpu L40S, only for gpu A100" in said) == (1, True), said
    assert harness("accept", "--reason", "looked at on the L40S")[0] == 0
    names = {path.name for path in Path("baselines/fox/fox").glob("*.png")}
    assert names == {f"base-s{seed}.gpu={gpu}.png" for seed in (0, 1) for gpu in ("A100", "L40S")}


def test_a_function_generates(harness: Command) -> None:
    write_files(DOCS / "jobs" / "provider.md")
    code, said = harness("run", "suites/stripes.yaml")
    assert (code, "2 new" in said) == (1, True), said


def test_a_metric_is_a_limit() -> None:
    install(DOCS / "jobs" / "metric.md")
    import numpy as np
    from PIL import Image

    ramp = np.tile(np.arange(64, dtype=np.uint8)[:, None] * 4, (1, 64))
    Image.fromarray(ramp).save("a.png")
    Image.fromarray(ramp // 2).save("b.png")
    code, said = installed("compare", "a.png", "b.png", "--limit", "contrast=<= 2")
    assert code == 1
    assert "contrast 36.9" in said, said


def test_a_viewer_answers_its_check() -> None:
    install(DOCS / "jobs" / "viewer.md")
    code, said = installed("run", "--case", "day")
    assert code == 1
    assert "check {tone: dark}: fail (a mean level of 197)" in said, said
    suite = Path("suites/night.yaml")
    suite.write_text(suite.read_text().replace("tone: dark", "tone: drak"))
    assert "`tone` is dark, medium, bright" in installed("run")[1]


def test_the_suite_of_a_paid_service_loads(harness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(DOCS / "jobs" / "paid-api.md")
    monkeypatch.setenv("PAID_API_KEY", "x")
    code, said = harness("run", "--dry-run")
    assert (code, "about $0.08" in said) == (0, True), said
    code, said = harness("run")
    assert (code, "harness run --budget 0.08" in said) == (2, True), said
