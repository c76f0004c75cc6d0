"""The one core: trials → draw → compare, check → judge → ledger. The command line and pytest are faces of it."""

from harness.run.engine import Listener, Run, execute
from harness.run.environment import host, run_environment
from harness.run.estimate import Estimate, estimate
from harness.run.examine import Examiner
from harness.run.exits import exit_code
from harness.run.options import RunOptions
from harness.run.pairs import compare_folders
from harness.run.planning import plan_of
from harness.run.redraw import redraw
from harness.run.resume import unfinished

__all__ = [
    "Estimate",
    "Examiner",
    "Listener",
    "Run",
    "RunOptions",
    "compare_folders",
    "estimate",
    "execute",
    "exit_code",
    "host",
    "plan_of",
    "redraw",
    "run_environment",
    "unfinished",
]
