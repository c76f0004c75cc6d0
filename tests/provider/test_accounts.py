"""Accounts that a service turns away: keys of another service, spent quota, regions; what default models cost."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.errors import GenerationError, GenerationRefusedError
from harness.provider import PRICED_KINDS, Job, create
from tests.provider.servers.base import Act, Loopback, reply
from tests.provider.servers.images import PROMPT
from tests.provider.servers.openai import error

Make = Callable[..., Job]
KEYS = {
    "openai": "sk-proj-0123456789abcdef",
    "openrouter": "sk-or-v1-0123456789abcdef",
    "gemini": "AIza0123456789abcdef",
}
OWNERS = {"openai": "OpenAI", "openrouter": "OpenRouter", "gemini": "Google"}
UNAUTHORIZED: dict[str, Act] = {
    "openai": error(401, "Incorrect API key provided: ***.", "invalid_api_key"),
    "openrouter": reply({"error": {"message": "User not found.", "code": 401}}, 401),
    "gemini": reply({"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}, 400),
}
REGION = {"code": "unsupported_country_region_territory", "message": "Country, region, or territory not supported"}
RAW = json.dumps({"error": REGION})


def fault_of(kind: str, act: Act, job: Job, **options: Any) -> tuple[GenerationError, int]:
    """Return the fault that a reply makes, and how many calls were made."""
    with Loopback(lambda _: act) as server:
        provider = create("mine", kind, {"base_url": server.url, "api_key_env": "THE_KEY", **options}, Path())
        try:
            with pytest.raises(GenerationError) as caught:
                provider.generate(job)
        finally:
            provider.close()
        return caught.value, len(server.requests)


@pytest.mark.parametrize("held", KEYS)
@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_another_service_is_named_by_its_owner(
    kind: str, held: str, job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", KEYS[held])
    fault, calls = fault_of(kind, UNAUTHORIZED[kind], job(PROMPT, seed=None))
    assert fault.hint.startswith("check the key in THE_KEY")
    assert (OWNERS[held] in fault.hint) == (held != kind)
    assert KEYS[held] not in f"{fault} {fault.hint}"
    assert calls == 1


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        ("openai", error(403, "Country, region, or territory not supported", "unsupported_country_region_territory")),
        ("gemini", reply({"error": {"code": 400, "message": "User location is not supported for the API use."}}, 400)),
        (
            "openrouter",
            reply({"error": {"message": "Provider returned error", "code": 403, "metadata": {"raw": RAW}}}, 403),
        ),
    ],
)
def test_a_region_is_no_refusal_and_no_fault_of_the_key(
    kind: str, act: Act, job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", KEYS[kind])
    fault, calls = fault_of(kind, act, job(PROMPT, seed=None))
    assert not isinstance(fault, GenerationRefusedError)
    assert "is not offered where this machine" in fault.hint
    assert calls == 1


def test_a_spent_quota_is_not_asked_again(job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", KEYS["openai"])
    for act in (
        error(429, "You exceeded your current quota", "insufficient_quota"),
        error(400, "Billing hard limit has been reached", "billing_hard_limit_reached"),
        error(402, "This request requires more credits"),
    ):
        fault, calls = fault_of("openai", act, job(PROMPT, seed=None))
        assert (fault.hint[:6], calls) == ("top up", 1)


@pytest.mark.parametrize("kind", sorted(PRICED_KINDS))
def test_the_default_model_of_each_has_an_estimate(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(
        f"suite: s\nprovider: {kind}\ndefaults: {{size: 1024x1024, drift: set, samples: 2}}\n"
        "cases: [{id: fox, prompt: a fox}]\n"
    )
    with pytest.raises(SystemExit):
        main(["run", "s.yaml", "--dry-run", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert 0 < said["cost"] < 1
    assert said["providers"][0]["unknown"] == 0
    assert said["price_table"]["days"] >= 0
