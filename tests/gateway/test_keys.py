"""API keys, their limits, and where a gateway may be reached without them."""

import asyncio
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.gateway import Gateway, GatewayOptions
from harness.gateway.errors import RateLimitedError, UnauthorizedError, UnavailableError
from harness.gateway.exposure import check_exposure, is_loopback
from harness.gateway.key_limits import KeyLimits
from harness.gateway.keys import Keys, add_key, list_keys, revoke_key
from harness.gateway.records import Caller, ImageRequest
from harness.vocabulary import Quality


def test_a_key_is_returned_once_and_only_its_hash_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl"
    key = add_key(path, "ci", rate=10, concurrency=2)
    assert key.startswith("hk_")
    assert len(key) >= 3 + 43
    assert key.encode() not in path.read_bytes()
    (stored,) = list_keys(path)
    assert (stored.name, stored.rate, stored.concurrency) == ("ci", 10, 2)
    assert Keys(path).authenticate(key) == "ci"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_running_gateway_follows_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl"
    first = add_key(path, "one")
    keys = Keys(path)
    second = add_key(path, "two")
    assert keys.authenticate(second) == "two"
    revoke_key(path, "one")
    with pytest.raises(UnauthorizedError):
        keys.authenticate(first)
    assert keys.authenticate(second) == "two"


@pytest.mark.parametrize("presented", [None, "", "hk_", "hk_\udcff", "x" * 100_000])
def test_anything_else_is_refused(tmp_path: Path, presented: str | None) -> None:
    path = tmp_path / "keys.jsonl"
    add_key(path, "one")
    with pytest.raises(UnauthorizedError):
        Keys(path).authenticate(presented)


def test_a_file_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl"
    key = add_key(path, "one")
    keys = Keys(path)
    good = path.read_bytes()
    path.write_text("{torn")
    for _ in range(2):
        with pytest.raises(UnavailableError):
            keys.authenticate(key)
    path.unlink()
    with pytest.raises(UnavailableError):
        keys.authenticate(key)
    path.write_bytes(good)
    assert keys.authenticate(key) == "one"


def test_names_are_unique_and_revoking_needs_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl"
    add_key(path, "one")
    for name in ("one", "", "a b", "\x1b[31m", "n" * 65):
        with pytest.raises(UsageError):
            add_key(path, name)
    with pytest.raises(UsageError):
        revoke_key(path, "two")
    for wrong in ({"rate": 0.0}, {"rate": float("nan")}, {"concurrency": 0}):
        with pytest.raises(UsageError):
            add_key(path, "three", **wrong)
    assert [one.name for one in list_keys(path)] == ["one"]


def test_keys_added_at_the_same_time_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl"
    threads = [threading.Thread(target=add_key, args=(path, f"k{i}")) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.name for one in list_keys(path)} == {f"k{i}" for i in range(8)}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "a.localhost", "LOCALHOST."])
def test_loopback_needs_no_keys(tmp_path: Path, host: str) -> None:
    assert is_loopback(host)
    check_exposure(GatewayOptions(tmp_path, tmp_path, host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.2", "example.com", "127.0.0.1.example.com"])
def test_another_address_needs_keys(tmp_path: Path, host: str) -> None:
    options = GatewayOptions(tmp_path / "data", tmp_path / "reports", host=host)
    with pytest.raises(UsageError):
        Gateway.open(options)
    assert not (tmp_path / "data").exists()
    check_exposure(replace(options, keys=tmp_path / "keys.jsonl"))


def test_a_keys_file_that_is_missing_is_refused_when_the_gateway_opens(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Gateway.open(GatewayOptions(tmp_path / "data", tmp_path / "reports", keys=tmp_path / "missing"))


def test_a_rate_counts_each_key_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl"
    add_key(path, "slow", rate=2)
    add_key(path, "usual")
    limits = KeyLimits(Keys(path), rate=3, concurrency=None)
    for name, count in (("slow", 2), ("usual", 3)):
        for _ in range(count):
            limits.count(name)
        with pytest.raises(RateLimitedError) as caught:
            limits.count(name)
        assert 0 < caught.value.seconds < 61
    assert limits.refused == {"slow": 1, "usual": 1}


def test_less_than_one_request_a_minute(tmp_path: Path) -> None:
    limits = KeyLimits(Keys(None), rate=0.5, concurrency=None)
    limits.count("")
    with pytest.raises(RateLimitedError) as caught:
        limits.count("")
    assert 60 < caught.value.seconds < 121


def test_a_key_has_at_most_so_many_open_jobs(gateway_options: GatewayOptions, tmp_path: Path) -> None:
    path = tmp_path / "keys.jsonl"
    add_key(path, "one", concurrency=1)
    add_key(path, "two")
    options = replace(gateway_options, keys=path, accept_only=True)
    request = ImageRequest("painter", "a red circle", size=(64, 64), quality=Quality.DRAFT)
    with Gateway.open(options) as gateway:
        job = asyncio.run(gateway.service.submit(request, Caller("one", idempotency_key="a")))
        with pytest.raises(RateLimitedError):
            asyncio.run(gateway.service.submit(request, Caller("one")))
        # the same request again is the same job, and opens none
        assert asyncio.run(gateway.service.submit(request, Caller("one", idempotency_key="a"))).id == job.id
        for _ in range(3):
            asyncio.run(gateway.service.submit(request, Caller("two")))
        gateway.store.cancel(job.id)
        asyncio.run(gateway.service.submit(request, Caller("one")))
