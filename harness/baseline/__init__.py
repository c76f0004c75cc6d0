"""What was accepted: manifests, their pictures, and the decisions of people.

``baselines/<suite>/manifest.json`` names the accepted pictures of each trial, the files beside it are the pictures,
``log.jsonl`` says who decided what, when and why.
"""

from harness.baseline.accepting import accept
from harness.baseline.change import Change
from harness.baseline.deciding import ignore, lift, prune, reject
from harness.baseline.entry import Accepted, Ignore
from harness.baseline.faults import (
    BaselineFault,
    ManifestFault,
    NameClash,
    NothingSelected,
    NotPinned,
    NotProven,
    PictureAltered,
    PictureFault,
    PictureMissing,
    StrayFile,
    WritesRefused,
)
from harness.baseline.log import Decision, read_log
from harness.baseline.manifest import Manifest
from harness.baseline.planning import portable, profile_of
from harness.baseline.probes import Probe, ProbesFault, read_probes, store_probes
from harness.baseline.proof import Proof, Recorded, meant_exact, prove
from harness.baseline.selection import TO_DECIDE, Selection, choose, chosen_keys
from harness.baseline.store import Baselines
from harness.baseline.who import whoami
from harness.baseline.writing import changing, commit, refuse_in_ci

__all__ = [
    "TO_DECIDE",
    "Accepted",
    "BaselineFault",
    "Baselines",
    "Change",
    "Decision",
    "Ignore",
    "Manifest",
    "ManifestFault",
    "NameClash",
    "NotPinned",
    "NotProven",
    "NothingSelected",
    "PictureAltered",
    "PictureFault",
    "PictureMissing",
    "Probe",
    "ProbesFault",
    "Proof",
    "Recorded",
    "Selection",
    "StrayFile",
    "WritesRefused",
    "accept",
    "changing",
    "choose",
    "chosen_keys",
    "commit",
    "ignore",
    "lift",
    "meant_exact",
    "portable",
    "profile_of",
    "prove",
    "prune",
    "read_log",
    "read_probes",
    "refuse_in_ci",
    "reject",
    "store_probes",
    "whoami",
]
