"""What holds of every hosted system: whatever the service does comes out as a picture or as a named fault."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosting import KEY_ENV, ROWS, Row
from PIL import Image
from servers.base import Loopback, hang, html, oversized, raw, sse, status, truncated
from servers.pictures import PROMPT, encoded, opened, painted

from harness.errors import DrawFault, DrawRefused, DrawTimeout
from harness.http import MissingKey
from harness.image import decode, pixel_digest, sniff
from harness.provider import BadOption, Job, Provider, adapter_of, create, explain

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


def draws(provider: Provider, job: Make, **more: Any) -> Any:
    return provider.draw(job(PROMPT, **more))


def pixels(data: bytes) -> str:
    return pixel_digest(decode(data).pixels)


def test_it_is_a_provider(provider: Provider, row: Row, server: Loopback) -> None:
    assert isinstance(provider, Provider)
    assert (provider.name, provider.kind) == ("mine", row.kind)
    assert adapter_of(row.kind).capabilities(row.settings(server)) == provider.capabilities
    assert {"prompt", "size", "model"} <= provider.capabilities.honours
    assert not server.requests, "promises are told without asking the service"


def test_it_draws_a_picture_with_its_story(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    drawn = draws(provider, job)
    picture = decode(drawn.data)
    assert (picture.width, picture.height) == (64, 64)
    assert (drawn.source, drawn.answer) == ("drawn", None)
    assert drawn.seconds > 0
    assert drawn.cost is None or drawn.cost >= 0
    told = json.dumps(drawn.environment)
    assert json.loads(told) == drawn.environment
    assert "reply" in drawn.environment
    assert row.key is None or row.key not in told
    assert "clamped" not in drawn.environment


def test_a_seed_is_sent_or_told_as_left_out(provider: Provider, job: Make, row: Row) -> None:
    first, again, other = (draws(provider, job, seed=seed) for seed in (1, 1, 2))
    assert ("seed" in first.environment.get("omitted", ())) != row.seeded
    if row.seeded:
        assert pixels(first.data) == pixels(again.data) != pixels(other.data)


def test_words_it_does_not_honour_are_told(provider: Provider, job: Make) -> None:
    drawn = draws(provider, job, negative_prompt="green", style="flat", quality="draft")
    left_out = set(drawn.environment.get("omitted", ()))
    assert left_out >= {"negative_prompt", "style", "quality"} - provider.capabilities.honours
    assert not left_out & provider.capabilities.honours


def test_several_threads_draw_each_their_own(provider: Provider, job: Make, row: Row) -> None:
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(lambda seed: draws(provider, job, seed=seed), range(8)))
    assert len({pixels(one.data) for one in drawn}) > 1
    if row.seeded:
        assert [pixels(one.data) for one in drawn] == [pixels(draws(provider, job, seed=s).data) for s in range(8)]


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_bytes_stay_as_they_came(provider: Provider, job: Make, row: Row, server: Loopback, kind: str) -> None:
    data = painted(PROMPT, 5, kind)
    server.script(row.holding(data))
    drawn = draws(provider, job)
    assert drawn.data == data
    assert sniff(drawn.data) == kind


@rows("edits")
def test_it_edits_a_picture(provider: Provider, job: Make, row: Row, tmp_path: Path) -> None:
    image = tmp_path / "in.png"
    image.write_bytes(encoded(np.full((64, 64, 3), 200, np.uint8)))
    edited, plain = draws(provider, job, image=image), draws(provider, job)
    assert "image" not in edited.environment.get("omitted", ())
    assert pixels(edited.data) != pixels(plain.data)


def test_a_mask_keeps_what_is_black(provider: Provider, job: Make, row: Row, tmp_path: Path) -> None:
    if not row.masks:
        assert "mask" not in provider.capabilities.honours
        return
    image, mask = tmp_path / "in.png", tmp_path / "mask.png"
    image.write_bytes(encoded(np.full((64, 64, 3), 200, np.uint8)))
    half = np.zeros((64, 64), np.uint8)
    half[:, 32:] = 255
    Image.fromarray(half).save(mask)
    pixels = opened(draws(provider, job, image=image, mask=mask).data)
    assert (pixels[:, :32] == 200).all()
    assert (pixels[:, 32:] != 200).any()


@pytest.mark.parametrize("row", ["openai"], indirect=True)
def test_a_mask_of_another_size_is_told(provider: Provider, job: Make, row: Row, tmp_path: Path) -> None:
    image, mask = tmp_path / "in.png", tmp_path / "mask.png"
    image.write_bytes(encoded(np.zeros((64, 64, 3), np.uint8)))
    mask.write_bytes(encoded(np.zeros((32, 64, 3), np.uint8)))
    with pytest.raises(DrawFault, match=r"mask\.png is 64x32, its picture 64x64"):
        draws(provider, job, image=image, mask=mask)


def test_an_input_that_is_no_picture_is_told(provider: Provider, job: Make, row: Row, tmp_path: Path) -> None:
    (tmp_path / "in.png").write_text("<html>")
    with pytest.raises(DrawFault, match="an HTML page"):
        draws(provider, job, image=tmp_path / "in.png")
    with pytest.raises(DrawFault, match="cannot be read"):
        draws(provider, job, image=tmp_path / "none.png")


@rows("stream")
def test_it_streams(build: Callable[..., Provider], job: Make, row: Row, server: Loopback) -> None:
    streaming = build(stream=True)
    drawn = draws(streaming, job, seed=3)
    assert b'"stream":true' in server.requests[-1].body.replace(b" ", b"")
    assert sniff(drawn.data) == "png"
    if row.seeded:
        assert pixels(drawn.data) == pixels(draws(build(), job, seed=3).data)


@pytest.mark.parametrize("told", [{"message": "upstream went away", "code": 502}, "upstream went away"])
@rows("stream")
def test_a_stream_that_breaks_off_is_a_fault(
    build: Callable[..., Provider], job: Make, row: Row, server: Loopback, told: Any
) -> None:
    server.script(sse({"id": "1"}, {"type": "error", "error": told, "choices": []}))
    with pytest.raises(DrawFault, match="upstream went away") as caught:
        draws(build(stream=True), job)
    assert caught.value.possibly_billed
    server.script(sse({"id": "1"}))
    with pytest.raises(DrawFault):
        draws(build(stream=True), job)
    assert len(server.requests) == 2, "what may have been paid for is not asked for again"


@rows("stream")
def test_a_stream_answered_whole_is_taken(
    build: Callable[..., Provider], job: Make, row: Row, server: Loopback
) -> None:
    server.script(row.holding(painted(PROMPT, 6)))
    assert draws(build(stream=True), job).data == painted(PROMPT, 6)


def test_too_many_calls_are_waited_for(provider: Provider, job: Make, server: Loopback) -> None:
    server.script(status(429, "slow down", retry_after="0"))
    drawn = draws(provider, job)
    assert drawn.environment["reply"]["attempts"] == 2
    assert len(server.requests) == 2


def test_failures_of_the_service_pass(provider: Provider, job: Make, server: Loopback) -> None:
    server.script(status(500, "internal"), html(502))
    assert draws(provider, job).environment["reply"]["attempts"] == 3


def test_a_service_that_only_fails_is_told(build: Callable[..., Provider], job: Make, server: Loopback) -> None:
    server.script(*[html(503)] * 3)
    with pytest.raises(DrawFault, match=r"mine: status 503: an HTML page titled '502 Bad Gateway' \(3 attempts\)"):
        draws(build(retries=2), job)


def test_every_sending_is_told(provider: Provider, job: Make, server: Loopback) -> None:
    from dataclasses import replace

    sent: list[int] = []
    server.script(status(500), status(429, retry_after="0"))
    provider.draw(replace(job(PROMPT), sending=lambda: sent.append(len(server.requests))))
    assert sent == [0, 1, 2], "before each request, and for each"


def test_no_answer_in_time(build: Callable[..., Provider], job: Make, server: Loopback) -> None:
    server.script(hang())
    with pytest.raises(DrawTimeout, match=r"no picture within 0\.3 s") as caught:
        draws(build(price=0.02), job, timeout=0.3)
    assert caught.value.possibly_billed
    assert len(server.requests) == 1


def test_a_cut_reply(build: Callable[..., Provider], job: Make, row: Row, server: Loopback) -> None:
    server.script(truncated(b'{"data": [' + b" " * 5000))
    if not row.paid:
        assert draws(build(), job).environment["reply"]["attempts"] == 2
        return
    with pytest.raises(DrawFault) as caught:
        draws(build(), job)
    assert caught.value.possibly_billed
    assert len(server.requests) == 1, "what may have been paid for is not asked for again"


def test_a_page_instead_of_a_reply(build: Callable[..., Provider], job: Make, server: Loopback) -> None:
    server.script(*[html(200)] * 2)
    with pytest.raises(DrawFault, match="an HTML page") as caught:
        draws(build(retries=1), job)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_json_under_another_name_is_read(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    kept: list[bytes] = []

    class Grab:
        def send(self, code: int, body: bytes, kind: str, headers: Any = None) -> None:
            kept.append(body)

    row.holding(painted(PROMPT, 8))(Grab())  # type: ignore[arg-type]
    server.script(raw(kept[0], "text/plain"))
    assert draws(provider, job).data == painted(PROMPT, 8)


@pytest.mark.parametrize("data", [b"GIF89a" + b"\0" * 40, b"<html></html>", b"words", b""])
def test_what_is_no_picture_is_told(provider: Provider, job: Make, row: Row, server: Loopback, data: bytes) -> None:
    server.script(row.holding(data))
    with pytest.raises(DrawFault):
        draws(provider, job)
    assert len(server.requests) == 1


def test_an_error_told_with_success(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    server.script(row.broken)
    with pytest.raises(DrawFault, match=r"upstream went away|CUDA out of memory") as caught:
        draws(provider, job)
    assert caught.value.possibly_billed == row.paid
    assert not isinstance(caught.value, DrawRefused)


@rows("refuses")
def test_a_refusal_is_told_once(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    with pytest.raises(DrawRefused) as caught:
        provider.draw(job("something forbidden"))
    assert len(server.requests) == 1
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


@rows("wordy")
def test_words_instead_of_a_picture(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    server.script(row.wordy("Which two circles?\nTell me more."))
    with pytest.raises(DrawFault, match=r"words, not a picture: Which two circles\? \(possibly billed\)$") as caught:
        draws(provider, job)
    assert not isinstance(caught.value, DrawRefused)
    server.script(row.wordy("I’m sorry, but I can’t create that image.\nIt would …"))
    with pytest.raises(DrawRefused, match=r"refused: I’m sorry, but I can’t create that image\. \(possibly billed\)$"):
        draws(provider, job)


def test_nothing_in_a_reply(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    server.script(row.bare)
    with pytest.raises(DrawFault, match="the reply holds no picture"):
        draws(provider, job)


@pytest.mark.parametrize("text", [b"{}", b"[]", b"null", b'"no"', b'{"data": 3, "choices": 3, "candidates": {}}'])
def test_a_reply_of_another_shape(provider: Provider, job: Make, server: Loopback, text: bytes) -> None:
    server.script(raw(text))
    with pytest.raises(DrawFault):
        draws(provider, job)


def test_a_reply_too_large(build: Callable[..., Provider], job: Make, server: Loopback) -> None:
    server.script(*[oversized(400_000)] * 2)
    with pytest.raises(DrawFault, match="larger than"):
        draws(build(max_bytes=100_000, retries=0), job)


def test_more_than_was_asked_for(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    extra = {"unheard_of": {"deep": [1, None]}, "usage": None, "created": None, "system_fingerprint": None}
    server.script(row.holding(painted(PROMPT, 3), painted(PROMPT, 4), **extra))
    drawn = draws(provider, job)
    assert drawn.data == painted(PROMPT, 3)
    assert drawn.environment["reply"]["pictures"] == 2


def test_a_larger_picture_is_told(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    server.script(row.holding(painted(PROMPT, 3, width=128, height=64)))
    assert draws(provider, job).environment["clamped"] == {"size": {"asked": "64x64", "got": "128x64"}}


@rows("model")
def test_an_unknown_model(provider: Provider, job: Make, row: Row, server: Loopback) -> None:
    with pytest.raises(DrawFault) as caught:
        draws(provider, job, model=row.model)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert "model" in caught.value.remedy
    assert row.model in str(caught.value)


@rows("key")
def test_a_key_is_needed_before_the_first_draw(
    build: Callable[..., Provider], row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_ENV)
    with pytest.raises(MissingKey, match=f"{KEY_ENV}, which is not set") as caught:
        build().ready()
    assert caught.value.exit_code == 2
    monkeypatch.setenv(KEY_ENV, " ")
    with pytest.raises(MissingKey, match="is empty"):
        build().ready()


@rows("key")
def test_a_wrong_key(build: Callable[..., Provider], job: Make, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, "sk-wrong-0123456789")
    with pytest.raises(DrawFault) as caught:
        draws(build(), job)
    assert KEY_ENV in caught.value.remedy
    assert "sk-wrong" not in f"{caught.value} {caught.value.remedy} {caught.value!r}"


def test_options_are_checked(row: Row, server: Loopback) -> None:
    check = adapter_of(row.kind).capabilities
    with pytest.raises(BadOption, match="unknown option `concurency`"):
        check(row.settings(server, concurency=2))
    with pytest.raises(BadOption, match="`base_url`"):
        check({**row.settings(server), "base_url": "no-scheme/v1"})
    with pytest.raises(BadOption, match="`base_url`"):
        check({**row.settings(server), "base_url": "https://me:secret@example.org/v1"})


def test_it_explains_itself(row: Row) -> None:
    told = explain(row.kind)
    assert told.kind == row.kind
    assert told.vocabulary
    assert told.notes
    assert all(told.options.values())


def test_closing_twice_is_fine(provider: Provider, job: Make) -> None:
    draws(provider, job)
    provider.close()
    provider.close()
    draws(provider, job)
