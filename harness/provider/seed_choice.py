"""Seeds for systems that would choose one themselves, or keep the last."""

import secrets

from harness.provider.protocol import Job


def seed_for(job: Job) -> int:
    """Return the seed asked for; a fresh random one for an image without a seed, so that it is known and no two share
    it.
    """
    seed = job.recipe.request.seed
    return secrets.randbits(32) if seed is None else seed  # 32 bits: what every sampler takes
