"""Every call that an image takes has the one time of the image: the job, the looks at it, the fetch, the cancelling."""

from typing import Any

import pytest

from harness.errors import GenerationTimeoutError
from harness.http import Call, Deadline, Transport
from tests.proofs.deadlines import SLOW, slow
from tests.proofs.replies import asked

TIMEOUT = 1.0


@pytest.mark.parametrize("name", SLOW)
def test_no_call_ends_after_the_time_of_the_image(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, float]] = []
    given: list[float] = []
    request, after = Transport.request, Deadline.after

    def requested(transport: Transport, call: Call, deadline: Deadline) -> Any:
        calls.append((call.path, deadline.at))
        return request(transport, call, deadline)

    def begun(seconds: float) -> Deadline:
        deadline = after(seconds)
        if seconds == TIMEOUT:
            given.append(deadline.at)
        return deadline

    monkeypatch.setattr(Transport, "request", requested)
    monkeypatch.setattr(Deadline, "after", begun)
    with slow(name) as provider:
        with pytest.raises(GenerationTimeoutError) as caught:
            provider.generate(asked(0, timeout=TIMEOUT))
        made = list(calls)
    assert caught.value.seconds == TIMEOUT
    [end] = given
    assert all(at <= end + 1e-6 for _, at in made)
    work = [at for path, at in made if path in ("prompt", "sdapi/v1/txt2img")]
    assert all(at < end - TIMEOUT / 10 for at in work), "some of the time is kept for cancelling"


def test_a_reserve_is_part_of_the_time() -> None:
    deadline = Deadline.after(100.0)
    working = deadline.reserving(5.0)
    assert working.at == pytest.approx(deadline.at - 5.0)
    assert working.reserved().at == pytest.approx(deadline.at)
    assert (working.seconds, working.reserved().reserve) == (100.0, 0.0)
    short = Deadline.after(1.0)
    assert short.reserving(5.0).reserve <= 0.2
    assert Deadline.after(0.0).reserving(5.0).left() == 0.0
