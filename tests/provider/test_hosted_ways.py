"""Every hosted system by every way that a call can go wrong on: the network, streams, waits, replies of other kinds."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.provider import Job, create
from tests.provider.hosting import KEY_ENV, ROWS, Row
from tests.provider.servers.base import Act, Loopback, hang, html, oversized, raw, reply, sse, status
from tests.provider.servers.images import PROMPT, painted

Make = Callable[..., Job]
NAMES = sorted(ROWS)
STREAMING = [name for name in NAMES if ROWS[name].stream]
KEY = "sk-a-key-for-the-way-0123456789"
PASSWORD = "pa55word"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(KEY_ENV, f"me:{KEY}")
    monkeypatch.setattr("harness.http.retry.FIRST", 0.01)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def options(row: Row, base_url: str, **more: Any) -> dict[str, Any]:
    return {**row.options, "base_url": base_url, "api_key_env": KEY_ENV, "retries": 0, **more}


def generate(row: Row, options: dict[str, Any], job: Job) -> Any:
    provider = create("mine", row.kind, options, Path())
    try:
        return provider.generate(job)
    finally:
        provider.close()


class Served:
    """A row with its server running, generated from as a suite would."""

    def __init__(self, name: str, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.row = ROWS[name]
        self.server = stack.enter_context(self.row.server())
        if self.row.key:
            monkeypatch.setenv(KEY_ENV, self.row.key)

    def generate(self, job: Job, **more: Any) -> Any:
        return generate(self.row, self.row.settings(self.server, **more), job)


@pytest.fixture
def served(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Served]:
    return lambda name: Served(name, stack, monkeypatch)


def unknown_host(stack: ExitStack, patch: pytest.MonkeyPatch) -> str:
    return "https://api.does-not-exist.invalid/v1"


def nothing_there(stack: ExitStack, patch: pytest.MonkeyPatch) -> str:
    return "http://127.0.0.1:9/v1"


def own_certificate(stack: ExitStack, patch: pytest.MonkeyPatch) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return stack.enter_context(Loopback(tls=context)).url


def no_tls(stack: ExitStack, patch: pytest.MonkeyPatch) -> str:
    return stack.enter_context(Loopback()).url.replace("http:", "https:")


def dead_proxy(stack: ExitStack, patch: pytest.MonkeyPatch) -> str:
    patch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@127.0.0.1:9")
    return "https://api.example.com/v1"


def unknown_proxy(stack: ExitStack, patch: pytest.MonkeyPatch) -> str:
    patch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@proxy.does-not-exist.invalid:3128")
    return "https://api.example.com/v1"


def proxy_with_a_login(stack: ExitStack, patch: pytest.MonkeyPatch) -> str:
    proxy = stack.enter_context(Loopback(lambda _: status(407, "log in first")))
    patch.setenv("HTTP_PROXY", proxy.url.replace("//", f"//me:{PASSWORD}@"))
    return "http://api.example.com/v1"


@pytest.mark.parametrize(
    ("way", "problem", "hint"),
    [
        (unknown_host, "the host api.does-not-exist.invalid cannot be found", "`base_url`"),
        (nothing_there, "127.0.0.1:9 refuses connections", "`base_url`"),
        (own_certificate, "is not trusted", "SSL_CERT_FILE"),
        (no_tls, "no secured connection", "http://"),
        (dead_proxy, "the proxy 127.0.0.1:9 refuses connections", "HTTPS_PROXY"),
        (unknown_proxy, "the host of the proxy, proxy.does-not-exist.invalid, cannot be found", "HTTPS_PROXY"),
        (proxy_with_a_login, "status 407: log in first", "HTTP_PROXY"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_way_that_is_blocked(
    job: Make, stack: ExitStack, monkeypatch: pytest.MonkeyPatch, name: str, way: Any, problem: str, hint: str
) -> None:
    row = ROWS[name]
    with pytest.raises(GenerationError) as caught:
        generate(row, options(row, way(stack, monkeypatch), price=0.02), job(PROMPT))
    fault = caught.value
    assert problem in str(fault)
    assert hint in fault.hint
    assert "\n" not in f"{fault}{fault.hint}"
    assert (fault.exit_code, fault.possibly_billed) == (3, False)
    for secret in (KEY, PASSWORD):
        assert secret not in f"{fault} {fault!r} {fault.hint} {fault.__cause__!r}"


@pytest.mark.parametrize("name", NAMES)
def test_what_the_service_asks_to_wait_is_waited(served: Callable[[str], Served], job: Make, name: str) -> None:
    on = served(name)
    on.server.script(status(429, "slow down", retry_after_ms="120"))
    on.generate(job(PROMPT))
    first, second = on.server.requests
    assert second.at - first.at >= 0.12
    assert second.body == first.body


@pytest.mark.parametrize("name", NAMES)
def test_a_wait_longer_than_the_time_there_is(served: Callable[[str], Served], job: Make, name: str) -> None:
    on = served(name)
    on.server.script(status(429, "slow down", retry_after="50"))
    with pytest.raises(GenerationError, match="slow down; it asks for a wait of 50 s, longer than the time") as caught:
        on.generate(job(PROMPT, timeout=5))
    assert len(on.server.requests) == 1, "it is reported at once"
    assert "concurrency" in caught.value.hint


@pytest.mark.parametrize(
    "act",
    [
        raw(painted(PROMPT), "image/png"),
        raw(b"OK", "text/plain"),
        raw(b"", "application/json"),
        html(200),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_reply_of_another_kind(served: Callable[[str], Served], job: Make, name: str, act: Act) -> None:
    on = served(name)
    on.server.script(act)
    with pytest.raises(GenerationError) as caught:
        on.generate(job(PROMPT), retries=0)
    assert "\n" not in str(caught.value)
    assert "base_url" in caught.value.hint
    assert len(on.server.requests) == 1


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_reply_too_large(served: Callable[[str], Served], job: Make, name: str, declared: bool) -> None:
    on = served(name)
    on.server.script(oversized(200_000, declared=declared))
    with pytest.raises(GenerationError, match="larger than the 100000 bytes that are allowed") as caught:
        on.generate(job(PROMPT), max_bytes=100_000, retries=0)
    assert "max_bytes" in caught.value.hint


@pytest.mark.parametrize("name", [name for name in NAMES if name != "comfyui"])
def test_a_gateway_may_refuse_for_any_of_them(served: Callable[[str], Served], job: Make, name: str) -> None:
    on = served(name)
    on.server.script(reply({"error": {"code": "content_policy_violation", "message": "not this"}}, 400))
    with pytest.raises(GenerationRefusedError, match="not this") as caught:
        on.generate(job(PROMPT))
    assert caught.value.hint
    assert len(on.server.requests) == 1


# streams: what a stream brings must count as what a whole reply brings


def finished(row: Row, data: bytes) -> list[Any]:
    """The events by which the row's service brings an image."""
    from tests.provider.servers.images import b64

    if row.kind == "openrouter" and "endpoint" not in row.options:
        images = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64(data)}"}}]
        return [{"choices": [{"delta": {"images": images}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}]
    partial = {"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": b64(painted(seed=9))}
    return [partial, {"type": "image_generation.completed", "b64_json": b64(data)}]


@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_has_the_story_of_a_reply(served: Callable[[str], Served], job: Make, name: str) -> None:
    on = served(name)
    parsed = sse(*finished(on.row, painted(PROMPT, 3)), x_request_id="req-7", x_ratelimit_remaining="41")
    on.server.script(status(429, retry_after="0"), status(503), parsed)
    generated = on.generate(job(PROMPT), stream=True)
    occasion = generated.environment["reply"]
    assert generated.data == painted(PROMPT, 3)
    assert (occasion["request_id"], occasion["attempts"]) == ("req-7", 3)
    assert occasion["rate_limit"] == {"x-ratelimit-remaining": "41"}
    assert (generated.source, generated.seconds > 0) == ("generated", True)


@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_out_of_a_cache_is_no_generation(served: Callable[[str], Served], job: Make, name: str) -> None:
    on = served(name)
    on.server.script(sse(*finished(on.row, painted(PROMPT, 3)), x_openrouter_cache_status="HIT"))
    generated = on.generate(job(PROMPT), stream=True)
    assert (generated.source, generated.cost) == ("cache", 0.0)


@pytest.mark.parametrize("name", STREAMING)
def test_events_that_are_not_known_are_passed_over(served: Callable[[str], Served], job: Make, name: str) -> None:
    on = served(name)
    odd: list[Any] = [{"type": "unheard.of", "choices": []}, [1], None, {"id": 4, "choices": [{"delta": None}]}]
    known = [{**event, "unheard_of": {"deep": [1, None]}} for event in finished(on.row, painted(PROMPT, 3))]
    on.server.script(sse(*odd, *known, *odd))
    assert on.generate(job(PROMPT), stream=True).data == painted(PROMPT, 3)


@pytest.mark.parametrize(
    ("act", "kind", "problem"),
    [
        (hang(), GenerationTimeoutError, "no image within"),
        (sse({"choices": []}, cut=True), GenerationError, "cut off after"),
        (sse("{not json"), GenerationError, "JSON"),
        (sse({"id": "x" * 200_000}), GenerationError, "larger than the 100000 bytes"),
        (html(200), GenerationError, "an HTML page"),
        (raw(b"", "text/event-stream"), GenerationError, "the stream ended before the image came|holds no image"),
    ],
)
@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_that_brings_no_image(
    served: Callable[[str], Served], job: Make, name: str, act: Act, kind: type[GenerationError], problem: str
) -> None:
    on = served(name)
    on.server.script(act)
    with pytest.raises(GenerationError, match=problem) as caught:
        on.generate(job(PROMPT, timeout=2), stream=True, max_bytes=100_000, price=0.02)
    assert type(caught.value) is kind
    assert caught.value.possibly_billed
    assert len(on.server.requests) == 1, "what may have been paid for is not asked for again"


@pytest.mark.parametrize("name", STREAMING)
def test_a_stream_that_is_refused(served: Callable[[str], Served], job: Make, name: str) -> None:
    on = served(name)
    with pytest.raises(GenerationRefusedError):
        on.generate(job("something forbidden"), stream=True)
    assert len(on.server.requests) == 1


def test_every_service_that_streams_is_among_them() -> None:
    parsed = json.dumps(sorted({ROWS[name].kind for name in STREAMING}))
    from harness.provider import explain

    assert parsed == json.dumps(sorted({row.kind for row in ROWS.values() if "stream" in explain(row.kind).options}))
