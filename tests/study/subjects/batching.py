"""A provider that draws batches, and whose pictures depend on their size; installed as a third party's."""

import time

from drawing import picture

from harness.provider import Adapter, Capabilities, Drawn, Explanation

CAPABILITIES = Capabilities("exact", frozenset({"prompt", "seed"}), 0.0, batch=True)


class Batching:
    kind = "batching"
    capabilities = CAPABILITIES

    def __init__(self, name, options, root):
        self.name = name

    def draw(self, job):
        return self.draw_batch([job])[0]

    def draw_batch(self, jobs):
        found = []
        for job in jobs:
            begun = time.perf_counter()
            data = picture(job.recipe.request.prompt, job.recipe.request.seed, shift=min(len(jobs) - 1, 1))
            found.append(Drawn(data, {}, time.perf_counter() - begun, 0.0))
        return found

    def close(self):
        pass


ADAPTER = Adapter(
    "batching",
    "draws batches",
    lambda _options: CAPABILITIES,
    Batching,
    lambda _measure: Explanation("batching", "draws batches"),
)
