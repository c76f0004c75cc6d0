"""A comparison as plain JSON data, the way ``harness compare --json`` prints it."""

from typing import Any

from harness.records import Comparison


def measurements_json(comparison: Comparison) -> dict[str, dict[str, Any]]:
    """Each metric with its ``value``, or ``absent`` with the reason; hashes also with both hex values ``a`` and ``b``.

    A value is a number, or true or false for ``bytes_equal`` and ``pixels_equal``.
    """
    reported: dict[str, dict[str, Any]] = {}
    for name, measured in comparison.measurements.items():
        said = {"value": measured.value} if measured.absent is None else {"absent": measured.absent}
        reported[name] = said | dict(measured.detail or {})
    return reported
