"""What judging needs, imported before the first image is generated: a part that is missing or broken is found before
money is spent, no image waits for it, and what is installed meanwhile changes nothing.

Modules are imported where they are used, so each use is made once, of a small image. Left out is ImageHash, which only
a hash whose bits are ties needs, and which takes half a second: where it cannot be imported, that trial alone fails.
"""

from importlib import import_module

from harness.runner.viewing import Viewing
from harness.suite import Plan
from harness.vocabulary import RuleKind


def import_for(plan: Plan, viewing: Viewing) -> None:
    """Import what comparing, hashing, checking and testing the images of a plan need, and open its viewers. Raises
    ImportError, and what opening a viewer raises."""
    import numpy as np

    from harness.comparison import compare, describe_image, features, heat_map
    from harness.image import EncodedImage, encode_png

    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    describe_image(EncodedImage(encode_png(noise)), "")
    compare(noise, noise[::-1].copy(), bytes_equal=False)
    heat_map(noise, noise[::-1].copy())
    if {variant.policy.drift.kind for variant in plan.variants()} & {RuleKind.SET, RuleKind.CALIBRATED}:
        features(noise)
        import_module("scipy.special")
    noise[8:40, 8:40] = (255, 0, 0)
    measuring = {variant.policy.embedding: None for variant in plan.variants() if variant.policy.embedding is not None}
    viewing.open((check for variant in plan.variants() for check in variant.checks), noise, measuring)
