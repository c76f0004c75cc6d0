"""Health, figures, housekeeping and the status page."""

import asyncio
import base64
import hashlib
import io
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.housekeeping import Housekeeping
from harness.gateway.inputs import Inputs
from harness.gateway.keys import add_key
from harness.gateway.records import Caller, ImageRequest, Job
from harness.gateway.rest import status
from harness.image import encode_png
from harness.vocabulary import DeliveryState, JobState, Operation, Quality
from tests.browsing import CHROMIUM, SWITCHES, need_browser
from tests.gateway.rows import finish

REQUEST = ImageRequest("painter", "a red circle", seed=1, size=(64, 64), quality=Quality.DRAFT)
IMAGE = {"prompt": "a red circle", "size": "64x64", "quality": "low", "seed": 1}
SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()


@pytest.fixture
def has_browser() -> None:
    need_browser()


def generated(gateway: Gateway, request: ImageRequest = REQUEST, caller: Caller = Caller()) -> Job:  # noqa: B008
    async def run() -> Job:
        return await gateway.service.wait(await gateway.service.submit(request, caller))

    return asyncio.run(run())


def figures(url: str) -> dict[tuple[str, tuple[str, ...]], float]:
    text = httpx.get(url + "/metrics").text
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def image(shade: int) -> bytes:
    import numpy as np

    return encode_png(np.full((8, 8, 3), shade, np.uint8))


def test_it_is_ready_while_all_it_needs_is_there(gateway: Gateway, server: str) -> None:
    assert httpx.get(server + "/healthz").json() == {"status": "alive"}
    ready = httpx.get(server + "/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert not list(gateway.options.data.glob(".ready*"))


def test_a_worker_that_ended_is_not_ready(gateway: Gateway, server: str) -> None:
    assert gateway.worker is not None
    gateway.worker.fault = RuntimeError("secret detail")
    ready = httpx.get(server + "/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["worker"] is False
    assert "secret" not in ready.text
    assert httpx.get(server + "/healthz").status_code == 200


def test_a_database_that_fails_is_not_ready(gateway: Gateway, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def fail(*_: object) -> None:
        raise OperationalError("select", {}, OSError("gone"))

    with monkeypatch.context() as patched:
        patched.setattr(type(gateway.database.engine), "begin", fail)
        ready = httpx.get(server + "/readyz")
        scraped = httpx.get(server + "/metrics")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] is False
    assert (scraped.status_code, scraped.json()["error"]["code"]) == (503, "unavailable")


def test_a_folder_that_is_gone_is_not_ready(gateway: Gateway, server: str) -> None:
    folder = gateway.options.reports
    folder.rename(folder.with_name("moved"))
    ready = httpx.get(server + "/readyz")
    folder.with_name("moved").rename(folder)
    assert ready.json()["checks"] == {"accepting": True, "worker": True, "database": True, "disk": False}


def test_figures_count_requests_images_and_jobs(gateway: Gateway, server: str) -> None:
    for _ in range(2):
        assert httpx.post(server + "/v1/images/generations", json=IMAGE | {"n": 2}).status_code == 200
    httpx.get(server + "/no/such/path/at/all")
    httpx.request("WEIRD", server + "/healthz")
    end = time.monotonic() + 20
    # a request is counted after its response
    while ("harness_requests_total", ("other", "/healthz", "405")) not in (found := figures(server)):
        assert time.monotonic() < end
    assert found["harness_requests_total", ("POST", "/v1/images/generations", "200")] == 2
    assert found["harness_requests_total", ("GET", "unmatched", "404")] == 1
    assert found["harness_requests_total", ("other", "/healthz", "405")] == 1
    assert found["harness_request_seconds_count", ("/v1/images/generations",)] == 2
    assert found["harness_jobs", ("completed",)] == 2
    assert found["harness_jobs", ("failed",)] == 0
    assert found["harness_queue_depth", ()] == 0
    images = {labels: value for (name, labels), value in found.items() if name == "harness_images_total"}
    assert sum(images.values()) == 4
    assert images["generated", "done"] >= 2
    assert found["harness_generation_seconds_count", ()] == images["generated", "done"]
    assert found["harness_cost_usd_total", ()] == 0


def test_figures_count_webhooks(gateway_options: GatewayOptions, serve: Callable[[Gateway], str]) -> None:
    options = replace(gateway_options, webhook_secret=SECRET, webhook_private=True)
    with Gateway.open(options) as gateway:
        url = serve(gateway)
        generated(gateway, caller=Caller(webhook=url + "/healthz"))
        end = time.monotonic() + 20
        while not gateway.deliveries.newest()[0].log:
            assert time.monotonic() < end
            time.sleep(0.02)
        while ("harness_webhook_attempts_total", ("retry",)) not in (found := figures(url)):
            assert time.monotonic() < end
        assert found["harness_webhook_attempts_total", ("retry",)] == 1


def test_what_is_old_is_deleted_and_what_is_needed_stays(
    gateway_options: GatewayOptions,
) -> None:
    with Gateway.open(replace(gateway_options, accept_only=True)) as gateway:
        inputs = Inputs(gateway.options.data)
        needed, forgotten = (Path(inputs.store(image(shade), "image").path) for shade in (10, 20))
        edit = replace(REQUEST, operation=Operation.EDIT, input_image=inputs.store(image(10), "image"))
        is_open, _ = gateway.store.submit(edit, Caller())
        old, _ = gateway.store.submit(REQUEST, Caller())
        undelivered, _ = gateway.store.submit(REQUEST, Caller(webhook="http://127.0.0.1/"))
        for job in (old, undelivered):
            finish(gateway.store, job.id)
        housekeeping = Housekeeping(gateway.store, inputs, retention=0.0)
        assert housekeeping.round(young=0.0) == (1, 1)
        assert {job.id for job in gateway.store.newest()} == {is_open.id, undelivered.id}
        assert needed.exists()
        assert not forgotten.exists()
        (delivery,) = gateway.deliveries.claim("me", 1, 5.0)
        gateway.deliveries.attempted("me", delivery, DeliveryState.DELIVERED, {"at": 0.0, "ms": 0.0})
        gateway.store.cancel(is_open.id)
        assert housekeeping.round(young=0.0) == (2, 1)
        assert not needed.exists()


def test_old_jobs_are_deleted_by_a_running_gateway(gateway_options: GatewayOptions) -> None:
    with Gateway.open(replace(gateway_options, accept_only=True)) as gateway:
        job, _ = gateway.store.submit(REQUEST, Caller())
        finish(gateway.store, job.id)
    with Gateway.open(replace(gateway_options, accept_only=True, retention=0.0)) as gateway:
        end = time.monotonic() + 20
        while gateway.store.newest():
            assert time.monotonic() < end, "it is not deleted"
            time.sleep(0.02)


def test_an_image_that_is_sent_again_is_not_deleted_before_its_job(gateway: Gateway) -> None:
    inputs = Inputs(gateway.options.data)
    path = Path(inputs.store(image(10), "image").path)
    os.utime(path, (1, 1))
    inputs.store(image(10), "image")
    housekeeping = Housekeeping(gateway.store, inputs, retention=1e9)
    assert housekeeping.round() == (0, 0)
    assert path.exists()
    os.utime(path, (1, 1))
    assert housekeeping.round() == (0, 1)


def test_the_status_page_shows_what_there_is_escaped(gateway: Gateway, server: str) -> None:
    assert "No jobs yet" in httpx.get(server + "/").text
    made = generated(gateway, replace(REQUEST, prompt='a red circle "><script>alert(1)</script>'))
    failed = generated(gateway, replace(REQUEST, prompt="xyzzy\x1b[31m\u202e"))
    assert failed.state is JobState.FAILED
    response = httpx.get(server + "/status")
    page = response.text
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert made.id in page
    assert failed.error is not None
    assert failed.error.code in page
    assert str(made.images[0].digest) in page
    assert "data:image/png;base64," in page
    assert 'http-equiv="refresh"' not in page
    assert 'http-equiv="refresh" content="5"' in httpx.get(server + "/?refresh=5").text
    policy = response.headers["Content-Security-Policy"]
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    assert base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode() in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert " style=" not in page


def test_a_key_sees_its_own_jobs(
    gateway_options: GatewayOptions, tmp_path: Path, serve: Callable[[Gateway], str]
) -> None:
    keys = tmp_path / "keys.jsonl"
    one, _ = add_key(keys, "one"), add_key(keys, "two")
    with Gateway.open(replace(gateway_options, keys=keys)) as gateway:
        mine = generated(gateway, caller=Caller("one"))
        other = generated(gateway, replace(REQUEST, prompt="a blue square"), Caller("two"))
        page = httpx.get(serve(gateway) + "/", auth=httpx.BasicAuth("me", one)).text
    assert mine.id in page
    assert other.id not in page
    assert "blue square" not in page


def test_thumbnails_are_small_and_not_made_again(
    gateway: Gateway, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    generated(gateway, replace(REQUEST, prompt="three green balloons", size=(512, 256)))
    first = httpx.get(server + "/").text
    found = re.search(r'src="data:image/png;base64,([^"]+)"', first)
    assert found is not None
    with Image.open(io.BytesIO(base64.b64decode(found[1]))) as thumbnail:
        assert thumbnail.size == (192, 96)
    monkeypatch.setattr(status, "_thumbnail", lambda _: pytest.fail("it was made again"))
    assert found[1] in httpx.get(server + "/").text


def test_an_image_whose_file_is_gone_is_shown_as_gone(gateway: Gateway, server: str) -> None:
    image = generated(gateway).images[0]
    (gateway.options.reports / image.run / str(image.file)).unlink()
    assert "gone" in httpx.get(server + "/").text


def looked_at(url: str, width: int, scheme: Literal["light", "dark"]) -> dict[str, Any]:
    """Return what a browser finds of a page; run in a thread of its own, as Playwright takes a thread's event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.goto(url)
        found: dict[str, Any] = page.evaluate(
            """() => ({
                width: document.documentElement.scrollWidth,
                scripts: document.scripts.length,
                images: [...document.images].map(image => image.naturalWidth),
                background: getComputedStyle(document.body).backgroundColor,
            })"""
        )
        browser.close()
    return found | {"problems": problems}


@pytest.mark.browser
@pytest.mark.usefixtures("has_browser")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1440])
def test_the_status_page_fits_without_javascript(
    gateway: Gateway, server: str, scheme: Literal["light", "dark"], width: int
) -> None:
    for prompt in ("a red circle", "a red circle " + "w" * 300, "xyzzy" * 60):
        generated(gateway, replace(REQUEST, prompt=prompt))
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(looked_at, server + "/", width, scheme).result()
    assert found["width"] <= width
    assert found["scripts"] == 0
    assert found["images"]
    assert all(found["images"])
    assert (found["background"] == "rgb(20, 20, 20)") == (scheme == "dark")
    assert found["problems"] == []
