from datetime import UTC, datetime, timedelta, timezone

from harness.ledger import timestamp


def test_a_time_is_reported_in_utc() -> None:
    east = datetime(2026, 11, 22, 11, 19, 11, 437_900, timezone(timedelta(hours=1)))
    assert timestamp(east) == "2026-11-22T10:19:11Z"
    assert timestamp(east, timespec="milliseconds") == "2026-11-22T10:19:11.437Z"
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= datetime.fromisoformat(timestamp()) <= datetime.now(UTC)
