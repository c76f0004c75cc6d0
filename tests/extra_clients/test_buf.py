"""``buf curl``, which learns the services from the server."""

import hashlib
import json
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.extra_clients.painting import PROMPT, SIDE, painted
from tests.extra_clients.serving import Addresses, serving

BUF = shutil.which("buf", path=str(Path(sys.executable).parent)) or "buf"
IMAGES = "harness.v1.ImageService"
OPERATIONS = "google.longrunning.Operations"
PARAMETERS: dict[str, Any] = {
    "model": "painter",
    "prompt": PROMPT,
    "seed": 7,
    "size": {"width": SIDE, "height": SIDE},
    "quality": "QUALITY_DRAFT",
}
Buf = Callable[..., str]
"""``buf(address, *words)`` → what ``buf curl`` printed."""
Call = Callable[..., list[Any]]
"""``call(method, **message)`` → the messages of its reply."""


class CurlError(Exception):
    """What ``buf curl`` printed when it failed."""


@pytest.fixture
def buf(tmp_path: Path) -> Buf:
    """Return a function that runs ``buf curl`` where there are no protos."""

    def run(address: str, *words: str) -> str:
        ended = subprocess.run(
            [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", *words, f"http://{address}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if ended.returncode:
            raise CurlError(ended.stderr)
        return ended.stdout

    return run


@pytest.fixture
def call(buf: Buf, gateway: Addresses) -> Call:
    """Return a function that calls a method and returns the messages of its reply."""

    def run(method: str, address: str = gateway.grpc, **message: Any) -> list[Any]:
        return messages(buf(f"{address}/{method}", "-d", json.dumps(message)))

    return run


def messages(text: str) -> list[Any]:
    """Return the JSON documents of a text."""
    found, decoder = [], json.JSONDecoder()
    rest = text.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        found.append(document)
        rest = rest[end:].lstrip()
    return found


def digest(*parts: str) -> str:
    """Return the SHA-256 of base64 in parts."""
    return hashlib.sha256(b"".join(map(b64decode, parts))).hexdigest()


def test_reflection_lists_the_services(buf: Buf, gateway: Addresses) -> None:
    assert {IMAGES, OPERATIONS, "grpc.health.v1.Health"} <= set(buf(gateway.grpc, "--list-services").split())
    assert {f"{IMAGES}/Generate", f"{OPERATIONS}/WaitOperation"} <= set(buf(gateway.grpc, "--list-methods").split())


@pytest.mark.parametrize("service", ["", IMAGES, OPERATIONS])
def test_it_is_healthy(call: Call, service: str) -> None:
    assert call("grpc.health.v1.Health/Check", service=service) == [{"status": "SERVING"}]


def test_images_are_the_painters(call: Call) -> None:
    (reply,) = call(f"{IMAGES}/Generate", parameters=PARAMETERS | {"n": 2})
    assert [digest(image["content"]) for image in reply["images"]] == [painted(7), painted(8)]
    assert [int(image["seed"]) for image in reply["images"]] == [7, 8]


def test_a_stream_has_partial_images_and_the_image(call: Call) -> None:
    events = call(f"{IMAGES}/GenerateStream", parameters=PARAMETERS, partialImages=True)
    (*before, last) = [name for event in events for name in event]
    assert before[:2] == ["queued", "started"]
    assert last == "done"
    assert "partialImage" in before
    assert digest(*(event["chunk"]["data"] for event in events if "chunk" in event)) == painted(7)


def test_an_operation_is_waited_for(call: Call) -> None:
    (started,) = call(f"{IMAGES}/GenerateAsync", parameters=PARAMETERS)
    (ended,) = call(f"{OPERATIONS}/WaitOperation", name=started["name"], timeout="60s")
    assert ended["done"] is True
    (image,) = ended["response"]["images"]
    assert digest(image["content"]) == painted(7)
    (read,) = call(f"{OPERATIONS}/GetOperation", name=started["name"])
    assert read == ended
    (listed,) = call(f"{OPERATIONS}/ListOperations")
    assert started["name"] in {operation["name"] for operation in listed["operations"]}


def test_an_unknown_model_is_not_found(call: Call) -> None:
    with pytest.raises(CurlError) as raised:
        call(f"{IMAGES}/Generate", parameters=PARAMETERS | {"model": "paintr"})
    assert json.loads(str(raised.value))["code"] == "not_found"


def test_a_rate_limit_is_resource_exhausted(call: Call, tmp_path: Path) -> None:
    with serving(tmp_path, "--fault", "429:1") as gateway, pytest.raises(CurlError) as raised:
        call(f"{IMAGES}/Generate", gateway.grpc, parameters=PARAMETERS)
    assert json.loads(str(raised.value))["code"] == "resource_exhausted"
