"""Build the C extensions with address and undefined-behavior sanitizers and run their tests on that build.

``python tests/comparison/sanitize.py [--fuzz SECONDS]``: with ``--fuzz`` the fuzzer runs instead of the tests. Needs
gcc or clang. The package is copied to a temporary folder; nothing beside it is changed.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("harness/image/_png.c", "harness/comparison/_kernel.c")
FLAGS = (
    "-O1", "-g", "-fPIC", "-shared", "-ffp-contract=off", "-fwrapv", "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
)  # fmt: skip
TESTS = ("tests/comparison/test_kernel.py", "tests/image/test_png.py")


def main() -> int:
    compiler = os.environ.get("CC", "gcc")
    fuzz = sys.argv[sys.argv.index("--fuzz") + 1 :] if "--fuzz" in sys.argv else []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for part in ("harness", "tests"):
            ignored = shutil.ignore_patterns("*.so", "__pycache__")
            shutil.copytree(ROOT / part, place / part, ignore=ignored)
        include = f"-I{sysconfig.get_path('include')}"
        for source in SOURCES:
            made = (place / source).with_suffix(".abi3.so")
            subprocess.run([compiler, *FLAGS, include, source, "-o", str(made), "-lm"], cwd=place, check=True)
        runtime = subprocess.run([compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
        env = os.environ | {
            "LD_PRELOAD": runtime.stdout.strip(),
            # Python itself leaves memory behind on purpose when it ends.
            "ASAN_OPTIONS": "detect_leaks=0",
            "PYTHONPATH": folder,
            "HARNESS_KERNEL": "native",
        }
        command = ["-m", "tests.comparison.fuzz", *fuzz] if fuzz else ["-m", "pytest", "-q", "-c", "/dev/null", *TESTS]
        if not fuzz:
            command += ["--import-mode=importlib", "--rootdir", folder]
        where = "import harness.comparison._kernel as k; print(k.__file__)"
        subprocess.run([sys.executable, "-c", where], cwd=place, env=env, check=True)
        return subprocess.run([sys.executable, *command], cwd=place, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
