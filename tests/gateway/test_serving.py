"""What a gateway that cannot listen says."""

import socket
import threading
from dataclasses import replace

import pytest

from harness.errors import EXIT_USAGE, UsageError
from harness.gateway import Gateway, GatewayOptions
from harness.gateway.serving import serve


def test_an_address_that_is_taken_is_an_error_of_usage(gateway_options: GatewayOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Gateway.open(replace(gateway_options, port=port)) as gateway, pytest.raises(UsageError) as caught:
            serve(gateway, threading.Event(), lambda _: None)
    assert str(port) in str(caught.value)
    assert caught.value.exit_code == EXIT_USAGE
