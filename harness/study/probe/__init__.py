"""Whether a provider repeats, and what its images depend on."""

from harness.study.probe.choice import Group
from harness.study.probe.count import ProbeEstimate
from harness.study.probe.probe import ProbeOptions, ProbeReport, prepare_probe, run_probe, store_probed

__all__ = [
    "Group",
    "ProbeEstimate",
    "ProbeOptions",
    "ProbeReport",
    "prepare_probe",
    "run_probe",
    "store_probed",
]
