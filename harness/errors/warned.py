"""Warnings: what is usable, and hardly meant as it is. Commands print them, pytest lists them, Python shows them."""

import warnings


class HarnessWarning(UserWarning):
    """Something that was passed over, on one line, with what to do about it."""


def warn(message: object) -> None:
    """Warn once of each message, at the place that called the caller."""
    warnings.warn(HarnessWarning(str(message)), stacklevel=3)
