"""A gateway that serves the painter, and a real server of it on a free port."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("fastapi")

from harness.gateway import Gateway, GatewayOptions
from harness.suite import ProviderSpec
from tests.gateway.serving import serving

QUICK = ProviderSpec("painter", "painter", {"quality": "draft"})
"""The painter, in a fifth of the time of what it generates by itself."""


@pytest.fixture
def gateway_options(tmp_path: Path) -> GatewayOptions:
    """Return the options of a gateway with its own folders; override it for other options."""
    return GatewayOptions(tmp_path / "gateway", tmp_path / "reports", {"painter": QUICK}, drain=5.0)


@pytest.fixture
def gateway(gateway_options: GatewayOptions) -> Iterator[Gateway]:
    """Yield an open gateway."""
    with Gateway.open(gateway_options) as opened:
        yield opened


@pytest.fixture
def serve() -> Iterator[Callable[[Gateway], str]]:
    """Yield a function that serves a gateway on a free port and returns the base URL, without a slash at the end."""
    with ExitStack() as stack:
        yield lambda gateway: stack.enter_context(serving(gateway))


@pytest.fixture
def server(gateway: Gateway, serve: Callable[[Gateway], str]) -> str:
    """Return the base URL of a real server of the gateway."""
    return serve(gateway)
