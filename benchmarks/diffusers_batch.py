"""Whether a batch of diffusers pipelines gives the numbers of one image at a time, for tiny models of each family.

    make .venv-diffusers/.installed && .venv-diffusers/bin/python -m benchmarks.diffusers_batch

A run generates several seeds in one batch only where that would change no bit: the floats are compared, because equal
pixels of a few images may be luck of rounding.
"""

import warnings

import numpy as np
import torch

from harness.provider.local.diffusers_generation import switched
from harness.provider.local.diffusers_options import DiffusersOptions
from tests.provider.extra_diffusers import tiny

PROMPTS = ("two red circles", "a blue square", "two red circles", "green hills")
WITHOUT_BINS = {"use_resolution_binning": False}


def main() -> None:
    """Print a line a family."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    options = DiffusersOptions.read("tiny", {"model": "tiny"})
    for family in tiny.FAMILIES:
        pipeline = tiny.build(family)
        pipeline.set_progress_bar_config(disable=True)
        further = WITHOUT_BINS if family in ("pixart", "sana") else {}

        def images(prompts: tuple[str, ...], seeds: tuple[int, ...]) -> np.ndarray:
            generators = [torch.Generator().manual_seed(seed) for seed in seeds]
            asked = {"num_inference_steps": 3, "width": 32, "height": 32, "output_type": "np", **further}  # noqa: B023
            with switched(options):
                return np.asarray(pipeline(prompt=list(prompts), generator=generators, **asked).images)  # noqa: B023

        together = images(PROMPTS, (1, 2, 3, 4))
        alone = np.concatenate([images((prompt,), (seed,)) for seed, prompt in enumerate(PROMPTS, 1)])
        gap = float(np.abs(together - alone).max())
        pixels = int((np.round(together * 255) != np.round(alone * 255)).sum())
        print(f"{family:<12} {'equal' if gap == 0 else f'differs by up to {gap:.1e}; values of pixels: {pixels}'}")


if __name__ == "__main__":
    main()
