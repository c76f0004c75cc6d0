"""A provider that generates batches, and whose images depend on their size; installed as a third party's."""

import time

from generation import image

from harness.provider import Adapter, Capabilities, Output, ProviderOptions


class Options(ProviderOptions):
    @property
    def capabilities(self):
        return Capabilities("exact", frozenset({"prompt", "seed"}), 0.0, batch=True)


class Batching:
    kind = "batching"

    def __init__(self, name, options, root):
        self.name = name
        self.capabilities = options.capabilities

    def generate(self, job):
        return self.generate_batch([job])[0]

    def generate_batch(self, jobs):
        found = []
        for job in jobs:
            begun = time.perf_counter()
            data = image(job.recipe.request.prompt, job.recipe.request.seed, shift=min(len(jobs) - 1, 1))
            found.append(Output(data, {}, time.perf_counter() - begun, 0.0))
        return found

    def close(self):
        pass


ADAPTER = Adapter("batching", "generates batches", Batching, Options)
