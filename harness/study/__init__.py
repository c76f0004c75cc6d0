"""Questions over many runs: probe, calibrate, audit, bench."""

from harness.study.bench import BenchOptions, bench, cost_foreseen, drawings_of
from harness.study.bench_arms import Arm, Wanted, arms_of
from harness.study.calibrate import Calibrated, Calibration, Foreseen, calibratable, calibrate, foreseen
from harness.study.calibrate_store import store_floors
from harness.study.drawings import cut_off, unfinished_drawings
from harness.study.history import CaseNotFound, Change, History, Trace, Visit, history_of, trace
from harness.study.probing import ProbeOptions, ProbeReport, prepare_probe, probe, store_probed

__all__ = [
    "Arm",
    "BenchOptions",
    "Calibrated",
    "Calibration",
    "CaseNotFound",
    "Change",
    "Foreseen",
    "History",
    "ProbeOptions",
    "ProbeReport",
    "Trace",
    "Visit",
    "Wanted",
    "arms_of",
    "bench",
    "calibratable",
    "calibrate",
    "cost_foreseen",
    "cut_off",
    "drawings_of",
    "foreseen",
    "history_of",
    "prepare_probe",
    "probe",
    "store_floors",
    "store_probed",
    "trace",
    "unfinished_drawings",
]
