"""Each loopback server is right for its vendor's own client, unmodified; the adapters are then tested against it."""

import io
from collections.abc import Iterator
from typing import Any

import fal_client
import httpx
import numpy as np
import pytest
import replicate as replicate_client
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.inference._providers import PROVIDERS
from PIL import Image
from replicate.exceptions import ModelError, ReplicateError

from tests.provider.servers import fal, huggingface, replicate
from tests.provider.servers.images import PROMPT, encoded, opened, painted, pixels_of

# the clients leave connections to the collector
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
WHITE = encoded(np.full((64, 64, 3), 200, np.uint8))


def edited(seed: int) -> np.ndarray:
    """What the servers make of an input image."""
    return pixels_of(PROMPT, seed + 500)


# Replicate


@pytest.fixture
def replicating(reach: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    server, _ = reach(replicate.Replicate)
    client = replicate_client.Client(api_token=replicate.KEY)
    client.poll_interval = 0.01
    return server, client


@pytest.mark.parametrize("model", [replicate.MODEL, f"{replicate.MODEL}:{replicate.VERSION}"])
@pytest.mark.parametrize("wait", [True, False])
def test_replicate_runs_a_model(replicating: Any, model: str, wait: bool) -> None:
    server, client = replicating
    [output] = client.run(model, input={"prompt": PROMPT, "seed": 5}, wait=wait)
    assert output.read() == painted(PROMPT, 5)
    assert server.requests[0].headers.get("prefer") == ("wait" if wait else None)


def test_replicate_follows_a_prediction(replicating: Any) -> None:
    _, client = replicating
    prediction = client.models.predictions.create(replicate.MODEL, {"prompt": PROMPT, "seed": 5})
    states = [prediction.status]
    while prediction.status not in ("succeeded", "failed"):
        prediction.reload()
        states.append(prediction.status)
    assert states == ["starting", "processing", "succeeded"]
    assert prediction.progress.total == 20
    assert prediction.metrics["predict_time"] == 2.2
    assert "Using seed: 5" in prediction.logs


def test_replicate_cancels_a_prediction(replicating: Any) -> None:
    server, client = replicating
    server.gate.clear()
    prediction = client.models.predictions.create(replicate.MODEL, {"prompt": PROMPT})
    prediction.reload()
    prediction.cancel()
    assert prediction.status == "canceled"
    assert server.cancelled == [prediction.id]


def test_replicate_edits(replicating: Any) -> None:
    _, client = replicating
    inputs = {"prompt": PROMPT, "seed": 5, "image": io.BytesIO(WHITE)}
    inputs["image"].name = "in.png"
    [output] = client.run(replicate.MODEL, input=inputs, wait=False, file_encoding_strategy="base64")
    assert (opened(output.read()) == edited(5)).all()


def test_replicate_tells_errors(replicating: Any) -> None:
    _, client = replicating
    with pytest.raises(ModelError, match="E005"):
        client.run(replicate.MODEL, input={"prompt": "forbidden"})
    for model, inputs, status in (
        ("no/such", {"prompt": PROMPT}, 404),
        (replicate.MODEL, {}, 422),
        (replicate.MODEL, {"prompt": PROMPT, "unheard_of": 1}, 422),
        (f"{replicate.MODEL}:{'0' * 64}", {"prompt": PROMPT}, 422),
    ):
        with pytest.raises(ReplicateError) as caught:
            client.run(model, input=inputs)
        assert caught.value.status == status
        assert caught.value.detail
    with pytest.raises(ReplicateError) as caught:
        replicate_client.Client(api_token="r8_wrong").run(replicate.MODEL, input={"prompt": PROMPT})
    assert caught.value.status == 401


# fal


@pytest.fixture
def falling(reach: Any) -> Any:
    server, proxy = reach(fal.Fal)
    return server, proxy, fal_client.SyncClient(key=fal.KEY)


def downloaded(url: str) -> bytes:
    return httpx.get(url).content


def test_fal_runs_a_model(falling: Any) -> None:
    _, proxy, client = falling
    states: list[Any] = []
    size = {"width": 96, "height": 64}
    result = client.subscribe(
        fal.MODEL, {"prompt": PROMPT, "seed": 5, "image_size": size}, interval=0.01,
        on_queue_update=lambda state: states.append(type(state).__name__),
    )  # fmt: skip
    assert states == ["Queued", "InProgress", "Completed"]
    assert downloaded(result["images"][0]["url"]) == painted(PROMPT, 5, width=96)
    assert result["seed"] == 5
    assert result["has_nsfw_concepts"] == [False]
    assert set(proxy.asked) == {"queue.fal.run:443"}


def test_fal_cancels_a_request(falling: Any) -> None:
    server, _, client = falling
    server.gate.clear()
    handle = client.submit(fal.MODEL, {"prompt": PROMPT}, start_timeout=30)
    handle.status()
    handle.cancel()
    assert server.cancelled == [handle.request_id]
    assert handle.status().error_type == "client_cancelled"
    assert float(server.requests[0].headers["x-fal-request-timeout"]) == 30
    again = client.get_handle(fal.MODEL, handle.request_id)
    assert again.status().error == "Request was cancelled"


def test_fal_edits(falling: Any) -> None:
    _, _, client = falling
    sent = {"prompt": PROMPT, "seed": 5, "image_url": fal_client.encode(WHITE, "image/png")}
    result = client.subscribe(fal.MODEL, sent, interval=0.01)
    assert (opened(downloaded(result["images"][0]["url"])) == edited(5)).all()


def test_fal_tells_errors(falling: Any) -> None:
    _, _, client = falling
    with pytest.raises(fal_client.client.FalClientHTTPError) as caught:
        client.subscribe(fal.MODEL, {"prompt": "forbidden"}, interval=0.01)
    assert caught.value.status_code == 422
    assert caught.value.message[0]["type"] == "content_policy_violation"
    for model, sent, status in (("no/such", {"prompt": PROMPT}, 404), (fal.MODEL, {}, 422)):
        with pytest.raises(fal_client.client.FalClientHTTPError) as caught:
            client.subscribe(model, sent, interval=0.01)
        assert caught.value.status_code == status
    with pytest.raises(fal_client.client.FalClientHTTPError) as caught:
        fal_client.SyncClient(key="wrong").subscribe(fal.MODEL, {"prompt": PROMPT})
    assert caught.value.status_code == 401


# Hugging Face


VENDORS = sorted(name for name, tasks in PROVIDERS.items() if "text-to-image" in tasks)


@pytest.fixture
def hugging(reach: Any) -> Iterator[Any]:
    from huggingface_hub import close_session
    from huggingface_hub.inference._providers import _common, hf_inference

    close_session()
    # the mapping of a model is kept for the life of a process: another server is another one
    _common._fetch_inference_provider_mapping.cache_clear()
    hf_inference._check_supported_task.cache_clear()
    yield reach(huggingface.HuggingFace)
    close_session()


def asked(vendor: str) -> InferenceClient:
    return InferenceClient(provider=vendor, api_key=huggingface.KEY)


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


def test_the_vendors_are_those_of_the_client() -> None:
    assert sorted(huggingface.IDS) == VENDORS
    assert sorted(name for name, tasks in PROVIDERS.items() if "image-to-image" in tasks) == sorted(huggingface.EDITORS)


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_vendor_of_the_hub_generates(hugging: Any, vendor: str) -> None:
    server, proxy = hugging
    image = asked(vendor).text_to_image(PROMPT, model=huggingface.MODEL, seed=5, width=96, height=64)
    assert (pixels(image) == pixels_of(PROMPT, 5, 96, 64)).all()
    assert {host for host in proxy.asked if "wavespeed" not in host} == {
        "huggingface.co:443",
        "router.huggingface.co:443",
    }
    assert server.hub


@pytest.mark.parametrize("vendor", huggingface.EDITORS)
def test_the_vendors_that_edit(hugging: Any, vendor: str) -> None:
    image = asked(vendor).image_to_image(WHITE, prompt=PROMPT, model=huggingface.EDITOR, seed=5)
    assert (pixels(image) == edited(5)).all()


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_hub_tells_errors(hugging: Any, vendor: str) -> None:
    with pytest.raises((HfHubHTTPError, ValueError, TimeoutError, KeyError)):
        asked(vendor).text_to_image("something forbidden", model=huggingface.MODEL)
    with pytest.raises(HfHubHTTPError) as caught:
        InferenceClient(provider=vendor, api_key="hf_wrong").text_to_image(PROMPT, model=huggingface.MODEL)
    assert caught.value.response.status_code == 401
