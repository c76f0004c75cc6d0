"""What was accepted: manifests, their images, and the decisions of people.

``baselines/<suite>/manifest.json`` names the accepted images of each trial, the files beside it are the images,
``log.jsonl`` says who decided what, when and why.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.baseline.accepting import accept
    from harness.baseline.author import whoami
    from harness.baseline.change import Change, Signed, is_reason
    from harness.baseline.conflicts import Conflict, state_of
    from harness.baseline.deciding import ignore, prune, reject, unignore
    from harness.baseline.entry import Accepted, Ignore
    from harness.baseline.errors import (
        BaselineError,
        BaselineImageError,
        DecisionsError,
        ManifestError,
        NameClashError,
        NothingSelectedError,
        NotPinnedError,
        NotProvenError,
        NotStoredError,
        OutdatedMarksError,
        StoreUnavailableError,
        StrayFileError,
        UndoRefusedError,
        WritesRefusedError,
    )
    from harness.baseline.garbage import Garbage, delete_garbage, find_garbage
    from harness.baseline.judges import JudgesError, read_judges, store_judges
    from harness.baseline.log import Decision, read_log
    from harness.baseline.manifest import Manifest
    from harness.baseline.marks import MOST_BYTES, Mark, Marks, read_marks
    from harness.baseline.merging import ATTRIBUTES, DRIVER, merge_manifests
    from harness.baseline.planning import portable
    from harness.baseline.probes import Probe, ProbesError, read_probes, store_probes
    from harness.baseline.profile_renaming import rename_profile
    from harness.baseline.proof import Recorded, prove
    from harness.baseline.renaming import rename, renamed_cases
    from harness.baseline.selection import Selection, choose, run_to_decide, undecidable
    from harness.baseline.store import Baselines
    from harness.baseline.stored import Moved, pull, push, verify_stored
    from harness.baseline.submitting import Preview, preview, submit
    from harness.baseline.undoing import Logged, decisions, to_undo, undo
    from harness.baseline.writing import changing, commit, in_ci, refuse_in_ci

_HOMES = {
    "accepting": ("accept",),
    "author": ("whoami",),
    "change": ("Change", "Signed", "is_reason"),
    "conflicts": ("Conflict", "state_of"),
    "deciding": ("ignore", "prune", "reject", "unignore"),
    "entry": ("Accepted", "Ignore"),
    "errors": (
        "BaselineError", "BaselineImageError", "DecisionsError", "ManifestError", "NameClashError",
        "NothingSelectedError", "NotPinnedError", "NotProvenError", "NotStoredError", "OutdatedMarksError",
        "StoreUnavailableError", "StrayFileError", "UndoRefusedError", "WritesRefusedError",
    ),
    "garbage": ("Garbage", "delete_garbage", "find_garbage"),
    "judges": ("JudgesError", "read_judges", "store_judges"),
    "log": ("Decision", "read_log"),
    "manifest": ("Manifest",),
    "marks": ("MOST_BYTES", "Mark", "Marks", "read_marks"),
    "merging": ("ATTRIBUTES", "DRIVER", "merge_manifests"),
    "planning": ("portable",),
    "probes": ("Probe", "ProbesError", "read_probes", "store_probes"),
    "profile_renaming": ("rename_profile",),
    "proof": ("Recorded", "prove"),
    "renaming": ("rename", "renamed_cases"),
    "selection": ("Selection", "choose", "run_to_decide", "undecidable"),
    "store": ("Baselines",),
    "stored": ("Moved", "pull", "push", "verify_stored"),
    "submitting": ("Preview", "preview", "submit"),
    "undoing": ("Logged", "decisions", "to_undo", "undo"),
    "writing": ("changing", "commit", "in_ci", "refuse_in_ci"),
}  # fmt: skip

__all__ = [
    "ATTRIBUTES",
    "DRIVER",
    "MOST_BYTES",
    "Accepted",
    "BaselineError",
    "BaselineImageError",
    "Baselines",
    "Change",
    "Conflict",
    "Decision",
    "DecisionsError",
    "Garbage",
    "Ignore",
    "JudgesError",
    "Logged",
    "Manifest",
    "ManifestError",
    "Mark",
    "Marks",
    "Moved",
    "NameClashError",
    "NotPinnedError",
    "NotProvenError",
    "NotStoredError",
    "NothingSelectedError",
    "OutdatedMarksError",
    "Preview",
    "Probe",
    "ProbesError",
    "Recorded",
    "Selection",
    "Signed",
    "StoreUnavailableError",
    "StrayFileError",
    "UndoRefusedError",
    "WritesRefusedError",
    "accept",
    "changing",
    "choose",
    "commit",
    "decisions",
    "delete_garbage",
    "find_garbage",
    "ignore",
    "in_ci",
    "is_reason",
    "merge_manifests",
    "portable",
    "preview",
    "prove",
    "prune",
    "pull",
    "push",
    "read_judges",
    "read_log",
    "read_marks",
    "read_probes",
    "refuse_in_ci",
    "reject",
    "rename",
    "rename_profile",
    "renamed_cases",
    "run_to_decide",
    "state_of",
    "store_judges",
    "store_probes",
    "submit",
    "to_undo",
    "undecidable",
    "undo",
    "unignore",
    "verify_stored",
    "whoami",
]

__getattr__ = lazy(__name__, _HOMES)
