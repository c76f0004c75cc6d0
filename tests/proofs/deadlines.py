"""How long a trial takes whose service, or whose image, is slow: the time it was given, beside the time it took.

python -m tests.proofs.deadlines
"""

import contextlib
import io
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from harness.errors import GenerationError
from harness.generation import Generated
from harness.image import ImageError
from harness.provider import Output, Provider, create
from harness.records import Policy, Recipe, Request, Rule, Subject, Trial, TrialKey
from tests.proofs.replies import asked, served
from tests.provider.servers.base import Loopback, Received, hang

SLOW = {
    "comfyui, slow poll": ("comfyui", ("/history",)),
    "comfyui, slow cancel": ("comfyui", ("/history", "/interrupt", "/queue")),
    "comfyui, slow fetch": ("comfyui", ("/view",)),
    "comfyui, slow upload of the job": ("comfyui", ("/prompt", "/interrupt", "/queue")),
    "automatic1111, slow image": ("automatic1111", ("/sdapi/v1/txt2img",)),
    "automatic1111, slow cancel": ("automatic1111", ("/sdapi/v1/",)),
}
"""Which paths of a server are never answered."""


@contextlib.contextmanager
def slow(name: str) -> Iterator[Provider]:
    """A provider whose server answers some paths never."""
    kind, silent = SLOW[name]
    with served(kind) as (server, adapter, options), tempfile.TemporaryDirectory() as folder:
        silence(server, silent)
        provider = create("mine", adapter, options, Path(folder))
        yield provider
        server.stopping.set()
        provider.close()


def silence(server: Loopback, paths: tuple[str, ...]) -> None:
    """Let a server answer requests for these paths never."""
    take = server.take

    def taken(received: Received) -> Any:
        return hang() if received.path.startswith(paths) else take(received)

    server.take = taken  # type: ignore[method-assign]


def many_scans(side: int, count: int) -> bytes:
    """A progressive JPEG of one grey whose last scan is there again and again."""
    out = io.BytesIO()
    Image.new("L", (side, side), 128).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    last, scans = data.rindex(b"\xff\xda"), data.count(b"\xff\xda")
    return data[:-2] + data[last:-2] * (count - scans) + data[-2:]


def received(data: bytes, timeout: float) -> Generated:
    """A trial whose image came at once."""
    recipe = Recipe(Request("a"), Subject("mine", "kind"))
    return Generated(Trial(TrialKey("s", "c"), recipe, Policy(Rule(), timeout=timeout)), Output(data), 0.0)


def main() -> None:
    """Print a line for each."""
    for name in SLOW:
        begun = time.monotonic()
        with slow(name) as provider:
            try:
                provider.generate(asked(0))
                outcome = "image"
            except GenerationError as fault:
                outcome = f"{type(fault).__name__}: {fault}"
            taken = time.monotonic() - begun
        print(json.dumps({"trial": name, "timeout": 5.0, "took": round(taken, 2), "outcome": outcome}))
    for scans, timeout in ((3000, 3.0), (100, 1.0), (100, 60.0)):
        data, begun, outcome = many_scans(8000, scans), time.monotonic(), "image"
        try:
            _ = received(data, timeout).image.image
        except ImageError as fault:
            outcome = f"{type(fault).__name__}: {fault}"
        taken = time.monotonic() - begun
        name = f"JPEG of 8000 × 8000 pixels and {scans} scans in {len(data):,} bytes"
        print(json.dumps({"trial": name, "timeout": timeout, "took": round(taken, 2), "outcome": outcome}))


if __name__ == "__main__":
    main()
