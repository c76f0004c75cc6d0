"""Runs pytest in a process of its own, with the plugins that its test needs and no other installed one."""

import os
import subprocess
import sys


def command(*arguments: str) -> list[str]:
    """The command of a pytest with the harness; xdist and the reruns only where the arguments use them."""
    plugins = ["image_harness"]
    plugins += ["xdist"] if "-n" in arguments else []
    plugins += ["rerunfailures"] if any(argument.startswith("--reruns") for argument in arguments) else []
    chosen = [word for plugin in plugins for word in ("-p", plugin)]
    return [sys.executable, "-m", "pytest", *chosen, "-q", *arguments]


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what pytest and xdist put there; installed plugins are not loaded."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | more


def pytest_run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in the working directory to its end; fails where pytest itself failed."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False, env=environment(**more))
    assert "INTERNALERROR" not in done.stdout, done.stdout
    return done
