"""When something happened, as every file says it."""

from datetime import UTC, datetime


def timestamp(when: datetime | None = None, *, timespec: str = "seconds") -> str:
    """``2026-11-22T10:19:11Z``: the time in UTC, now without ``when``. ``timespec`` is that of datetime.isoformat."""
    return (when or datetime.now(UTC)).astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
