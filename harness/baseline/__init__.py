"""What was accepted: manifests, their images, and the decisions of people.

``baselines/<suite>/manifest.json`` names the accepted images of each trial, the files beside it are the images,
``log.jsonl`` says who decided what, when and why.
"""

from harness.baseline.accepting import accept
from harness.baseline.author import whoami
from harness.baseline.change import Change, Signed, is_reason
from harness.baseline.deciding import ignore, prune, reject, unignore
from harness.baseline.entry import Accepted, Ignore
from harness.baseline.errors import (
    BaselineError,
    BaselineImageError,
    ManifestError,
    NameClashError,
    NothingSelectedError,
    NotPinnedError,
    NotProvenError,
    StrayFileError,
    UndoRefusedError,
    WritesRefusedError,
)
from harness.baseline.judges import JudgesError, read_judges, store_judges
from harness.baseline.log import Decision, read_log
from harness.baseline.manifest import Manifest
from harness.baseline.merging import ATTRIBUTES, DRIVER, merge_manifests
from harness.baseline.planning import portable
from harness.baseline.probes import Probe, ProbesError, read_probes, store_probes
from harness.baseline.profile_renaming import rename_profile
from harness.baseline.proof import Recorded, prove
from harness.baseline.renaming import rename, renamed_cases
from harness.baseline.selection import Selection, choose, run_to_decide
from harness.baseline.store import Baselines
from harness.baseline.undoing import Logged, decisions, to_undo, undo
from harness.baseline.writing import changing, commit, in_ci, refuse_in_ci

__all__ = [
    "ATTRIBUTES",
    "DRIVER",
    "Accepted",
    "BaselineError",
    "BaselineImageError",
    "Baselines",
    "Change",
    "Decision",
    "Ignore",
    "JudgesError",
    "Logged",
    "Manifest",
    "ManifestError",
    "NameClashError",
    "NotPinnedError",
    "NotProvenError",
    "NothingSelectedError",
    "Probe",
    "ProbesError",
    "Recorded",
    "Selection",
    "Signed",
    "StrayFileError",
    "UndoRefusedError",
    "WritesRefusedError",
    "accept",
    "changing",
    "choose",
    "commit",
    "decisions",
    "ignore",
    "in_ci",
    "is_reason",
    "merge_manifests",
    "portable",
    "prove",
    "prune",
    "read_judges",
    "read_log",
    "read_probes",
    "refuse_in_ci",
    "reject",
    "rename",
    "rename_profile",
    "renamed_cases",
    "run_to_decide",
    "store_judges",
    "store_probes",
    "to_undo",
    "undo",
    "unignore",
    "whoami",
]
