"""Questions over many runs: probe, calibrate, audit, bench."""

from harness.study.bench import BenchOptions, bench, drawings_of
from harness.study.bench_arms import Arm, Wanted, arms_of

__all__ = ["Arm", "BenchOptions", "Wanted", "arms_of", "bench", "drawings_of"]
