"""Prints what ``docs/store.md`` shows: ``python -m tests.store.extra_s3.show``."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.store.extra_s3.faults import SCENARIOS, TIMEOUT, Setting, outcomes, prepared, servers
from tests.store.extra_s3.proxy import Proxy
from tests.store.extra_s3.server import NAME, S3

AUTHOR = ("-c", "user.name=T", "-c", "user.email=t@example.org")


def main() -> None:
    """Print the table of faults, then what gc would delete with two branches."""
    print(f"{NAME}, time limit {TIMEOUT:g} s")
    here = Path.cwd()
    with servers() as (s3, proxy), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table(folder, s3, proxy)
        branches(folder / "branches", s3, proxy)
        os.chdir(here)


def table(folder: Path, s3: S3, proxy: Proxy) -> None:
    print("\n| fault | `harness run` | `store pull` | `store push` | seconds |\n|---|---|---|---|---|")
    for number, scenario in enumerate(SCENARIOS):
        own = folder / str(number)
        own.mkdir()
        found = list(outcomes(scenario, own, s3, proxy))
        cells = [scenario.fault, *(outcome for _, outcome, _ in found), " · ".join(f"{one:.1f}" for _, _, one in found)]
        print(f"| {' | '.join(cells)} |", flush=True)


def branches(folder: Path, s3: S3, proxy: Proxy) -> None:
    folder.mkdir()
    os.chdir(folder)
    setting = prepared(folder, s3, proxy)
    git("init", "-q", "-b", "main")
    (folder / ".gitignore").write_text("baselines/*/*/\nreports/\n")
    first = setting.project.keys()["owl"]
    commit("three images")
    git("checkout", "-q", "-b", "other")
    second = another(setting, 5)
    commit("another owl, on the branch other")
    git("checkout", "-q", "main")
    third = another(setting, 6)
    commit("another owl, on main")
    names = {first: "the first owl", second: "the owl of other", third: "the owl of main"}

    def shown(*arguments: str) -> None:
        done = setting.project.harness("store", "gc", *arguments)
        print(f"$ harness store gc {' '.join(arguments)}".rstrip())
        for line in done.out.splitlines():
            print(f"{line[:19]}….png   ({names[line]})" if line in names else line)

    print("\n```")
    shown()
    shown("--older-than", "0")
    print("$ git branch -D other")
    git("branch", "-q", "-D", "other")
    shown()
    shown("--older-than", "0")
    shown("--older-than", "0", "--delete")
    print(f"$ harness store verify\n{setting.project.harness('store', 'verify').out.strip()}")
    print("```")


def another(setting: Setting, number: int) -> str:
    """Accept another owl and push it; returns its key."""
    setting.project.generate("owl", number)
    setting.project.accept()
    assert setting.project.harness("store", "push").code == 0
    return setting.project.keys()["owl"]


def commit(message: str) -> None:
    git("add", ".")
    git(*AUTHOR, "commit", "-q", "-m", message)


def git(*arguments: str) -> None:
    """Run git, as it was 30 days ago: what is committed now is named lately."""
    then = f"{time.time() - 30 * 86400:.0f} +0000"
    dates = {"GIT_AUTHOR_DATE": then, "GIT_COMMITTER_DATE": then}
    subprocess.run(["git", *arguments], env={**os.environ, **dates}, check=True)


if __name__ == "__main__":
    sys.exit(main())
