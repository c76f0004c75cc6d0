"""What is served is generated through one Session, recorded as an ordinary run, and never paid twice."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.errors import PaymentRequiredError, UnsupportedError
from harness.gateway.records import Caller, ImageRequest, Job
from harness.ledger import iter_results, read_run
from harness.provider import Job as ProviderJob
from harness.provider import create
from harness.records import Recipe, Request, Subject, TrialKey
from harness.suite import ProviderSpec
from harness.vocabulary import ImageState, JobState, Operation, Quality, Source
from tests.proofs.counted.project import PROGRAMS
from tests.proofs.counted.recorded import calls

DRAFT = ImageRequest("painter", "two red circles", seed=7, quality=Quality.DRAFT, size=(64, 64))


def serve(gateway: Gateway, *requests: ImageRequest, together: bool = True) -> list[Job]:
    """Submit requests, and return their jobs when they are final."""

    async def main() -> list[Job]:
        jobs = []
        for request in requests:
            job = await gateway.service.submit(request, Caller())
            jobs.append(job if together else await gateway.service.wait(job, 60))
        return [await gateway.service.wait(job, 60) for job in jobs]

    return asyncio.run(main())


def original(gateway: Gateway, job: Job) -> bytes:
    return asyncio.run(gateway.service.original(job.images[0]))


@pytest.fixture
def paid(gateway_options: GatewayOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GatewayOptions:
    """A gateway of a provider that costs money and counts its calls."""
    shutil.copy(PROGRAMS / "paid.py", tmp_path)
    monkeypatch.setenv("PAID_DELAY", "0.2")
    options = {"function": "paid.py:generate", "price": 0.01, "concurrency": 4}
    specs = {"mine": ProviderSpec("mine", "python", options, str(tmp_path))}
    return replace(gateway_options, providers=specs, default="mine", paid=True, lease=1.0)


MINE = ImageRequest("mine", "two", seed=1, size=(64, 64))


def test_an_image_is_the_provider_s_own_to_the_byte(gateway: Gateway) -> None:
    (job,) = serve(gateway, replace(DRAFT, n=3))
    painter = create("painter", "painter", {}, Path())
    for image in job.images:
        request = Request(DRAFT.prompt, seed=image.seed, width=64, height=64)
        recipe = Recipe(request, Subject("painter", "painter", settings={"quality": "draft"}))
        own = painter.generate(ProviderJob(recipe, TrialKey("a", "b"))).data
        assert asyncio.run(gateway.service.original(image)) == own
    assert [image.seed for image in job.images] == [7, 8, 9]


def test_what_is_served_is_a_run(gateway_options: GatewayOptions, tmp_path: Path) -> None:
    with Gateway.open(gateway_options) as gateway:
        jobs = serve(gateway, DRAFT, replace(DRAFT, prompt="a blue house"))
        assert gateway.worker is not None
        run = gateway_options.reports / gateway.worker.run
    record = read_run(run)
    assert record.complete
    assert {result.image.file_digest for result in iter_results(run) if result.image} == {
        job.images[0].digest for job in jobs
    }
    command = [sys.executable, "-m", "harness", "report", str(run)]
    # 1: they were compared with nothing
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1
    assert (run / "index.html").is_file()


def test_the_same_calls_of_two_gateways_have_the_same_keys(gateway_options: GatewayOptions, tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        options = replace(gateway_options, data=tmp_path / name, reports=tmp_path / name)
        with Gateway.open(options) as gateway:
            serve(gateway, DRAFT, DRAFT, together=False)
            assert gateway.worker is not None
            found.append({str(result.key) for result in iter_results(options.reports / gateway.worker.run)})
    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_equal_seeded_requests_in_flight_are_generated_once(paid: GatewayOptions, tmp_path: Path) -> None:
    with Gateway.open(paid) as gateway:
        jobs = serve(gateway, *[MINE] * 6)
    assert sum(calls(tmp_path).values()) == 1
    assert sorted(job.images[0].source or "" for job in jobs) == [Source.CACHE] * 5 + [Source.GENERATED]
    assert len({job.images[0].digest for job in jobs}) == 1
    assert sum(job.cost or 0 for job in jobs) == pytest.approx(0.01)


def test_unseeded_requests_are_never_shared(paid: GatewayOptions, tmp_path: Path) -> None:
    with Gateway.open(paid) as gateway:
        jobs = serve(gateway, *[replace(MINE, seed=None)] * 4)
    assert sum(calls(tmp_path).values()) == 4
    assert {job.images[0].source for job in jobs} == {Source.GENERATED}


def test_unseeded_requests_of_a_provider_that_repeats_get_seeds_of_their_own(gateway: Gateway) -> None:
    jobs = serve(gateway, *[replace(DRAFT, seed=None, n=2)] * 2)
    images = [image for job in jobs for image in job.images]
    assert len({image.digest for image in images}) == 4
    assert len({image.seed for image in images}) == 4
    (again,) = serve(gateway, replace(DRAFT, seed=images[0].seed))
    assert again.images[0].digest == images[0].digest


def test_unseeded_requests_get_the_seed_of_the_options(gateway_options: GatewayOptions) -> None:
    with Gateway.open(replace(gateway_options, seed=5)) as gateway:
        jobs = serve(gateway, *[replace(DRAFT, seed=None, n=2)] * 2, replace(DRAFT, seed=6))
    assert [image.seed for job in jobs for image in job.images] == [5, 6, 5, 6, 6]
    assert [image.digest for image in jobs[0].images] == [image.digest for image in jobs[1].images]
    assert jobs[0].images[1].digest == jobs[2].images[0].digest


def test_nothing_that_costs_is_generated_without_leave(paid: GatewayOptions, tmp_path: Path) -> None:
    with Gateway.open(replace(paid, paid=False)) as gateway, pytest.raises(PaymentRequiredError):
        serve(gateway, MINE)
    assert not calls(tmp_path)


def test_a_budget_holds_over_all_jobs_and_free_ones_go_on(paid: GatewayOptions, tmp_path: Path) -> None:
    providers = {**paid.providers, "painter": ProviderSpec("painter", "painter", root=".")}
    with Gateway.open(replace(paid, providers=providers, budget=0.025)) as gateway:
        jobs = serve(gateway, *(replace(MINE, seed=seed) for seed in range(5)), together=False)
        (free,) = serve(gateway, DRAFT)
    states = [job.state for job in jobs]
    assert states == [JobState.COMPLETED] * 2 + [JobState.FAILED] * 3
    assert {job.error.code for job in jobs if job.error} == {"budget-reached"}
    assert free.state is JobState.COMPLETED
    assert sum(calls(tmp_path).values()) == 2


def test_a_fault_of_the_provider_fails_its_job_only(gateway: Gateway) -> None:
    bad, good = serve(gateway, replace(DRAFT, size=(63, 64)), DRAFT)
    assert (bad.state, good.state) == (JobState.FAILED, JobState.COMPLETED)
    assert bad.error is not None
    assert bad.images[0].state is ImageState.FAILED


def test_a_question_to_a_provider_that_answers_none_is_refused(gateway_options: GatewayOptions, tmp_path: Path) -> None:
    specs = {"files": ProviderSpec("files", "folder", {"folder": "."}, str(tmp_path))}
    request = ImageRequest("files", "how many circles?", operation=Operation.ASK)
    options = replace(gateway_options, providers=specs, default="files")
    with Gateway.open(options) as gateway, pytest.raises(UnsupportedError):
        serve(gateway, request)


def test_a_cancelled_job_ends_before_its_image(gateway: Gateway) -> None:
    async def main() -> Job:
        request = replace(DRAFT, quality=Quality.HD, size=(1024, 1024), n=8)
        job = await gateway.service.submit(request, Caller())
        async for event in gateway.service.events(job.id):
            if event.kind.value == "started":
                break
        await gateway.service.cancel(job.id)
        return await gateway.service.wait(job, 60)

    job = asyncio.run(main())
    assert job.state is JobState.CANCELLED
    assert {image.error.code for image in job.images if image.error} == {"generation-cancelled"}


def test_a_job_past_its_deadline_is_ended(gateway: Gateway) -> None:
    async def main() -> Job:
        request = replace(DRAFT, quality=Quality.HD, size=(1024, 1024), n=10)
        return await gateway.service.wait(await gateway.service.submit(request, Caller(deadline=1.0)), 60)

    assert asyncio.run(main()).state is JobState.EXPIRED


def test_what_is_not_done_at_the_end_of_a_shutdown_is_done_by_the_next_gateway(gateway_options: GatewayOptions) -> None:
    async def begin(gateway: Gateway) -> Job:
        request = replace(DRAFT, quality=Quality.HD, size=(512, 512), n=2)
        job = await gateway.service.submit(request, Caller())
        async for event in gateway.service.events(job.id):
            if event.kind.value == "started":
                break
        return job

    with Gateway.open(replace(gateway_options, drain=0.05)) as first:
        begun = asyncio.run(begin(first))
    with Gateway.open(gateway_options) as second:
        job = asyncio.run(second.service.wait(second.store.get(begun.id), 60))
    assert job.state is JobState.COMPLETED
    assert len({image.digest for image in job.images}) == 2
    assert job.attempts == 2


def test_partial_images_are_sent_to_who_listens(gateway: Gateway) -> None:
    async def main() -> list[tuple[str, int]]:
        job = await gateway.service.submit(replace(DRAFT, quality=Quality.STANDARD), Caller())
        found = []
        async for event in gateway.service.events(job.id, partial_images=True):
            found.append((event.kind.value, event.data.get("step", 0)))
            assert (event.image is not None) == (event.kind.value == "partial")
        return found

    found = asyncio.run(main())
    steps = [step for kind, step in found if kind == "partial"]
    assert steps == sorted(set(steps))
    assert steps
    assert max(steps) < 12
    assert found[-1][0] == "completed"


def waits_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_paid_call_that_was_sent_is_never_sent_again(paid: GatewayOptions, tmp_path: Path) -> None:
    """A worker process is killed while its paid call is under way; another takes the job over."""
    program = tmp_path / "worker.py"
    program.write_text(
        "import sys, json, time\n"
        "from pathlib import Path\n"
        "from harness.gateway import Gateway, GatewayOptions\n"
        "from harness.suite import ProviderSpec\n"
        "root = Path(sys.argv[1])\n"
        "options = {'function': 'paid.py:generate', 'price': 0.01, 'concurrency': 1}\n"
        "specs = {'mine': ProviderSpec('mine', 'python', options, str(root))}\n"
        "options = GatewayOptions(root / 'gateway', root / 'reports', specs, 'mine', paid=True, lease=1)\n"
        "gateway = Gateway.open(options)\n"
        "time.sleep(60)\n"
    )
    with Gateway.open(replace(paid, accept_only=True)) as accepting:

        async def submit() -> list[Job]:
            return [await accepting.service.submit(replace(MINE, seed=seed), Caller()) for seed in range(2)]

        jobs = asyncio.run(submit())
        environment = {"PAID_DELAY": "30", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        process = subprocess.Popen([sys.executable, str(program), str(tmp_path)], env=environment)
        try:
            waits_until(lambda: calls(tmp_path))
        finally:
            process.kill()
            process.wait()
        with Gateway.open(paid) as survivor:
            waits_until(lambda: all(survivor.store.get(job.id).state.is_final for job in jobs))
            first, second = (survivor.store.get(job.id) for job in jobs)
    assert first.error is not None
    assert (first.state, first.error.code, first.error.possibly_billed) == (JobState.FAILED, "possibly-billed", True)
    assert second.state is JobState.COMPLETED
    assert sorted(calls(tmp_path).values()) == [1, 1]


def test_an_image_that_was_recorded_before_the_worker_ended_is_found(paid: GatewayOptions, tmp_path: Path) -> None:
    """The kill came between the run's line and the job's row."""
    with Gateway.open(paid) as gateway:
        (job,) = serve(gateway, MINE)
        sent = replace(job.images[0], state=ImageState.SENT, file=None, digest=None, error=None)
        again = gateway.store.submit(MINE, Caller())[0]
        gateway.store.image(again.id, sent)
        gateway.worker.wake()  # type: ignore[union-attr]
        waits_until(lambda: gateway.store.get(again.id).state.is_final)
        found = gateway.store.get(again.id)
    assert found.state is JobState.COMPLETED
    assert found.images[0].digest == job.images[0].digest
    assert sum(calls(tmp_path).values()) == 1


def test_the_environment_and_what_was_left_out_are_reported(gateway: Gateway) -> None:
    (job,) = serve(gateway, replace(DRAFT, settings={"background": "transparent", "moderation": "low"}))
    assert set(job.not_honored) == {"background", "moderation"}
    assert job.images[0].environment["weights"]
    assert json.dumps(dict(job.images[0].environment))
