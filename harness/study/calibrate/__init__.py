"""How far repeats lie from the accepted images when nothing changed."""

from harness.study.calibrate.calibrate import (
    Calibrated,
    Calibration,
    CalibrationEstimate,
    calibratable,
    calibration_estimate,
    run_calibration,
)
from harness.study.calibrate.store import store_floors

__all__ = [
    "Calibrated",
    "Calibration",
    "CalibrationEstimate",
    "calibratable",
    "calibration_estimate",
    "run_calibration",
    "store_floors",
]
