"""A project on disk whose provider costs money and counts, and the command line run in it as a process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
SUITE = """\
suite: paid
provider: mine
providers:
  mine: {{{provider}}}
defaults: {{size: 64x64, seeds: {seeds}, quality: standard, drift: {drift}}}
cases:
{cases}
"""
PYTHON = 'kind: python, function: "../paid.py:generate", price: 0.01, concurrency: 2'
BATCHING = "kind: batching, price: {price}"
LIMITS = '{max_abs: "<= 0"}'
ENTRY_POINTS = "[image_harness.providers]\nbatching = batching:ADAPTER\n"
NUMBERS = ("two", "three", "four", "five", "six", "seven")
BUDGET = ("--budget", "100")


class Project:
    """A folder with ``suites/paid.yaml``; ``environment`` is added to that of every process run in it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.environment = folder, environment

    def write(self, provider: str = PYTHON, drift: str = LIMITS, seeds: str = "[0, 1]", cases: int = 2) -> "Project":
        """Write the suite, the programs, and what makes ``batching`` an installed kind."""
        (self.folder / "suites").mkdir(parents=True, exist_ok=True)
        rows = "\n".join(f"  - {{id: {case}, prompt: {case} red circles}}" for case in NUMBERS[:cases])
        text = SUITE.format(provider=provider, seeds=seeds, drift=drift, cases=rows)
        (self.folder / "suites/paid.yaml").write_text(text)
        for program in PROGRAMS.glob("*.py"):
            shutil.copy(program, self.folder)
        info = self.folder / "batching-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: batching\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(ENTRY_POINTS)
        (self.folder / "pytest.ini").write_text("[pytest]\nharness_suites = suites\n")
        return self

    def copy(self, folder: Path) -> "Project":
        """The same project elsewhere, with nothing counted and nothing reported yet."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("calls.txt", "reports", "__pycache__"))
        return Project(folder, **self.environment)

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    def start(self, *arguments: str, module: str = "harness") -> subprocess.Popen[str]:
        """The command as a process; what it prints goes to ``printed.txt``."""
        env = {name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_ACTIONS")}
        env = {name: value for name, value in env.items() if not name.startswith("PYTEST_")}
        path = os.pathsep.join(filter(None, (str(self.folder), env.get("PYTHONPATH"))))
        with (self.folder / "printed.txt").open("w") as printed:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self.folder,
                env={**env, "HARNESS_USER": "Test Person", **self.environment, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def printed(self) -> str:
        """What the last command printed."""
        return (self.folder / "printed.txt").read_text()

    def harness(self, *arguments: str, module: str = "harness", timeout: float = 60) -> int:
        """Run a command to its end; its exit code. A command that hangs is killed, and the test fails."""
        process = self.start(*arguments, module=module)
        try:
            return process.wait(timeout)
        finally:
            process.kill()
            process.wait()
