"""Say at once, with the hint, when this Python cannot hold the project. Runs on any Python 3."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file must run on the Pythons it refuses
    sys.exit(
        "image-harness needs Python 3.11 or newer; this is {}.{}.\n"
        "Name a newer one: make PYTHON=python3.12 demo".format(*sys.version_info[:2])
    )
try:
    import ensurepip  # noqa: F401
    import venv  # noqa: F401
except ImportError:
    sys.exit(
        "This Python cannot make virtual environments (the module ensurepip is missing).\n"
        "On Debian and Ubuntu: apt-get install python3-venv"
    )
