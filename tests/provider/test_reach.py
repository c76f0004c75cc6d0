"""The options by which every hosted provider is reached, and what its base makes of them."""

import threading
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.http import MIB, Call, Deadline, HttpError, MissingKeyError, Settings
from harness.provider import BadOptionError, Capabilities, Job, Output, ReadyProvider, reports_sending
from harness.provider.remote.base import Remote
from harness.provider.remote.options import RemoteOptions, Url
from harness.records import Recipe, Request, Subject, TrialKey
from tests.provider.servers.base import Loopback, reply, reset, status

PNG = b"\x89PNG\r\n\x1a\n and so on"
JOB = Job(Recipe(Request("a fox", seed=0), Subject("mine", "hosted")), TrialKey("s", "c", seed=0), timeout=5.0)


class SmallOptions(RemoteOptions):
    """The fewest options there can be."""

    default_key_env = "MY_KEY"

    base_url: Url = "https://api.example.com/v1/"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(price=self.price)


def reach(**options: Any) -> SmallOptions:
    return SmallOptions.read("mine", options)


def test_defaults() -> None:
    found = reach()
    assert found.key_env == "MY_KEY"
    assert found.transport == Settings("https://api.example.com/v1/", retries=3, concurrency=4, max_bytes=64 * MIB)
    assert found.transport.secret is None, "the key is not read before it is needed"


def test_all_options() -> None:
    found = reach(
        base_url="http://127.0.0.1:1/x",
        api_key_env="OTHER",
        headers={"X-Title": "mine", "X-N": 1},
        retries=0,
        rate=0.5,
        concurrency=64,
        max_bytes=2048,
        allow_private=True,
    )
    assert found.key_env == "OTHER"
    assert found.transport.headers == {"x-title": "mine", "x-n": "1"}
    settings = found.transport
    assert (settings.retries, settings.rate, settings.concurrency, settings.max_bytes) == (0, 0.5, 64, 2048)
    assert settings.allow_private


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ({"base_url": "api.example.com"}, "does not begin with https://"),
        ({"base_url": "https://me:pa55word@api.example.com"}, "holds a login"),
        ({"base_url": 5}, "takes text"),
        ({"headers": ["a"]}, "`headers` takes a mapping"),
        ({"headers": {"a": "b\nc"}}, "`a` is not a text that a header can hold"),
        ({"headers": {"a": None}}, "`a` takes text"),
        ({"retries": -1}, "`retries` is at least 0"),
        ({"rate": 0}, "`rate` is at least 0.001"),
        ({"allow_private": "yes"}, "`allow_private` takes true or false"),
        ({"max_bytes": 10}, "`max_bytes` is at least 1024"),
        ({"concurrency": 1000}, "`concurrency`"),
        ({"api_key_env": ""}, "`api_key_env` is empty"),
        ({"api_key": "sk-123"}, "unknown option `api_key`"),
    ],
)
def test_options_that_cannot_be_used(option: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadOptionError, match=problem) as caught:
        reach(**option)
    assert "pa55word" not in str(caught.value)


class Small(Remote[SmallOptions]):
    """The smallest adapter there can be."""

    kind = "small"

    def _generate(self, job: Job, deadline: Deadline) -> Output:
        document = self.send(Call("POST", "generate", json={"prompt": job.recipe.request.prompt}), job, deadline).json()
        if "fault" in document:
            raise HttpError(*document["fault"], possibly_billed=True)
        return Output(PNG if "text" not in document else document["text"].encode(), {"says": document}, cost=0.02)


def small(server: Loopback, monkeypatch: pytest.MonkeyPatch, price: float | None = 0.02, **options: Any) -> Small:
    monkeypatch.setenv("MY_KEY", "sk-very-secret-1")
    return Small("mine", reach(base_url=server.url, price=price, **options), Path())


def test_a_generate(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch)
        server.script(reply({"note": "key sk-very-secret-1"}))
        generated = provider.generate(JOB)
        assert generated.data == PNG
        assert generated.environment == {"says": {"note": "key ***"}}
        assert generated.seconds > 0
        assert server.requests[0].headers["authorization"] == "Bearer sk-very-secret-1"
        assert isinstance(provider, ReadyProvider)
        assert reports_sending(provider)
        provider.close()
        provider.close()


def test_each_call_that_may_cost_is_reported_before(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch)
        server.script(status(429, retry_after="0"), reset())
        seen: list[int] = []
        job = Job(JOB.recipe, JOB.key, timeout=20.0, sending=lambda: seen.append(len(server.requests)))
        provider.generate(job)
        assert seen == [0, 1, 2]
        provider.close()


@pytest.mark.parametrize(
    ("fault", "kind", "price", "billed"),
    [
        (["server", "broke"], GenerationError, 0.02, True),
        (["server", "broke"], GenerationError, None, True),
        (["server", "broke"], GenerationError, 0.0, False),
        (["timeout", "too slow for it"], GenerationError, 0.02, True),
    ],
)
def test_faults(
    monkeypatch: pytest.MonkeyPatch, fault: list[str], kind: type[GenerationError], price: float | None, billed: bool
) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch, price)
        server.script(reply({"fault": fault}))
        with pytest.raises(kind, match=fault[1]) as caught:
            provider.generate(JOB)
        assert type(caught.value) is kind
        assert caught.value.possibly_billed == billed
        assert caught.value.__cause__ is None
        provider.close()


def test_what_is_no_image_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch)
        server.script(reply({"text": "<html>"}), status(400, "no"), reply({"error": {"code": "moderation"}}, 400))
        with pytest.raises(GenerationError, match="an image was expected, but an HTML page came"):
            provider.generate(JOB)
        with pytest.raises(GenerationError, match="status 400: no"):
            provider.generate(JOB)
        with pytest.raises(GenerationRefusedError):
            provider.generate(JOB)
        server.script(lambda connection: connection.loopback.stopping.wait(5))
        with pytest.raises(GenerationTimeoutError, match=r"no image within 0\.2 s \(possibly billed\)"):
            provider.generate(Job(JOB.recipe, JOB.key, timeout=0.2))
        provider.close()


def test_the_key_is_asked_for_before_the_first_generate(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch)
        monkeypatch.delenv("MY_KEY")
        with pytest.raises(MissingKeyError, match="MY_KEY, which is not set"):
            provider.ready()
        assert not server.requests


def test_one_transport_for_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch)
        found: list[object] = []
        threads = [threading.Thread(target=lambda: found.append(provider.transport)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(map(id, found))) == 1
        provider.close()
