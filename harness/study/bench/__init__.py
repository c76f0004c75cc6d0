"""Providers, models and quality tiers measured beside each other."""

from harness.study.bench.arms import Arm, BenchSpec, arms_of
from harness.study.bench.bench import BenchOptions, bench_estimates, generations_of, run_bench, unfinished_bench

__all__ = [
    "Arm",
    "BenchOptions",
    "BenchSpec",
    "arms_of",
    "bench_estimates",
    "generations_of",
    "run_bench",
    "unfinished_bench",
]
