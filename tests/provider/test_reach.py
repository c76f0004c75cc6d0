"""The options by which every hosted provider is reached, and what its base makes of them."""

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from servers.base import Loopback, reply, reset, status

from harness.errors import DrawFault, DrawRefused, DrawTimeout
from harness.http import MIB, Call, Deadline, HttpFault, MissingKey, Settings
from harness.provider import BadOption, Capabilities, Drawn, Job, ReadyProvider, SendingProvider
from harness.provider.hosted import Hosted, Reach, hosted_settings
from harness.provider.options import Options
from harness.records import Recipe, Request, Subject, TrialKey

PNG = b"\x89PNG\r\n\x1a\n and so on"
JOB = Job(Recipe(Request("a fox", seed=0), Subject("mine", "hosted")), TrialKey("s", "c", seed=0), timeout=5.0)


def reach(**options: Any) -> Reach:
    reader = Options("mine", options)
    found = hosted_settings(reader, base_url="https://api.example.com/v1/", key_env="MY_KEY")
    reader.done()
    return found


def test_defaults() -> None:
    found = reach()
    assert found.key_env == "MY_KEY"
    assert found.settings == Settings("https://api.example.com/v1", retries=3, concurrency=4, max_bytes=64 * MIB)
    assert found.settings.secret is None, "the key is not read before it is needed"


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
    assert found.settings.headers == {"x-title": "mine", "x-n": "1"}
    settings = found.settings
    assert (settings.retries, settings.rate, settings.concurrency, settings.max_bytes) == (0, 0.5, 64, 2048)
    assert settings.allow_private


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ({"base_url": "api.example.com"}, "does not begin with https://"),
        ({"base_url": "https://me:pa55word@api.example.com"}, "holds a login"),
        ({"base_url": 5}, "takes a text"),
        ({"headers": ["a"]}, "`headers` takes names and texts"),
        ({"headers": {"a": "b\nc"}}, "`headers` takes names and texts"),
        ({"headers": {"a": None}}, "`headers` takes names and texts"),
        ({"retries": -1}, "`retries` takes a whole number from 0"),
        ({"rate": 0}, "`rate` takes a number of at least 0.001"),
        ({"allow_private": "yes"}, "`allow_private` is true or false"),
        ({"max_bytes": 10}, "`max_bytes` takes a whole number from 1024"),
        ({"concurrency": 1000}, "`concurrency`"),
        ({"api_key_env": ""}, "`api_key_env` takes a text"),
        ({"api_key": "sk-123"}, "unknown option `api_key`"),
    ],
)
def test_options_that_cannot_be_used(option: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadOption, match=problem) as caught:
        reach(**option)
    assert "pa55word" not in str(caught.value)


class Small(Hosted):
    """The smallest adapter there can be."""

    kind = "small"

    def _draw(self, job: Job, deadline: Deadline) -> Drawn:
        document = self.send(Call("POST", "draw", json={"prompt": job.recipe.request.prompt}), job, deadline).json()
        if "fault" in document:
            raise HttpFault(*document["fault"], possibly_billed=True)
        return Drawn(PNG if "text" not in document else document["text"].encode(), {"says": document}, cost=0.02)


def small(server: Loopback, monkeypatch: pytest.MonkeyPatch, price: float | None = 0.02, **options: Any) -> Small:
    monkeypatch.setenv("MY_KEY", "sk-very-secret-1")
    return Small("mine", reach(base_url=server.url, **options), Capabilities(price=price))


def test_a_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch)
        server.script(reply({"note": "key sk-very-secret-1"}))
        drawn = provider.draw(JOB)
        assert drawn.data == PNG
        assert drawn.environment == {"says": {"note": "key ***"}}
        assert drawn.seconds > 0
        assert server.requests[0].headers["authorization"] == "Bearer sk-very-secret-1"
        assert isinstance(provider, ReadyProvider)
        assert isinstance(provider, SendingProvider)
        provider.close()
        provider.close()


def test_each_call_that_may_cost_is_told_before(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch)
        server.script(status(429, retry_after="0"), reset())
        seen: list[int] = []
        job = Job(JOB.recipe, JOB.key, timeout=20.0, sending=lambda: seen.append(len(server.requests)))
        provider.draw(job)
        assert seen == [0, 1, 2]
        provider.close()


@pytest.mark.parametrize(
    ("fault", "kind", "price", "billed"),
    [
        (["server", "broke"], DrawFault, 0.02, True),
        (["server", "broke"], DrawFault, None, True),
        (["server", "broke"], DrawFault, 0.0, False),
        (["timeout", "too slow for it"], DrawFault, 0.02, True),
    ],
)
def test_faults(
    monkeypatch: pytest.MonkeyPatch, fault: list[str], kind: type[DrawFault], price: float | None, billed: bool
) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch, price)
        server.script(reply({"fault": fault}))
        with pytest.raises(kind, match=fault[1]) as caught:
            provider.draw(JOB)
        assert type(caught.value) is kind
        assert caught.value.possibly_billed == billed
        assert caught.value.__cause__ is None
        provider.close()


def test_what_is_no_picture_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch)
        server.script(reply({"text": "<html>"}), status(400, "no"), reply({"error": {"code": "moderation"}}, 400))
        with pytest.raises(DrawFault, match="a picture was expected, but an HTML page came"):
            provider.draw(JOB)
        with pytest.raises(DrawFault, match="status 400: no"):
            provider.draw(JOB)
        with pytest.raises(DrawRefused):
            provider.draw(JOB)
        server.script(lambda connection: connection.loopback.stopping.wait(5))
        with pytest.raises(DrawTimeout, match=r"no picture within 0\.2 s \(possibly billed\)"):
            provider.draw(Job(JOB.recipe, JOB.key, timeout=0.2))
        provider.close()


def test_the_key_is_asked_for_before_the_first_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server:
        provider = small(server, monkeypatch)
        monkeypatch.delenv("MY_KEY")
        with pytest.raises(MissingKey, match="MY_KEY, which is not set"):
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
