"""Seeds for systems that would choose one themselves, or keep the last."""

import os

from harness.provider.protocol import Job

BITS = 32
"""What every sampler takes."""


def seed_for(job: Job) -> int:
    """Return the seed asked for; a fresh random one for an image without a seed, so that it is known and no two share
    it.
    """
    seed = job.recipe.request.seed
    return int.from_bytes(os.urandom(BITS // 8)) if seed is None else seed
