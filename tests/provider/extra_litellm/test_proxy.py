"""The real LiteLLM proxy between the adapters and vendors on loopback: seeds, costs, refusals, rate limits.

``make test-litellm`` installs the proxy into an environment of its own, and says where it is (``LITELLM``).
"""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.errors import GenerationError, GenerationRefusedError
from harness.provider import Job, create
from tests.http.waiting import until
from tests.provider.servers.base import Act, Loopback, Received, reply, status
from tests.provider.servers.images import PROMPT, b64, data_url, painted

KEY = "sk-proxy-0123456789"
CONFIG = """\
model_list:
  - model_name: gpt-image-2.6-flare
    litellm_params: {{model: openai/gpt-image-2.6-flare, api_base: "{url}/v1", api_key: sk-vendor}}
  - model_name: flux-schnell
    litellm_params: {{model: fal_ai/fal-ai/flux/schnell, api_base: "{url}", api_key: vendor}}
  - model_name: recraft
    litellm_params: {{model: recraft/recraftv3, api_base: "{url}", api_key: vendor}}
general_settings: {{master_key: {key}}}
litellm_settings: {{num_retries: 0}}
"""
MODELS = ("gpt-image-2.6-flare", "flux-schnell", "recraft")


class Vendors(Loopback):
    """OpenAI, fal and Recraft, told apart by their paths."""

    def __init__(self) -> None:
        super().__init__(self.handle)

    def handle(self, received: Received) -> Act:
        body = received.json() if received.body else {}
        image = painted(PROMPT, body.get("seed", 3))
        if "forbidden" in body.get("prompt", ""):
            return reply({"error": {"message": "rejected by the safety system", "code": "moderation_blocked"}}, 400)
        if "busy" in body.get("prompt", ""):
            return status(429, "slow down")
        if received.path.startswith("/fal-ai"):
            return reply({"images": [{"url": data_url(image), "content_type": "image/png"}], "seed": body.get("seed")})
        usage = {
            "input_tokens": 10, "output_tokens": 100, "total_tokens": 110,
            "input_tokens_details": {"text_tokens": 10, "image_tokens": 0},
        }  # fmt: skip
        return reply({"created": 1, "data": [{"b64_json": b64(image)}], "usage": usage})


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    with Vendors() as server:
        yield server


@pytest.fixture(scope="module")
def proxy(vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the proxy listens."""
    folder = tmp_path_factory.mktemp("proxy")
    (folder / "config.yaml").write_text(CONFIG.format(url=vendors.url, key=KEY))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [os.environ["LITELLM"], "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            until(lambda: process.poll() is not None or _lives(port), 120)
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(30)


def _lives(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/liveliness", trust_env=False).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def made(proxy: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    monkeypatch.setenv("LITELLM_KEY", KEY)
    opened: list[Any] = []

    def make(model: str, **more: Any) -> Any:
        kind = "openai" if model.startswith("gpt-image") else "openai-compatible"
        dialect = {} if kind == "openai" else {"dialect": "openai"}
        options = {"base_url": proxy, "api_key_env": "LITELLM_KEY", "model": model, "retries": 0, **dialect, **more}
        opened.append(create("mine", kind, options, Path()))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.mark.parametrize(
    ("model", "cost", "seeded"),
    # two by the proxy's price table, gpt-image by ours: a model that the proxy has no price for
    [("gpt-image-2.6-flare", 0.00305, False), ("flux-schnell", 0.003, True), ("recraft", 0.04, True)],
)
def test_an_image_with_its_cost(
    made: Any, vendors: Vendors, job: Callable[..., Job], model: str, cost: float, seeded: bool
) -> None:
    output = made(model).generate(job(PROMPT, seed=5))
    assert output.data == painted(PROMPT, 5 if seeded else 3)
    assert output.cost == pytest.approx(cost)
    assert ("seed" in output.environment.get("omitted", ())) != seeded
    assert vendors.requests[-1].json().get("seed") == (5 if seeded else None)


@pytest.mark.parametrize("model", MODELS)
def test_a_refusal_stays_one(made: Any, job: Callable[..., Job], model: str) -> None:
    with pytest.raises(GenerationRefusedError):
        made(model).generate(job("something forbidden"))


@pytest.mark.parametrize("model", MODELS)
def test_a_limit_is_no_refusal(made: Any, job: Callable[..., Job], model: str) -> None:
    with pytest.raises(GenerationError, match="status 429") as caught:
        made(model).generate(job("busy"))
    assert not isinstance(caught.value, GenerationRefusedError)


def test_a_model_that_the_proxy_does_not_have(made: Any, job: Callable[..., Job]) -> None:
    with pytest.raises(GenerationError, match="nothing-like-it"):
        made("nothing-like-it").generate(job(PROMPT))
