"""Faults on demand: parsing, which request gets which, and each of them over REST and in the run."""

import asyncio
import base64
import io
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from PIL import Image

from harness.errors import UsageError
from harness.gateway import Gateway, GatewayOptions
from harness.gateway.errors import FaultOnDemandError, InvalidRequestError
from harness.gateway.faults import HEADER, Faults
from harness.gateway.records import Caller, ImageRequest
from harness.ledger import iter_results
from harness.vocabulary import FaultKind, ImageState, JobState, Operation, Quality

PATH = "/v1/images/generations"
IMAGE = {"prompt": "a red circle", "size": "64x64", "quality": "low", "seed": 5}
SEEDED = ImageRequest("painter", "a red circle", seed=5, size=(64, 64), quality=Quality.DRAFT)


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions) -> GatewayOptions:
    return replace(gateway_options, faults="allow")


def image_of(response: httpx.Response) -> Image.Image:
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(base64.b64decode(response.json()["data"][0]["b64_json"]))).convert("RGB")


def post(url: str, fault: str | None = None, **more: object) -> httpx.Response:
    headers = {} if fault is None else {HEADER: fault}
    return httpx.post(url + PATH, json=IMAGE | more, headers=headers, timeout=30)


@pytest.mark.parametrize(
    "text", ["418:0.1", "429", "429:x", "429:1.5", "429:-1", "429:nan", "429:0.1,429:0.2", "429:0.6,500:0.6", "allow:1"]
)
def test_what_is_no_list_of_faults_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Faults(text)


def test_the_same_seed_gives_the_same_faults_in_the_same_order() -> None:
    text = "429:0.1, timeout:0.05,truncate:0.01,wrong-seed:0.02,blank:0.01"
    one, two, other = (
        [faults.choose(None, SEEDED) for _ in range(4000)]
        for faults in (Faults(text, 1), Faults(text, 1), Faults(text, 2))
    )
    assert one == two
    assert one != other
    counts = Counter(one)
    assert 300 < counts[FaultKind.RATE_LIMITED] < 500
    assert 130 < counts[FaultKind.TIMEOUT] < 270
    assert set(counts) == {None, *(FaultKind(part.split(":")[0].strip()) for part in text.split(","))}


def test_all_or_none() -> None:
    assert {Faults("500:1").choose(None, SEEDED) for _ in range(50)} == {FaultKind.SERVER_ERROR}
    for text in ("", "allow", "500:0"):
        assert Faults(text).choose(None, SEEDED) is None


def test_a_fault_that_cannot_be_had_is_refused() -> None:
    ask = replace(SEEDED, operation=Operation.ASK)
    unseeded = replace(SEEDED, seed=None)
    for faults, asked, request in (
        (Faults(), "429", SEEDED),
        (Faults("allow"), "418", SEEDED),
        (Faults("allow"), "wrong-seed", unseeded),
        (Faults("allow"), "blank", ask),
    ):
        with pytest.raises(InvalidRequestError):
            faults.choose(asked, request)
    assert Faults("wrong-seed:1").choose(None, unseeded) is None


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("503", 503)])
def test_a_status_is_answered_and_recorded(gateway: Gateway, server: str, kind: str, status: int) -> None:
    response = post(server, kind)
    assert response.status_code == status
    assert response.json()["error"]["code"] == "fault-on-demand"
    assert response.headers[HEADER] == kind
    assert ("retry-after-ms" in response.headers) == (kind != "500")
    assert gateway.store.newest() == []
    assert gateway.worker is not None
    (result,) = iter_results(gateway.options.reports / gateway.worker.run)
    assert result.key.variant == f"fault={kind}/base"
    assert result.image is None
    assert result.recipe.request.prompt == IMAGE["prompt"]
    # the next one is as usual
    assert HEADER not in post(server).headers


def test_a_timeout_is_an_answer_that_does_not_come(gateway: Gateway, server: str) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(server + PATH, json=IMAGE, headers={HEADER: "timeout"}, timeout=0.5)
    assert gateway.store.newest() == []
    assert post(server).status_code == 200


def test_a_timeout_ends_with_the_deadline(gateway_options: GatewayOptions, serve: Callable[[Gateway], str]) -> None:
    with Gateway.open(replace(gateway_options, deadline=0.3)) as gateway:
        response = post(serve(gateway), "timeout")
        assert (response.status_code, response.headers[HEADER]) == (504, "timeout")


def test_a_timeout_ends_when_the_gateway_stops(gateway: Gateway, server: str) -> None:
    timer = threading.Timer(0.5, gateway.begin_drain)
    timer.start()
    assert post(server, "timeout").status_code == 504
    timer.join()


@pytest.mark.parametrize("stream", [False, True])
def test_a_body_is_cut_before_what_was_announced(gateway: Gateway, server: str, *, stream: bool) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        post(server, "truncate", stream=stream)
    (job,) = gateway.store.newest()
    assert job.fault == "truncate"
    whole = post(server, stream=stream)
    assert whole.status_code == 200


def test_a_wrong_seed_is_reported_as_the_right_one(gateway: Gateway, server: str) -> None:
    honest, next_one = image_of(post(server)), image_of(post(server, seed=6))
    faulty = post(server, "wrong-seed")
    assert faulty.headers[HEADER] == "wrong-seed"
    assert image_of(faulty).tobytes() == next_one.tobytes() != honest.tobytes()
    assert faulty.json()["harness"]["seeds"] == [5]
    job = gateway.store.newest(1)[0]
    assert (job.fault, job.images[0].seed) == ("wrong-seed", 5)
    assert gateway.worker is not None
    results = list(iter_results(gateway.options.reports / gateway.worker.run))
    (marked,) = [result for result in results if "fault" in result.environment]
    assert marked.environment["fault"] == "wrong-seed"
    assert marked.key.variant == "fault=wrong-seed/base"
    assert marked.recipe.request.seed == 6
    assert any("wrong-seed" in note for note in marked.notes or ())
    # an honest request is not given it
    assert image_of(post(server)).tobytes() == honest.tobytes()


def test_a_blank_image_has_the_right_size(gateway: Gateway, server: str) -> None:
    honest = image_of(post(server, size="128x64"))
    blank = post(server, "blank", size="128x64", n=2)
    assert blank.headers[HEADER] == "blank"
    image = image_of(blank)
    assert image.size == (128, 64)
    assert image.getcolors() == [(128 * 64, (255, 255, 255))]
    assert gateway.worker is not None
    results = list(iter_results(gateway.options.reports / gateway.worker.run))
    assert [result.environment.get("fault") for result in results].count("blank") == 2
    assert image_of(post(server, size="128x64")).tobytes() == honest.tobytes()


def test_faults_do_not_enter_equal_requests_in_flight(gateway: Gateway) -> None:
    async def both() -> list[str]:
        jobs = [
            await gateway.service.submit(SEEDED, Caller(fault=fault)) for fault in (None, "wrong-seed", "blank", None)
        ]
        done = await asyncio.gather(*(gateway.service.wait(job) for job in jobs))
        assert {job.state for job in done} == {JobState.COMPLETED}
        return [str(job.images[0].digest) for job in done]

    first, wrong, blank, last = asyncio.run(both())
    assert first == last
    assert len({first, wrong, blank}) == 3


def test_a_cache_never_has_a_fault(gateway_options: GatewayOptions, tmp_path_factory: pytest.TempPathFactory) -> None:
    options = replace(gateway_options, cache=tmp_path_factory.mktemp("cache"))

    async def digest(gateway: Gateway, fault: str | None) -> str:
        job = await gateway.service.wait(await gateway.service.submit(SEEDED, Caller(fault=fault)))
        assert job.images[0].state is ImageState.DONE
        return str(job.images[0].digest)

    with Gateway.open(options) as gateway:
        faulty = {asyncio.run(digest(gateway, fault)) for fault in ("wrong-seed", "blank")}
        honest = asyncio.run(digest(gateway, None))
    assert honest not in faulty
    with Gateway.open(replace(options, reports=options.reports / "again")) as gateway:
        assert asyncio.run(digest(gateway, None)) == honest


def test_faults_by_chance_are_the_same_after_a_restart(gateway_options: GatewayOptions) -> None:
    options = replace(gateway_options, faults="429:0.3,503:0.3", fault_seed=3)

    async def outcomes(gateway: Gateway) -> list[str]:
        found = []
        for _ in range(12):
            try:
                await gateway.service.submit(SEEDED, Caller())
                found.append("")
            except FaultOnDemandError as fault:
                found.append(str(fault.kind))
        return found

    with Gateway.open(options) as gateway:
        first = asyncio.run(outcomes(gateway))
    with Gateway.open(replace(options, reports=options.reports / "again")) as gateway:
        assert asyncio.run(outcomes(gateway)) == first
    assert set(first) == {"", "429", "503"}


def test_without_permission_a_request_gets_no_fault(
    gateway_options: GatewayOptions, serve: Callable[[Gateway], str]
) -> None:
    with Gateway.open(replace(gateway_options, faults="")) as gateway:
        response = post(serve(gateway), "429")
        assert (response.status_code, response.json()["error"]["param"]) == (400, HEADER)


def test_faults_are_recorded_from_many_threads(gateway: Gateway) -> None:
    def submit() -> None:
        for _ in range(5):
            with pytest.raises(FaultOnDemandError):
                asyncio.run(gateway.service.submit(SEEDED, Caller(fault="500")))

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gateway.worker is not None
    results = list(iter_results(gateway.options.reports / gateway.worker.run))
    assert len({result.key for result in results}) == 20
