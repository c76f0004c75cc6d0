"""Providers, models and quality tiers measured beside each other."""

from harness.study.bench.arms import Arm, BenchSpec, arms_of
from harness.study.bench.bench import BenchOptions, estimated_cost, generations_of, run_bench, unfinished_bench

__all__ = [
    "Arm",
    "BenchOptions",
    "BenchSpec",
    "arms_of",
    "estimated_cost",
    "generations_of",
    "run_bench",
    "unfinished_bench",
]
