"""The one core: trials → generate → compare, check → judge → ledger. The command line and pytest are faces of it."""

from typing import TYPE_CHECKING

from harness.generation import cost_of
from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.runner.approval import Approval, NotApprovedError, approved, decide, enough
    from harness.runner.deriving import derivation, questions_in
    from harness.runner.distance import compare_by, viewed, with_distance
    from harness.runner.engine import Listener, Run, execute
    from harness.runner.environment import host, run_environment
    from harness.runner.estimating import confirming_at_most, estimate, estimate_answers
    from harness.runner.examiner import Examiner
    from harness.runner.exit_codes import exit_code
    from harness.runner.floors import confirming
    from harness.runner.folder_pairs import compare_folders
    from harness.runner.identity import identity_digest
    from harness.runner.interrupt import interruptible
    from harness.runner.judges import Judges, judge_of
    from harness.runner.machines import across
    from harness.runner.merged_sets import merge_shards
    from harness.runner.options import RERUNNABLE, RunOptions
    from harness.runner.planning import plan_of
    from harness.runner.received_image import Received, compare_received
    from harness.runner.repeat_proof import rerun
    from harness.runner.repository import git
    from harness.runner.resume import ended_run_of, unfinished
    from harness.runner.selecting import resolved
    from harness.runner.set_power import set_powers
    from harness.runner.spending import reserved_budget
    from harness.runner.viewing import Viewing

_HOMES = {
    "machines": ("across",),
    "approval": ("Approval", "NotApprovedError", "approved", "decide", "enough"),
    "deriving": ("derivation", "questions_in"),
    "distance": ("compare_by", "viewed", "with_distance"),
    "engine": ("Listener", "Run", "execute"),
    "environment": ("host", "run_environment"),
    "estimating": ("confirming_at_most", "estimate", "estimate_answers"),
    "examiner": ("Examiner",),
    "exit_codes": ("exit_code",),
    "floors": ("confirming",),
    "folder_pairs": ("compare_folders",),
    "interrupt": ("interruptible",),
    "judges": ("Judges", "judge_of"),
    "merged_sets": ("merge_shards",),
    "options": ("RERUNNABLE", "RunOptions"),
    "identity": ("identity_digest",),
    "planning": ("plan_of",),
    "received_image": ("Received", "compare_received"),
    "repeat_proof": ("rerun",),
    "repository": ("git",),
    "resume": ("ended_run_of", "unfinished"),
    "selecting": ("resolved",),
    "set_power": ("set_powers",),
    "spending": ("reserved_budget",),
    "viewing": ("Viewing",),
}

__all__ = [
    "RERUNNABLE",
    "Approval",
    "Examiner",
    "Judges",
    "Listener",
    "NotApprovedError",
    "Received",
    "Run",
    "RunOptions",
    "Viewing",
    "across",
    "approved",
    "compare_by",
    "compare_folders",
    "compare_received",
    "confirming",
    "confirming_at_most",
    "cost_of",
    "decide",
    "derivation",
    "ended_run_of",
    "enough",
    "estimate",
    "estimate_answers",
    "execute",
    "exit_code",
    "git",
    "host",
    "identity_digest",
    "interruptible",
    "judge_of",
    "merge_shards",
    "plan_of",
    "questions_in",
    "rerun",
    "reserved_budget",
    "resolved",
    "run_environment",
    "set_powers",
    "unfinished",
    "viewed",
    "with_distance",
]

__getattr__ = lazy(__name__, _HOMES)
