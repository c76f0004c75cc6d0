"""Questions over many generations or runs: probe, calibrate, audit, bench, history."""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.study.audit.arms import AuditSpec, estimates_of_arms, plan_audit
    from harness.study.audit.audit import audit_runs, audit_suite, unfinished_audit
    from harness.study.audit.generate import AuditOptions
    from harness.study.bench.arms import BenchSpec, arms_of
    from harness.study.bench.bench import BenchOptions, bench_estimates, run_bench, unfinished_bench
    from harness.study.calibrate.calibrate import (
        Calibrated,
        Calibration,
        CalibrationEstimate,
        calibratable,
        calibration_estimate,
        measured_floors,
        run_calibration,
    )
    from harness.study.calibrate.judge import (
        EACH,
        JudgeCalibration,
        JudgeEstimate,
        JudgeOptions,
        calibrate_judge,
        judge_estimate,
        judge_run_name,
    )
    from harness.study.calibrate.labels import read_labels
    from harness.study.calibrate.scenes import scene_labels
    from harness.study.calibrate.store import store_floors
    from harness.study.history.history import Change, History, Trace, Visit, history_of
    from harness.study.monitor.night import accept_change, prepare_night, run_night
    from harness.study.monitor.plan import MonitorOptions
    from harness.study.monitor.reading import monitor_report
    from harness.study.monitor.state import NIGHTS_FILE, MonitorState, MonitorStateError
    from harness.study.probe.choice import Group
    from harness.study.probe.estimate import ProbeEstimate
    from harness.study.probe.probe import ProbeOptions, ProbeReport, prepare_probe, run_probe, store_probed
    from harness.study.study_session import cut_off, unfinished_study

_HOMES = {
    "audit.arms": ("AuditSpec", "estimates_of_arms", "plan_audit"),
    "audit.audit": ("audit_runs", "audit_suite", "unfinished_audit"),
    "audit.generate": ("AuditOptions",),
    "bench.arms": ("BenchSpec", "arms_of"),
    "bench.bench": ("BenchOptions", "bench_estimates", "run_bench", "unfinished_bench"),
    "calibrate.calibrate": (
        "Calibrated",
        "Calibration",
        "CalibrationEstimate",
        "calibratable",
        "calibration_estimate",
        "measured_floors",
        "run_calibration",
    ),
    "calibrate.judge": (
        "EACH",
        "JudgeCalibration",
        "JudgeEstimate",
        "JudgeOptions",
        "calibrate_judge",
        "judge_estimate",
        "judge_run_name",
    ),
    "calibrate.labels": ("read_labels",),
    "calibrate.scenes": ("scene_labels",),
    "calibrate.store": ("store_floors",),
    "history.history": ("Change", "History", "Trace", "Visit", "history_of"),
    "monitor.night": ("accept_change", "prepare_night", "run_night"),
    "monitor.plan": ("MonitorOptions",),
    "monitor.reading": ("monitor_report",),
    "monitor.state": ("NIGHTS_FILE", "MonitorState", "MonitorStateError"),
    "probe.choice": ("Group",),
    "probe.estimate": ("ProbeEstimate",),
    "probe.probe": ("ProbeOptions", "ProbeReport", "prepare_probe", "run_probe", "store_probed"),
    "study_session": ("cut_off", "unfinished_study"),
}

__all__ = [
    "EACH",
    "NIGHTS_FILE",
    "AuditOptions",
    "AuditSpec",
    "BenchOptions",
    "BenchSpec",
    "Calibrated",
    "Calibration",
    "CalibrationEstimate",
    "Change",
    "Group",
    "History",
    "JudgeCalibration",
    "JudgeEstimate",
    "JudgeOptions",
    "MonitorOptions",
    "MonitorState",
    "MonitorStateError",
    "ProbeEstimate",
    "ProbeOptions",
    "ProbeReport",
    "Trace",
    "Visit",
    "accept_change",
    "arms_of",
    "audit_runs",
    "audit_suite",
    "bench_estimates",
    "calibratable",
    "calibrate_judge",
    "calibration_estimate",
    "cut_off",
    "estimates_of_arms",
    "history_of",
    "judge_estimate",
    "judge_run_name",
    "measured_floors",
    "monitor_report",
    "plan_audit",
    "prepare_night",
    "prepare_probe",
    "read_labels",
    "run_bench",
    "run_calibration",
    "run_night",
    "run_probe",
    "scene_labels",
    "store_floors",
    "store_probed",
    "unfinished_audit",
    "unfinished_bench",
    "unfinished_study",
]

__getattr__ = lazy(__name__, _HOMES)
