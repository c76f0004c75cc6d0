"""Requests that are refused: the status, the code and the field, in the envelope of OpenAI."""

import base64
import json
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from harness.gateway import Gateway, GatewayOptions
from tests.gateway.pixels import alpha_mask, png
from tests.gateway.serving import serving

SMALL = {"prompt": "a red circle", "size": "64x64", "quality": "low"}
WHITE = png(Image.new("RGB", (64, 64), "white"))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    with Gateway.open(GatewayOptions(data=folder / "data", reports=folder / "reports", drain=5.0)) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(gateway: Gateway) -> Iterator[httpx.Client]:
    with serving(gateway) as url, httpx.Client(base_url=url, timeout=30) as opened:
        yield opened


def code_of(reply: httpx.Response) -> tuple[int, str, str | None]:
    error = reply.json()["error"]
    assert set(error) <= {"message", "type", "code", "param", "hint"}
    return reply.status_code, error["code"], error["param"]


def data_url(data: bytes, media: str = "image/png") -> str:
    return f"data:{media};base64,{base64.b64encode(data).decode()}"


def bomb(side: int) -> bytes:
    """Return a PNG of a few kilobytes that claims ``side`` × ``side`` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"prompt": ""}, (400, "invalid-request", "prompt")),
        ({"prompt": "   "}, (400, "invalid-request", "prompt")),
        ({"prompt": None}, (400, "invalid-request", "prompt")),
        ({"n": 0}, (400, "invalid-request", "n")),
        ({"n": 11}, (400, "invalid-request", "n")),
        ({"n": "1"}, (400, "invalid-request", "n")),
        ({"seed": 2**53}, (400, "invalid-request", "seed")),
        ({"seed": 2**53 - 1, "n": 2}, (400, "invalid-request", "seed")),
        ({"seed": -1}, (400, "invalid-request", "seed")),
        ({"seed": True}, (400, "invalid-request", "seed")),
        ({"seed": 1.5}, (400, "invalid-request", "seed")),
        ({"model": "paintr"}, (404, "unknown-model", "model")),
        ({"quality": "ultra"}, (400, "invalid-request", "quality")),
        ({"size": "64"}, (400, "invalid-request", "size")),
        ({"size": "0x64"}, (400, "invalid-request", "size")),
        ({"size": "9000x9000"}, (400, "invalid-request", "size")),
        ({"size": "8x8"}, (400, "generation-invalid", None)),
        ({"prompt": "qqq zzz"}, (400, "generation-invalid", None)),
        ({"style": "cubist", "strict": True}, (400, "not-honored", "style")),
        ({"guidance": 1000}, (400, "invalid-request", "guidance")),
        ({"guidance": 50}, (400, "generation-invalid", None)),
        ({"partial_images": 4}, (400, "invalid-request", "partial_images")),
        ({"response_format": "base64"}, (400, "invalid-request", "response_format")),
        ({"stream": "yes"}, (400, "invalid-request", "stream")),
        ({"output_format": "gif"}, (400, "invalid-request", "output_format")),
    ],
)
def test_a_field_that_cannot_be(client: httpx.Client, fields: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert code_of(client.post("/v1/images/generations", json=SMALL | fields)) == expected


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/v1/images/generations", SMALL | {"size": "64"}, '"64"'),
        ("/v1/images/generations", SMALL | {"size": "8x8"}, "8x8"),
        ("/v1/images/generations", SMALL | {"n": "1"}, "number"),
        ("/v1/images/generations", SMALL | {"prompt": 5}, "text"),
        ("/v1/images/generations", {"size": "64x64"}, "prompt"),
        ("/api/v1/images", {"model": "painter", "prompt": "a", "aspect_ratio": "x"}, '"x"'),
        ("/api/v1/images", {"model": "painter", "prompt": "a", "resolution": "9K"}, '"9K"'),
    ],
)
def test_a_message_names_the_value_and_no_pattern(
    client: httpx.Client, path: str, body: dict[str, Any], named: str
) -> None:
    reply = client.post(path, json=body)
    assert reply.status_code == 400
    message = reply.json()["error"]["message"]
    assert named in message
    assert not re.search(r"[\^$(]|pattern|Input|Value error|String", message), message


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"prompt": "\\ud800"}'])
def test_a_body_that_is_no_request(client: httpx.Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    for path in ("/v1/images/generations", "/v1/images/edits"):
        status, *_ = code_of(client.post(path, content=body, headers=headers))
        assert status == 400


@pytest.mark.parametrize("value", ["NaN", '"\\ud800"', "1e400", "9" * 400, '{"deep": [1, {"x": null}]}'])
def test_a_setting_of_any_value_is_no_fault_of_the_server(client: httpx.Client, value: str) -> None:
    for name in ("arithmetic", "unknown", "\\ud800"):
        body = json.dumps(SMALL)[:-1] + f', "{name}": {value}}}'
        reply = client.post("/v1/images/generations", content=body, headers={"content-type": "application/json"})
        assert reply.status_code in (200, 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type(client: httpx.Client, kind: str) -> None:
    for path in ("/v1/images/generations", "/v1/images/edits"):
        reply = client.post(path, content=json.dumps(SMALL), headers={"content-type": kind})
        assert code_of(reply) == (415, "content-type", None)


def test_an_unknown_model_names_the_nearest(client: httpx.Client) -> None:
    reply = client.get("/v1/models/paintr")
    assert code_of(reply) == (404, "unknown-model", "model")
    assert "`painter`" in reply.json()["error"]["hint"]


@pytest.mark.parametrize(
    ("address", "param"),
    [
        ("data:image/png;base64,%%%", "images.0.image_url"),
        ("data:image/png,plain", "images.0.image_url"),
        (data_url(b"plain text"), "images.0.image_url"),
        (data_url(WHITE[:-40]), "images.0.image_url"),
        (data_url(bomb(30_000)), "images.0.image_url"),
        ("http://127.0.0.1/image.png", "images.0.image_url"),
        ("https://localhost/image.png", "images.0.image_url"),
        ("https://169.254.169.254/latest/meta-data", "images.0.image_url"),
        ("https://[::1]/image.png", "images.0.image_url"),
        ("https://2130706433/image.png", "images.0.image_url"),
        ("file:///etc/passwd", "images.0.image_url"),
        ("/etc/passwd", "images.0.image_url"),
    ],
)
def test_the_address_of_an_image_that_is_not_read(client: httpx.Client, address: str, param: str) -> None:
    reply = client.post("/v1/images/edits", json=SMALL | {"images": [{"image_url": address}]})
    assert code_of(reply) == (400, "invalid-request", param)


def test_an_image_of_this_machine_is_not_fetched(client: httpx.Client) -> None:
    made = client.post("/v1/images/generations", json=SMALL | {"response_format": "url"}).json()
    url = made["data"][0]["url"]
    assert httpx.get(url).status_code == 200
    reply = client.post("/v1/images/edits", json=SMALL | {"images": [{"image_url": url}]})
    assert code_of(reply) == (400, "invalid-request", "images.0.image_url")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], (400, "invalid-request", "image")),
        ([("image", WHITE), ("image", WHITE)], (400, "several-images", "image")),
        ([("image[]", WHITE), ("image[]", WHITE)], (400, "several-images", "image")),
        ([("image", WHITE), ("image[]", WHITE)], (400, "several-images", "image")),
        ([("image", b"")], (400, "invalid-request", "image")),
        ([("image", b"plain text")], (400, "invalid-request", "image")),
        ([("image", WHITE[:-40])], (400, "invalid-request", "image")),
        ([("image", bomb(30_000))], (400, "invalid-request", "image")),
        ([("image", WHITE), ("mask", b"plain text")], (400, "invalid-request", "mask")),
        ([("image", WHITE), ("mask", alpha_mask((64, 64), (0, 0, 0, 0)))], (400, "invalid-request", "mask")),
        ([("image", WHITE), ("mask", alpha_mask((32, 32), (0, 0, 9, 9)))], (400, "generation-invalid", None)),
        ([("image", alpha_mask((64, 64), (0, 0, 9, 9)))], (400, "generation-invalid", None)),
    ],
)
def test_the_files_of_an_edit(client: httpx.Client, files: list[tuple[str, bytes]], expected: tuple[Any, ...]) -> None:
    parts = [(name, ("../../name.png", data, "image/png")) for name, data in files]
    # one file more that is ignored, so that the body is a form
    parts.append(("other", ("x", b"x", "text/plain")))
    assert code_of(client.post("/v1/images/edits", data={"prompt": "a red circle"}, files=parts)) == expected


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": "two"}, "n"),
        ({"n": "0"}, "n"),
        ({"seed": "true"}, "seed"),
        ({"stream": "yes"}, "stream"),
        ({"prompt": ""}, "prompt"),
        ({"quality": "ultra"}, "quality"),
        ({"prompt": ["one", "two"]}, "prompt"),
        ({"image": "a text"}, "image"),
    ],
)
def test_the_texts_of_a_form(client: httpx.Client, fields: dict[str, Any], param: str) -> None:
    reply = client.post("/v1/images/edits", data={"prompt": "a red circle"} | fields, files={"image": WHITE})
    assert code_of(reply) == (400, "invalid-request", param)


def test_a_file_name_is_not_used(client: httpx.Client, gateway: Gateway) -> None:
    reply = client.post(
        "/v1/images/edits",
        data={"prompt": "a red circle", "quality": "low", "strength": "0.8"},
        files={"image": ("../../../outside.png", WHITE, "text/html")},
    )
    assert reply.status_code == 200
    stored = [path.name for path in gateway.options.data.parent.rglob("*") if "outside" in path.name]
    assert stored == []


def test_a_mask_without_alpha_is_edited_where_it_is_white(client: httpx.Client) -> None:
    mask = Image.new("RGB", (64, 64), "black")
    mask.paste("white", (32, 0, 64, 64))
    reply = client.post(
        "/v1/images/edits",
        data={"prompt": "a red square", "quality": "low", "seed": "1"},
        files={"image": ("a", WHITE), "mask_image": ("b", png(mask))},
    )
    assert reply.status_code == 200, reply.text
    assert reply.json()["harness"] | {"job": ""} == {"job": "", "not_honored": [], "seeds": [1]}
