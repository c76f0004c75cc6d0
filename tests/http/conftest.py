"""The loopback server of the providers' tests, for the transport's own."""

from collections.abc import Iterator

import pytest

from harness.http import Settings, Transport
from tests.provider.servers.base import Loopback


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's environment says of proxies is not what is tested."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


@pytest.fixture
def transport(server: Loopback) -> Iterator[Transport]:
    transport = Transport("mine", Settings(server.url, retries=2))
    yield transport
    transport.close()
