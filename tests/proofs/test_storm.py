"""A short storm of kills; ``make storm`` is the long one."""

import pytest

from tests.proofs.storm import storm


@pytest.mark.slow
def test_kills_lose_nothing_generate_nothing_twice_and_leave_no_half_written_file() -> None:
    tally = storm(kills=8, seed=3, most=3, commands=("run", "calibrate", "decide"))
    assert tally.kills == 8
    assert tally.fine, tally.examples
