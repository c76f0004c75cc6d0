"""The events of a job come in the order in which they happened, partial images among them."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from harness.gateway import Gateway, GatewayOptions
from harness.gateway.records import Caller, ImageRequest, JobEvent, ServedImage
from harness.vocabulary import ImageState, JobEventKind
from tests.gateway.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path / "lab")


@pytest.fixture
def gateway_options(gateway_options: GatewayOptions, lab: Lab) -> GatewayOptions:
    return replace(gateway_options, providers={"lab": lab.provider}, default="lab")


@pytest.mark.parametrize("partial_images", [True, False])
def test_a_partial_image_comes_before_the_image_that_it_is_of(gateway: Gateway, lab: Lab, partial_images: bool) -> None:
    async def main() -> list[tuple[JobEventKind, int]]:
        service, bus = gateway.service, gateway.bus
        job = await service.submit(ImageRequest("lab", "wait", n=2, size=(64, 64)), Caller())
        while len(lab.begun) < 2:
            await asyncio.sleep(0.01)
        seen = []
        async with aclosing(service.events(job.id, partial_images=partial_images)) as events:
            async for event in events:
                if event.kind is JobEventKind.STARTED:
                    break
            # all of it happens before the listener looks again
            for index in range(2):
                partial = {"index": index, "step": 1, "steps": 4}
                bus.publish(JobEvent(job.id, 0, JobEventKind.PARTIAL, time.time(), partial, b"PNG"))
                service.store.image(job.id, ServedImage(index, ImageState.DONE))
                bus.publish(JobEvent(job.id, 0, JobEventKind.IMAGE, time.time()))
            async for event in events:
                seen.append((event.kind, event.data["index"]))
                if len(seen) == 2 + 2 * partial_images:
                    break
        await service.cancel(job.id)
        return seen

    partials = [(JobEventKind.PARTIAL, 0), (JobEventKind.PARTIAL, 1)] * partial_images
    images = [(JobEventKind.IMAGE, 0), (JobEventKind.IMAGE, 1)]
    seen = asyncio.run(main())
    assert sorted(seen) == sorted(partials + images)
    assert all(seen.index(image) > seen.index(partial) for partial, image in zip(partials, images, strict=False))
