"""Questions over many runs: probe, calibrate, audit, bench."""

from harness.study.bench import BenchOptions, bench, estimated_cost, generations_of
from harness.study.bench_arms import Arm, BenchSpec, arms_of
from harness.study.calibrate import (
    Calibrated,
    Calibration,
    CalibrationEstimate,
    calibratable,
    calibrate,
    calibration_estimate,
)
from harness.study.calibrate_store import store_floors
from harness.study.history import CaseNotFoundError, Change, History, Trace, Visit, history_of, trace
from harness.study.probing import ProbeOptions, ProbeReport, prepare_probe, probe, store_probed
from harness.study.study_run import cut_off, unfinished_study

__all__ = [
    "Arm",
    "BenchOptions",
    "BenchSpec",
    "Calibrated",
    "Calibration",
    "CalibrationEstimate",
    "CaseNotFoundError",
    "Change",
    "History",
    "ProbeOptions",
    "ProbeReport",
    "Trace",
    "Visit",
    "arms_of",
    "bench",
    "calibratable",
    "calibrate",
    "calibration_estimate",
    "cut_off",
    "estimated_cost",
    "generations_of",
    "history_of",
    "prepare_probe",
    "probe",
    "store_floors",
    "store_probed",
    "trace",
    "unfinished_study",
]
