"""What holds of every hosted system: whatever the service does comes out as an image or as a named fault."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.http import MissingKeyError
from harness.image import decode, pixel_digest, sniff
from harness.provider import BadOptionError, Job, Provider, adapter_of, create, explain
from tests.provider.hosting import KEY_ENV, ROWS, Row
from tests.provider.servers.base import Loopback, hang, html, oversized, raw, sse, status, truncated
from tests.provider.servers.images import PROMPT, encoded, opened, painted

Make = Callable[..., Job]


def rows(trait: str) -> Any:
    """Only the rows that have something."""
    return pytest.mark.parametrize("row", sorted(n for n, row in ROWS.items() if getattr(row, trait)), indirect=True)


@pytest.fixture(params=sorted(ROWS))
def row(request: pytest.FixtureRequest) -> Row:
    return ROWS[request.param]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    """The key, no proxies, and short waits between attempts."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(KEY_ENV, row.key or "unused-key-0123456789")
    monkeypatch.setattr("harness.http.retry.FIRST", 0.01)


@pytest.fixture
def server(row: Row) -> Iterator[Any]:
    with row.server() as server:
        yield server


@pytest.fixture
def build(row: Row, server: Loopback) -> Iterator[Callable[..., Provider]]:
    made: list[Provider] = []

    def build(**more: Any) -> Provider:
        made.append(create("mine", row.kind, row.settings(server, **more), Path()))
        return made[-1]

    yield build
    for provider in made:
        provider.close()


@pytest.fixture
def provider(build: Callable[..., Provider]) -> Provider:
    return build()


def generates(provider: Provider, job: Make, **more: Any) -> Any:
    return provider.generate(job(PROMPT, **more))


def pixels(data: bytes) -> str:
    return pixel_digest(decode(data).pixels)


def test_it_is_a_provider(provider: Provider, row: Row, server: Loopback) -> None:
    assert isinstance(provider, Provider)
    assert (provider.name, provider.kind) == ("mine", row.kind)
    assert adapter_of(row.kind).capabilities(row.settings(server)) == provider.capabilities
    assert {"prompt", "size", "model"} <= provider.capabilities.honors
    assert not server.requests, "promises are reported without asking the service"


def test_it_generates_an_image_with_its_story(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    generated = generates(provider, job)
    image = decode(generated.data)
    assert (image.width, image.height) == (64, 64)
    assert (generated.source, generated.answer) == ("generated", None)
    assert generated.seconds > 0
    assert generated.cost is None or generated.cost >= 0
    parsed = json.dumps(generated.environment)
    assert json.loads(parsed) == generated.environment
    assert "reply" in generated.environment
    assert row.key is None or row.key not in parsed
    assert "clamped" not in generated.environment


def test_a_seed_is_sent_or_reported_as_left_out(provider: Provider, job: Make, row: Row) -> None:
    first, again, other = (generates(provider, job, seed=seed) for seed in (1, 1, 2))
    assert ("seed" in first.environment.get("omitted", ())) != row.seeded
    if row.seeded:
        assert pixels(first.data) == pixels(again.data) != pixels(other.data)


def test_words_it_does_not_honor_are_reported(provider: Provider, job: Make) -> None:
    generated = generates(provider, job, negative_prompt="green", style="flat", quality="draft")
    left_out = set(generated.environment.get("omitted", ()))
    assert left_out >= {"negative_prompt", "style", "quality"} - provider.capabilities.honors
    assert not left_out & provider.capabilities.honors


def test_several_threads_generate_each_their_own(provider: Provider, job: Make, row: Row) -> None:
    with ThreadPoolExecutor(4) as threads:
        generated = list(threads.map(lambda seed: generates(provider, job, seed=seed), range(8)))
    assert len({pixels(one.data) for one in generated}) > 1
    if row.seeded:
        assert [pixels(one.data) for one in generated] == [
            pixels(generates(provider, job, seed=s).data) for s in range(8)
        ]


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_bytes_stay_as_they_came(provider: Provider, job: Make, row: Row, server: Loopback, kind: str) -> None:
    data = painted(PROMPT, 5, kind)
    server.script(row.holding(data))
    generated = generates(provider, job)
    assert generated.data == data
    assert sniff(generated.data) == kind


@rows("edits")
def test_it_edits_an_image(provider: Provider, job: Make, row: Row, tmp_path: Path) -> None:
    image = tmp_path / "in.png"
    image.write_bytes(encoded(np.full((64, 64, 3), 200, np.uint8)))
    edited, plain = generates(provider, job, image=image), generates(provider, job)
    assert "image" not in edited.environment.get("omitted", ())
    assert pixels(edited.data) != pixels(plain.data)


def test_a_mask_keeps_what_is_black(provider: Provider, job: Make, row: Row, tmp_path: Path) -> None:
    if not row.masks:
        assert "mask" not in provider.capabilities.honors
        return
    image, mask = tmp_path / "in.png", tmp_path / "mask.png"
    image.write_bytes(encoded(np.full((64, 64, 3), 200, np.uint8)))
    half = np.zeros((64, 64), np.uint8)
    half[:, 32:] = 255
    Image.fromarray(half).save(mask)
    pixels = opened(generates(provider, job, image=image, mask=mask).data)
    assert (pixels[:, :32] == 200).all()
    assert (pixels[:, 32:] != 200).any()


@pytest.mark.parametrize("row", ["openai"], indirect=True)
def test_a_mask_of_another_size_is_reported(provider: Provider, job: Make, row: Row, tmp_path: Path) -> None:
    image, mask = tmp_path / "in.png", tmp_path / "mask.png"
    image.write_bytes(encoded(np.zeros((64, 64, 3), np.uint8)))
    mask.write_bytes(encoded(np.zeros((32, 64, 3), np.uint8)))
    with pytest.raises(GenerationError, match=r"mask\.png is 64x32, its image 64x64"):
        generates(provider, job, image=image, mask=mask)


def test_an_input_that_is_no_image_is_reported(provider: Provider, job: Make, row: Row, tmp_path: Path) -> None:
    (tmp_path / "in.png").write_text("<html>")
    with pytest.raises(GenerationError, match="an HTML page"):
        generates(provider, job, image=tmp_path / "in.png")
    with pytest.raises(GenerationError, match="cannot be read"):
        generates(provider, job, image=tmp_path / "none.png")


@rows("stream")
def test_it_streams(build: Callable[..., Provider], job: Make, row: Row, server: Loopback) -> None:
    streaming = build(stream=True)
    generated = generates(streaming, job, seed=3)
    assert b'"stream":true' in server.requests[-1].body.replace(b" ", b"")
    assert sniff(generated.data) == "png"
    if row.seeded:
        assert pixels(generated.data) == pixels(generates(build(), job, seed=3).data)


@pytest.mark.parametrize("parsed", [{"message": "upstream went away", "code": 502}, "upstream went away"])
@rows("stream")
def test_a_stream_that_breaks_off_is_a_fault(
    build: Callable[..., Provider], job: Make, row: Row, server: Loopback, parsed: Any
) -> None:
    server.script(sse({"id": "1"}, {"type": "error", "error": parsed, "choices": []}))
    with pytest.raises(GenerationError, match="upstream went away") as caught:
        generates(build(stream=True), job)
    assert caught.value.possibly_billed
    server.script(sse({"id": "1"}))
    with pytest.raises(GenerationError):
        generates(build(stream=True), job)
    assert len(server.requests) == 2, "what may have been paid for is not asked for again"


@rows("stream")
def test_a_stream_answered_whole_is_taken(
    build: Callable[..., Provider], job: Make, row: Row, server: Loopback
) -> None:
    server.script(row.holding(painted(PROMPT, 6)))
    assert generates(build(stream=True), job).data == painted(PROMPT, 6)


def test_too_many_calls_are_waited_for(provider: Provider, job: Make, server: Loopback) -> None:
    server.script(status(429, "slow down", retry_after="0"))
    generated = generates(provider, job)
    assert generated.environment["reply"]["attempts"] == 2
    assert len(server.requests) == 2


def test_failures_of_the_service_pass(provider: Provider, job: Make, server: Loopback) -> None:
    server.script(status(500, "internal"), html(502))
    assert generates(provider, job).environment["reply"]["attempts"] == 3


def test_a_service_that_only_fails_is_reported(build: Callable[..., Provider], job: Make, server: Loopback) -> None:
    server.script(*[html(503)] * 3)
    with pytest.raises(
        GenerationError, match=r"mine: status 503: an HTML page titled '502 Bad Gateway' \(3 attempts\)"
    ):
        generates(build(retries=2), job)


def test_every_sending_is_reported(provider: Provider, job: Make, server: Loopback) -> None:
    from dataclasses import replace

    sent: list[int] = []
    server.script(status(500), status(429, retry_after="0"))
    provider.generate(replace(job(PROMPT), sending=lambda: sent.append(len(server.requests))))
    assert sent == [0, 1, 2], "before each request, and for each"


def test_no_answer_in_time(build: Callable[..., Provider], job: Make, server: Loopback) -> None:
    server.script(hang())
    with pytest.raises(GenerationTimeoutError, match=r"no image within 2 s") as caught:
        generates(build(price=0.02), job, timeout=2)
    assert caught.value.possibly_billed
    assert len(server.requests) == 1


def test_a_cut_reply(build: Callable[..., Provider], job: Make, row: Row, server: Loopback) -> None:
    server.script(truncated(b'{"data": [' + b" " * 5000))
    if not row.paid:
        assert generates(build(), job).environment["reply"]["attempts"] == 2
        return
    with pytest.raises(GenerationError) as caught:
        generates(build(), job)
    assert caught.value.possibly_billed
    assert len(server.requests) == 1, "what may have been paid for is not asked for again"


def test_a_page_instead_of_a_reply(build: Callable[..., Provider], job: Make, server: Loopback) -> None:
    server.script(*[html(200)] * 2)
    with pytest.raises(GenerationError, match="an HTML page") as caught:
        generates(build(retries=1), job)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_json_under_another_name_is_read(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    act = row.holding(painted(PROMPT, 8))

    def as_text(connection: Any) -> None:
        send = connection.send
        connection.send = lambda status, body, _, headers=None: send(status, body, "text/plain", headers)
        act(connection)
        del connection.send

    server.script(as_text)
    assert generates(provider, job).data == painted(PROMPT, 8)


@pytest.mark.parametrize("data", [b"%PDF-1.7" + b"\0" * 40, b"<html></html>", b"words", b""])
def test_what_is_no_image_is_reported(provider: Provider, job: Make, row: Row, server: Loopback, data: bytes) -> None:
    server.script(row.holding(data))
    with pytest.raises(GenerationError):
        generates(provider, job)
    assert len(server.requests) == 1


def test_an_error_reported_with_success(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    server.script(row.broken)
    with pytest.raises(GenerationError, match=r"upstream went away|CUDA out of memory") as caught:
        generates(provider, job)
    assert caught.value.possibly_billed == row.paid
    assert not isinstance(caught.value, GenerationRefusedError)


@rows("refuses")
def test_a_refusal_is_reported_once(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    with pytest.raises(GenerationRefusedError) as caught:
        provider.generate(job("something forbidden"))
    assert len(server.requests) == 1
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@rows("wordy")
def test_words_instead_of_an_image(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    server.script(row.wordy("Which two circles?\nTell me more."))
    with pytest.raises(
        GenerationError, match=r"words, not an image: Which two circles\? \(possibly billed\)$"
    ) as caught:
        generates(provider, job)
    assert not isinstance(caught.value, GenerationRefusedError)
    server.script(row.wordy("I’m sorry, but I can’t create that image.\nIt would …"))
    with pytest.raises(
        GenerationRefusedError, match=r"refused: I’m sorry, but I can’t create that image\. \(possibly billed\)$"
    ):
        generates(provider, job)


def test_nothing_in_a_reply(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    server.script(row.bare)
    with pytest.raises(GenerationError, match="the reply holds no image"):
        generates(provider, job)


@pytest.mark.parametrize("text", [b"{}", b"[]", b"null", b'"no"', b'{"data": 3, "choices": 3, "candidates": {}}'])
def test_a_reply_of_another_shape(provider: Provider, job: Make, server: Loopback, text: bytes) -> None:
    server.script(raw(text))
    with pytest.raises(GenerationError):
        generates(provider, job)


def test_a_reply_too_large(build: Callable[..., Provider], job: Make, server: Loopback) -> None:
    server.script(*[oversized(400_000)] * 2)
    with pytest.raises(GenerationError, match="larger than"):
        generates(build(max_bytes=100_000, retries=0), job)


def test_more_than_was_asked_for(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    extra = {"unheard_of": {"deep": [1, None]}, "usage": None, "created": None, "system_fingerprint": None}
    server.script(row.holding(painted(PROMPT, 3), painted(PROMPT, 4), **extra))
    generated = generates(provider, job)
    assert generated.data == painted(PROMPT, 3)
    assert generated.environment["reply"]["images"] == 2


def test_a_larger_image_is_reported(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    server.script(row.holding(painted(PROMPT, 3, width=128, height=64)))
    assert generates(provider, job).environment["clamped"] == {"size": {"asked": "64x64", "got": "128x64"}}


@rows("model")
def test_an_unknown_model(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    with pytest.raises(GenerationError) as caught:
        generates(provider, job, model=row.model)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert "model" in caught.value.hint
    assert row.model in str(caught.value)


@rows("key")
def test_a_key_is_needed_before_the_first_generate(
    build: Callable[..., Provider], row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_ENV)
    with pytest.raises(MissingKeyError, match=f"{KEY_ENV}, which is not set") as caught:
        build().ready()
    assert caught.value.exit_code == 2
    monkeypatch.setenv(KEY_ENV, " ")
    with pytest.raises(MissingKeyError, match="is empty"):
        build().ready()


@rows("key")
def test_a_wrong_key(build: Callable[..., Provider], job: Make, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, "sk-wrong-0123456789")
    with pytest.raises(GenerationError) as caught:
        generates(build(), job)
    assert KEY_ENV in caught.value.hint
    assert "sk-wrong" not in f"{caught.value} {caught.value.hint} {caught.value!r}"


def test_options_are_checked(row: Row, server: Loopback) -> None:
    check = adapter_of(row.kind).capabilities
    with pytest.raises(BadOptionError, match="unknown option `concurency`"):
        check(row.settings(server, concurency=2))
    with pytest.raises(BadOptionError, match="`base_url`"):
        check({**row.settings(server), "base_url": "no-scheme/v1"})
    with pytest.raises(BadOptionError, match="`base_url`"):
        check({**row.settings(server), "base_url": "https://me:secret@example.org/v1"})


def test_it_explains_itself(row: Row) -> None:
    parsed = explain(row.kind)
    assert parsed.kind == row.kind
    assert parsed.vocabulary
    assert parsed.notes
    assert all(parsed.options.values())


def test_closing_twice_is_fine(provider: Provider, job: Make) -> None:
    generates(provider, job)
    provider.close()
    provider.close()
    generates(provider, job)


def test_the_environment_is_read_from_the_headers_of_every_kind(
    build: Callable[..., Provider], server: Loopback, job: Make
) -> None:
    source = {"header": {"gpu": "X-GPU", "threads": "x-threads"}}
    provider = build(environment_from=source, environment={"zone": "eu", "gpu": "stated"})
    server.every = {"x-gpu": "L40S", "x-threads": "4"}
    first = generates(provider, job)
    assert {name: first.environment[name] for name in ("gpu", "threads", "zone")} == {
        "gpu": "L40S", "threads": 4, "zone": "eu",
    }  # fmt: skip
    assert any("stated" in note and "L40S" in note for note in first.notes)
    server.every = {"x-gpu": "A100"}
    second = generates(provider, job, seed=8)
    assert second.environment["gpu"] == "A100"
    assert "threads" not in second.environment
    assert any("x-threads" in note for note in second.notes)
