"""The one core: trials → draw → compare, check → judge → ledger. The command line and pytest are faces of it."""

from harness.run.engine import Listener, Run, execute
from harness.run.environment import host, run_environment
from harness.run.estimate import Confirming, Estimate, confirming_at_most, estimate
from harness.run.examine import Examiner
from harness.run.exits import exit_code
from harness.run.foresight import EFFECT, SetPower, set_powers
from harness.run.interrupt import interruptible
from harness.run.kept import Kept, compare_kept, received
from harness.run.merging import merge_shards
from harness.run.options import REDRAWABLE, RunOptions
from harness.run.pairs import compare_folders
from harness.run.planning import configuration, plan_of
from harness.run.redraw import redraw
from harness.run.resume import unfinished
from harness.run.sets import pooled_sets
from harness.run.sources import Sources

__all__ = [
    "EFFECT",
    "REDRAWABLE",
    "Confirming",
    "Estimate",
    "Examiner",
    "Kept",
    "Listener",
    "Run",
    "RunOptions",
    "SetPower",
    "Sources",
    "compare_folders",
    "compare_kept",
    "configuration",
    "confirming_at_most",
    "estimate",
    "execute",
    "exit_code",
    "host",
    "interruptible",
    "merge_shards",
    "plan_of",
    "pooled_sets",
    "received",
    "redraw",
    "run_environment",
    "set_powers",
    "unfinished",
]
