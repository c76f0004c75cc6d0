"""The same provider with batches, installed as a third party's: kind ``batching``, option ``price``.

BATCH_FAULT spoils the first batch of a project: ``raise``, ``short`` (one image too few) or ``hang``.
"""

import os
import time

import paid

from harness.provider import Adapter, Capabilities, Output, ProviderOptions


class Options(ProviderOptions):
    price: float = 0.0
    """US dollars for an image."""

    @property
    def capabilities(self):
        honors = frozenset({"prompt", "seed", "size", "quality"})
        return Capabilities("best-effort", honors, self.price, batch=True)


class Batching:
    kind = "batching"

    def __init__(self, name, options, root):
        self.name = name
        self.capabilities = options.capabilities

    def generate(self, job):
        return self.output(job)

    def generate_batch(self, jobs):
        outputs = [self.output(job) for job in jobs]
        fault = os.environ.get("BATCH_FAULT")
        if fault and first():
            if fault == "raise":
                raise RuntimeError("out of memory")
            if fault == "hang":
                time.sleep(300)
            return outputs[:-1]
        return outputs

    def output(self, job):
        begun = time.perf_counter()
        data = paid.generate(job)
        return Output(data, {}, time.perf_counter() - begun, self.capabilities.price)

    def close(self):
        pass


def first():
    try:
        (paid.HERE / "first-batch").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


ADAPTER = Adapter("batching", "generates batches and counts", Batching, Options)
