"""The child process of :class:`harness.provider.local.process.Isolated`: a line on standard output for each on standard
input."""

import os
import signal
import sys
from contextlib import suppress

from harness.provider.local.answering import LineWorker

PR_SET_PDEATHSIG = 1


def _end_with_the_supervisor() -> None:
    """Have the system end this process when its supervisor ends, which kills it in any other case."""
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _main() -> None:
    _end_with_the_supervisor()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What the generation code prints must not mix with the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    worker = LineWorker()
    with suppress(BrokenPipeError):
        for line in sys.stdin.buffer:
            answers.write(worker.answer(line) + b"\n")
            answers.flush()


if __name__ == "__main__":
    _main()
