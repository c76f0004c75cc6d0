"""Make the painter's tables: ``python -m training.tables OUT.npz``. Decimal arithmetic, so always the same bytes."""

import argparse
from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np

from training.export import write

STEPS = 512
"""Entries of the table of exp for each unit of its argument."""

REACH = 14
"""exp(-x) is taken as 0 from here on."""

EXP_BITS = 20
HALF = 8192
"""Entries of the table of the normal distribution, for one sign."""


def exponential() -> list[int]:
    """Return 2^EXP_BITS · exp(-i / STEPS), rounded."""
    return [int((Decimal(2**EXP_BITS) * (-Decimal(i) / STEPS).exp()).to_integral_value()) for i in range(REACH * STEPS)]


def _cdf(x: Decimal) -> Decimal:
    """Return the integral of the normal density from 0 to x, by its series around 0."""
    term, total, n = x, x, 0
    while abs(term) > Decimal("1e-22"):
        n += 1
        term = -term * x * x / (2 * n)
        total += term / (2 * n + 1)
    return total / (2 * Decimal("3.14159265358979323846264338328")).sqrt()


def normal() -> list[int]:
    """Return 4096 · z for the midpoints of HALF equally likely slices of the positive half, rounded."""
    out, z = [], Decimal(0)
    root = (2 * Decimal("3.14159265358979323846264338328")).sqrt()
    for i in range(HALF):
        p = (Decimal(i) + Decimal("0.5")) / (2 * HALF)
        for _ in range(60):
            step = (_cdf(z) - p) * root * (z * z / 2).exp()
            z -= max(Decimal("-0.2"), min(Decimal("0.2"), step))
            if abs(step) < Decimal("1e-9"):
                break
        out.append(int((z * 4096).to_integral_value()))
    return out


def main() -> None:
    """Write both tables and print the digest of the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    a = parser.parse_args()
    getcontext().prec = 40
    print(write(a.out, {"exp": np.array(exponential(), np.int32), "normal": np.array(normal(), np.int16)}))


if __name__ == "__main__":
    main()
