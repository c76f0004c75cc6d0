"""Which faults are worth another attempt, and how long to wait before it."""

import email.utils
import random
import time
from collections.abc import Mapping

from harness.http.errors import HttpError

AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
NOT_BEGUN = frozenset({425, 429, 500, 502, 503, 529})
"""Statuses by which a server says that it did not begin to work, or failed at it: services charge for neither. After
a 504 or a cut reply the work may have been done, and paid for."""
FIRST, LONGEST = 0.5, 8.0
"""Seconds: the upper end of the wait before the second attempt, and the longest; each wait is generated from 0 up to
it."""
LONGEST_ASKED = 60.0
"""The longest `Retry-After` that is honored in full."""


def worth_another(fault: HttpError, *, resend: bool) -> bool:
    """Return whether the same call may be sent again after this fault."""
    if fault.content_policy or fault.kind == "cancelled":
        return False
    if fault.status is not None and fault.kind != "body":
        return fault.status in (AGAIN if resend else NOT_BEGUN)
    if fault.kind in ("connect", "timeout", "body", "dns", "proxy"):
        # a name that does not resolve, or a proxy that says no, will not change within seconds
        return fault.kind not in ("dns", "proxy") and (resend or not fault.possibly_billed)
    return False


def wait_before(attempt: int, asked: float | None) -> float:
    """Seconds before attempt 2, 3 …: exponential with full jitter, and never less than was asked for (capped)."""
    # the spread keeps clients apart, it hides nothing
    spread = random.uniform(0.0, min(LONGEST, FIRST * 2.0 ** (attempt - 2)))  # noqa: S311
    return spread if asked is None else min(asked, LONGEST_ASKED) + spread / 4


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds from ``retry-after-ms`` or ``retry-after`` (seconds, or a date), None when neither can be read."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        try:
            value = float(text) / scale
        except ValueError:
            if name == "retry-after" and text:
                return _until(text)
            continue
        if 0.0 <= value < float("inf"):
            return value
    return None


def _until(text: str) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, moment.timestamp() - time.time())
