"""Build the source distribution, install it elsewhere without a compiler, and run a suite: numpy does the work.

python -m tools.sdist_test
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

from tools.wheel_test import ROOT, run, tracked

os.environ.pop("PYTHONPATH", None)  # what is installed is tested, not the checkout
NO_COMPILER = {**os.environ, "CC": "/bin/false", "CXX": "/bin/false", "HARNESS_KERNEL": ""}


def differences(sdist: Path) -> list[str]:
    """Return what the archive lacks of ``harness``, and what it has of the tests."""
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    tests = [name for name in held if name.startswith("tests/")]
    return [f"lacks {name}" for name in sorted(tracked() - held)] + [f"adds {name}" for name in sorted(tests)]


def main() -> None:
    """Build, compare, install without a compiler, ask which kernel it has, and run a suite."""
    with tempfile.TemporaryDirectory(prefix="sdist-test-") as name:
        place = Path(name)
        run(sys.executable, "-m", "build", "--sdist", "--outdir", place / "dist", cwd=ROOT)
        sdist = next((place / "dist").glob("*.tar.gz"))
        if found := differences(sdist):
            sys.exit("the source distribution " + ", ".join(found))
        venv.create(place / "venv", with_pip=True)
        python = place / "venv" / "bin" / "python"
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", sdist]
        subprocess.run(install, cwd=place, check=True, env=NO_COMPILER)  # noqa: S603
        looked = subprocess.run(  # noqa: S603
            [python, "-m", "harness", "doctor", "--json"],
            cwd=place, check=False, env=NO_COMPILER, capture_output=True, text=True,
        )  # fmt: skip
        kernel = next(row["detail"] for row in json.loads(looked.stdout)["checks"] if row["name"] == "kernel")
        print("kernel:", kernel)
        if kernel != "numpy":
            sys.exit("a kernel was built without a compiler")
        suite, baselines = ROOT / "suites" / "quickstart.yaml", ROOT / "baselines"
        run(python, "-m", "harness", "run", suite, "--baselines", baselines, "--reports", place / "reports", cwd=place)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
