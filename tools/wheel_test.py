"""Build the wheel, install it in a fresh environment outside the checkout, and run the tests from there.

What a wheel forgets (package data, a package, a dependency) shows only so: inside the checkout the sources lie beside
the tests. Tests marked ``checkout`` read the sources themselves and stay out; so do those that need a browser.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("tests", "suites", "baselines", "training", "pyproject.toml")


def run(*command: str | Path, cwd: Path, **environment: str) -> None:
    """Run a command to its end; its failure is ours."""
    print("$", *(str(part) for part in command), flush=True)
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, env=os.environ | environment)  # noqa: S603


def main() -> None:
    """Build, install, copy the tests, run them."""
    with tempfile.TemporaryDirectory(prefix="image-harness-wheel-") as name:
        place = Path(name)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", place / "dist", cwd=ROOT)
        [wheel] = (place / "dist").glob("*.whl")
        venv.create(place / "venv", with_pip=True)
        python = place / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", ROOT / "constraints.txt")
        run(*pip, f"{wheel}[dev,fast]", cwd=place)
        for part in COPIED:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, place / part, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, place / part)
        where = "import harness, sys; sys.exit('site-packages' not in harness.__file__)"
        run(python, "-c", where, cwd=place)
        run(python, "-m", "pytest", "-n", "auto", "-m", "not checkout and not browser", cwd=place)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
