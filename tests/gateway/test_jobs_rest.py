"""The gateway's own API over HTTP: submit, read, wait, list, cancel, watch."""

import base64
import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.records import Caller, ImageRequest
from tests.gateway.lab import Lab

DRAFT = {"model": "painter", "prompt": "a red circle", "seed": 3, "size": "64x64", "quality": "draft"}


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, lab: Lab) -> GatewayOptions:
    ours = {"lab": lab.provider, "shelf": lab.shelf}
    return replace(gateway_options, providers={**gateway_options.providers, **ours})


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as opened:
        yield opened


def submitted(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    reply = client.post("/v1/jobs", json=DRAFT | fields)
    assert reply.status_code == 202, reply.text
    return reply.json()


def final(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    return client.get(f"/v1/jobs/{job['id']}", params={"wait": 30}).json()


def code_of(reply: httpx.Response) -> tuple[int, str, str | None]:
    error = reply.json()["error"]
    return reply.status_code, error["code"], error["param"]


def test_a_job_is_accepted_and_its_image_can_be_read(client: httpx.Client) -> None:
    reply = client.post("/v1/jobs", json=DRAFT | {"n": 2, "metadata": {"for": "me"}})
    assert reply.status_code == 202
    assert reply.headers["location"] == f"/v1/jobs/{reply.json()['id']}"
    job = client.get(reply.headers["location"], params={"wait": 30}).json()
    assert job["state"] == "completed"
    assert job["metadata"] == {"for": "me"}
    assert [image["seed"] for image in job["images"]] == [3, 4]
    for image in job["images"]:
        data = client.get(image["url"])
        assert data.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(data.content)).size == (64, 64)
    created = datetime.fromisoformat(job["created_at"])
    assert created.utcoffset() == timedelta(0)
    assert created <= datetime.fromisoformat(job["finished_at"]) <= datetime.now(UTC)


def test_a_long_poll_returns_after_its_seconds_and_at_the_end(client: httpx.Client, lab: Lab) -> None:
    job = submitted(client, model="lab", prompt="wait")
    assert client.get(f"/v1/jobs/{job['id']}", params={"wait": 0.3}).json()["state"] in ("queued", "running")
    lab.go()
    assert final(client, job)["state"] == "completed"


def test_a_job_is_cancelled_by_either_way(client: httpx.Client, lab: Lab) -> None:
    for cancel in (
        lambda job: client.delete(f"/v1/jobs/{job['id']}"),
        lambda job: client.post(f"/v1/jobs/{job['id']}/cancel"),
    ):
        job = submitted(client, model="lab", prompt="wait")
        assert cancel(job).json()["cancel_requested"]
        assert final(client, job)["state"] == "cancelled"
        assert cancel(job).json()["state"] == "cancelled"
    lab.go()


def test_a_job_expires_at_its_deadline(client: httpx.Client, lab: Lab) -> None:
    job = submitted(client, model="lab", prompt="wait", deadline=0.5)
    assert final(client, job)["state"] == "expired"
    lab.go()


def test_a_failed_job_says_why(client: httpx.Client) -> None:
    job = final(client, submitted(client, model="lab", prompt="fail"))
    assert job["state"] == "failed"
    assert job["error"]["code"] == "generation"
    assert job["images"][0]["error"] == job["error"]


def test_jobs_are_listed_in_pages_the_newest_first(client: httpx.Client) -> None:
    ids = [submitted(client, seed=seed)["id"] for seed in range(5)]
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = client.get("/v1/jobs", params=params).json()
        seen += [job["id"] for job in page["data"]]
        if not page["has_more"]:
            break
        params["before"] = page["next"]
    assert seen == ids[::-1]
    final(client, {"id": ids[0]})
    assert ids[0] in [job["id"] for job in client.get("/v1/jobs", params={"state": "completed"}).json()["data"]]
    assert client.get("/v1/jobs", params={"state": "cancelled"}).json()["data"] == []


def events_of(client: httpx.Client, job: str, after: int | None = None, **params: Any) -> list[dict[str, Any]]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    found = []
    with client.stream("GET", f"/v1/jobs/{job}/events", params=params, headers=headers) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        event: dict[str, Any] = {}
        for line in reply.iter_lines():
            name, _, value = line.partition(": ")
            if name == "data":
                event = json.loads(value) | event
            elif name in ("id", "event"):
                event[f"sse_{name}"] = value
            elif not line:
                found.append(event)
                event = {}
    return found


def test_the_events_of_a_job_are_streamed_and_resumed(client: httpx.Client) -> None:
    job = submitted(client)["id"]
    events = events_of(client, job)
    assert [event["kind"] for event in events] == ["queued", "started", "image", "completed"]
    assert [event["sse_event"] for event in events] == [event["kind"] for event in events]
    assert [event["sse_id"] for event in events] == ["1", "2", "3", "4"]
    assert [event["kind"] for event in events_of(client, job, after=2)] == ["image", "completed"]
    assert events_of(client, job, after=4) == []


def test_partial_images_come_when_they_are_asked_for(client: httpx.Client, lab: Lab, gateway: Gateway) -> None:
    job = submitted(client, model="lab", prompt="wait")["id"]
    with ThreadPoolExecutor() as pool:
        plain = pool.submit(events_of, client, job)
        while not gateway.bus.has_listener(job):
            time.sleep(0.01)
        watching = pool.submit(events_of, client, job, partial=1)
        while not gateway.bus.has_partial_listener(job):
            time.sleep(0.01)
        lab.go()
        events = watching.result(30)
    partial = [event for event in events if event["kind"] == "partial"]
    assert [event["step"] for event in partial] == [1, 2, 3]
    assert not any("sse_id" in event for event in partial)
    image = Image.open(io.BytesIO(base64.b64decode(partial[0]["b64_json"])))
    assert (image.format, image.size) == ("PNG", (64, 64))
    assert [event["kind"] for event in plain.result(30)] == ["queued", "started", "image", "completed"]


def test_a_watcher_that_leaves_cancels_nothing(client: httpx.Client, lab: Lab) -> None:
    job = submitted(client, model="lab", prompt="wait")
    with client.stream("GET", f"/v1/jobs/{job['id']}/events") as reply:
        next(reply.iter_lines())
    lab.go()
    assert final(client, job)["state"] == "completed"


def test_an_image_can_be_edited_and_asked_about(client: httpx.Client) -> None:
    first = final(client, submitted(client))
    data = client.get(first["images"][0]["url"]).content
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    edited = final(client, submitted(client, prompt="the same at night", input_image=url))
    assert edited["state"] == "completed"
    assert edited["request"]["operation"] == "edit"
    assert edited["request"]["input_image"] == first["images"][0]["digest"]
    asked = submitted(client, model="lab", operation="ask", prompt="what is it?", input_image=url, size=None)
    assert final(client, asked)["images"][0]["answer"] == "asked: what is it?; image: (64, 64)"


def test_another_format_is_encoded(client: httpx.Client) -> None:
    job = final(client, submitted(client, output_format="jpeg", output_compression=50))
    reply = client.get(job["images"][0]["url"])
    assert reply.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(reply.content)).format == "JPEG"


def test_what_is_not_honored_is_reported_or_refused(client: httpx.Client) -> None:
    strict = DRAFT | {"settings": {"background": "transparent", "scheduler": "ddim"}}
    job = final(client, client.post("/v1/jobs", json=strict).json())
    assert job["state"] == "completed"
    assert job["not_honored"] == ["background", "scheduler"]
    assert code_of(client.post("/v1/jobs", json=strict | {"strict": True}))[:2] == (400, "not-honored")
    assert code_of(client.post("/v1/jobs", json=strict, headers={"x-harness-strict": "true"}))[:2] == (
        400,
        "not-honored",
    )


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"seed": 2**53}, "invalid-request", "seed"),
        ({"seed": "3"}, "invalid-request", "seed"),
        ({"seed": True}, "invalid-request", "seed"),
        ({"n": 0}, "invalid-request", "n"),
        ({"n": 11}, "invalid-request", "n"),
        ({"prompt": "  "}, "invalid-request", "prompt"),
        ({"size": "big"}, "invalid-request", "size"),
        ({"size": "0x64"}, "invalid-request", "size"),
        ({"sise": "64x64"}, "invalid-request", "sise"),
        ({"deadline": 0}, "invalid-request", "deadline"),
        ({"quality": "best"}, "invalid-request", "quality"),
        ({"operation": "edit"}, "invalid-request", "image"),
        ({"operation": "ask", "model": "shelf"}, "unsupported", "ask"),
        ({"input_image": "data:image/png;base64,AAAA"}, "invalid-request", "input_image"),
        ({"input_image": "data:image/png,plain"}, "invalid-request", "input_image"),
        ({"input_image": "https://127.0.0.1/a.png"}, "invalid-request", "input_image"),
        ({"input_image": "https://[::1]/a.png"}, "invalid-request", "input_image"),
        ({"input_image": "http://169.254.169.254/latest"}, "invalid-request", "input_image"),
        ({"input_image": "file:///etc/passwd"}, "invalid-request", "input_image"),
    ],
)
def test_a_wrong_request_is_refused(client: httpx.Client, fields: dict[str, Any], code: str, param: str) -> None:
    assert code_of(client.post("/v1/jobs", json=DRAFT | fields)) == (400, code, param)
    assert client.get("/v1/jobs").json()["data"] == []


def test_an_unknown_model_is_404(client: httpx.Client) -> None:
    assert code_of(client.post("/v1/jobs", json=DRAFT | {"model": "paintr"})) == (404, "unknown-model", "model")


@pytest.mark.parametrize("path", ["", "/cancel", "/events", "/images/0"])
def test_an_unknown_job_is_404(client: httpx.Client, path: str) -> None:
    method = "POST" if path == "/cancel" else "GET"
    reply = client.request(method, f"/v1/jobs/job_{'0' * 32}{path}")
    assert code_of(reply) == (404, "job-not-found", None)


@pytest.mark.parametrize(
    ("path", "params", "param"),
    [
        ("", {"limit": 0}, "limit"),
        ("", {"limit": 101}, "limit"),
        ("", {"state": "done"}, "state"),
        ("/{job}", {"wait": 61}, "wait"),
        ("/{job}", {"wait": -1}, "wait"),
        ("/{job}", {"wait": "nan"}, "wait"),
        ("/{job}/images/x", {}, "index"),
    ],
)
def test_a_wrong_question_is_refused(client: httpx.Client, path: str, params: dict[str, Any], param: str) -> None:
    job = submitted(client)["id"]
    reply = client.get(f"/v1/jobs{path.format(job=job)}", params=params)
    assert code_of(reply) == (400, "invalid-request", param)


def test_an_image_that_there_is_not_is_404(client: httpx.Client) -> None:
    job = final(client, submitted(client, model="lab", prompt="fail"))["id"]
    for index in (0, 1):
        assert code_of(client.get(f"/v1/jobs/{job}/images/{index}"))[:2] == (404, "job-not-found")


def test_jobs_of_another_key_and_purged_ones_are_404(client: httpx.Client, gateway: Gateway) -> None:
    other = gateway.store.submit(ImageRequest("lab", "it"), Caller(key="other"))[0].id
    old = final(client, submitted(client))["id"]
    assert gateway.store.purge(time.time() + 1) > 0
    for job in (other, old):
        for method, path in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/cancel"),
            ("GET", "/events"),
            ("GET", "/images/0"),
        ):
            assert code_of(client.request(method, f"/v1/jobs/{job}{path}"))[:2] == (404, "job-not-found")
        assert code_of(client.get("/v1/jobs", params={"before": job}))[:2] == (404, "job-not-found")
    assert client.get("/v1/jobs").json()["data"] == []


def test_the_schema_says_what_the_fields_are(client: httpx.Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for name in ("JobModel", "JobRequest", "ImageModel"):
        assert any("description" in field for field in schemas[name]["properties"].values()), name
    assert schemas["JobModel"]["properties"]["created_at"]["format"] == "date-time"


def test_the_same_idempotency_key_is_the_same_job(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "once"}
    first, again = (client.post("/v1/jobs", json=DRAFT, headers=headers).json()["id"] for _ in range(2))
    assert first == again
    other = client.post("/v1/jobs", json=DRAFT | {"seed": 9}, headers=headers)
    assert code_of(other)[:2] == (422, "idempotency")


def test_jobs_can_be_read_after_a_restart(gateway_options: GatewayOptions, serve: Any) -> None:
    with Gateway.open(gateway_options) as first, httpx.Client(base_url=serve(first), timeout=30) as client:
        job = final(client, submitted(client))
    with Gateway.open(gateway_options) as second, httpx.Client(base_url=serve(second), timeout=30) as client:
        assert client.get(f"/v1/jobs/{job['id']}").json() == job
        assert client.get(job["images"][0]["url"]).status_code == 200
