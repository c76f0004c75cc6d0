"""Generate the shipped suites again and make what they give the shipped baselines; prints what changed.

For a change of the painter or of a suite. Look at the images before you commit them.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def harness(*arguments: str) -> int:
    """Run the command line of this checkout."""
    return subprocess.run([sys.executable, "-m", "harness", *arguments], cwd=ROOT, check=False).returncode  # noqa: S603


def main() -> int:
    """Run, accept what needs a decision, remove what is left over, and show the changed files."""
    reason = " ".join(sys.argv[1:]) or "make baselines"
    code = harness("run", "suites", "--repeats", "2")
    if code in (2, 3, 130):
        return code
    if code == 1:
        accepted = harness("accept", "latest", "--reason", reason)
        if accepted:
            return accepted
    harness("prune", "suites", "--yes")
    subprocess.run(["git", "status", "--short", "baselines"], cwd=ROOT, check=False)  # noqa: S607
    return harness("run", "suites")


if __name__ == "__main__":
    sys.exit(main())
