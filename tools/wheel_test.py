"""Build the wheel (or take that of the command line), compare it with the checkout, install it elsewhere and use it.

What a wheel forgets (package data, a package, a dependency) shows only so: inside the checkout the sources lie beside
the tests. Every tracked file of ``harness`` must be in the wheel, every module must be importable with no more than
the declared dependencies, and the tests of the front ends must pass outside the checkout.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("tests", "suites", "baselines", "training", "pyproject.toml")
SOURCES = {".c", ".h"}
"""Of the extensions: a wheel has what is built of them instead."""
BUILT = {".so", ".pyd"}
TESTED = ("tests/api", "tests/cli/test_cli.py", "tests/pytest_plugin/test_plugin.py", "tests/gateway/test_server.py")
"""One of each front end: that every file is there, and that images are the accepted ones, is proved before."""
NEEDED = ("hypothesis", "pytest-xdist", "syrupy")
"""By those tests, beside the wheel and its extras."""
IMPORT_ALL = """
import harness, importlib, pkgutil, sys
assert "site-packages" in harness.__file__, harness.__file__
names = [module.name for module in pkgutil.walk_packages(harness.__path__, "harness.")]
for name in names:
    if name.endswith("__main__"):
        continue
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        # extras that are not installed here
        if error.name not in {"torch", "diffusers", "ray"} and not name.startswith("harness.gateway"):
            raise
print(len(names), "modules imported")
"""


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command to its end. Raises CalledProcessError for an exit status that is not 0."""
    print("$", *[str(part) for part in command][:6], flush=True)
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)  # noqa: S603


def tracked() -> set[str]:
    """Return the files of ``harness`` that git has."""
    listed = subprocess.run(["git", "ls-files", "harness"], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607
    return set(listed.stdout.splitlines())


def differences(wheel: Path) -> list[str]:
    """Return what the wheel lacks of ``harness``, and what only the wheel has; extensions apart."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name and Path(name).suffix not in BUILT}
    wanted = {name for name in tracked() if Path(name).suffix not in SOURCES}
    return [f"lacks {name}" for name in sorted(wanted - held)] + [f"adds {name}" for name in sorted(held - wanted)]


def main(given: Path | None = None) -> None:
    """Build (unless ``given``), compare, install, import every module, run the quickstart and the front ends' tests."""
    with tempfile.TemporaryDirectory(prefix="wheel-test-") as name:
        place = Path(name)
        if given is None:
            shutil.rmtree(ROOT / "build", ignore_errors=True)  # modules of an earlier build would be packed again
            run(sys.executable, "-m", "build", "--wheel", "--outdir", place / "dist", cwd=ROOT)
        wheel = given or next((place / "dist").glob("*.whl"))
        if found := differences(wheel):
            sys.exit("the wheel " + ", ".join(found))
        venv.create(place / "venv", with_pip=True)
        binaries = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
        python = binaries / "python"
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", ROOT / "constraints.txt")
        run(*pip, wheel, cwd=place)
        run(python, "-c", IMPORT_ALL, cwd=place)
        for part in COPIED:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, place / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
            else:
                shutil.copy(source, place / part)
        run(binaries / "harness", "run", "suites/quickstart.yaml", cwd=place)
        run(*pip, f"{wheel}[fast,serve]", *NEEDED, cwd=place)
        run(python, "-m", "pytest", "-q", "-n", "auto", "-m", "not checkout and not browser", *TESTED, cwd=place)


if __name__ == "__main__":
    try:
        main(*(Path(argument).resolve() for argument in sys.argv[1:2]))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
