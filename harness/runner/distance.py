"""The panel of two images of a trial, with the metric that a viewer measures where the suite chose one."""

from collections.abc import Callable
from dataclasses import replace

from harness.comparison import without_ignored
from harness.image import EncodedImage, Pixels
from harness.records import Comparison, ImageRef, Measurement, Policy
from harness.runner.received_image import Received, compare_received
from harness.runner.viewing import Viewing
from harness.vision import ViewedImage
from harness.vocabulary import EMBEDDING


def compare_by(
    policy: Policy, viewing: Viewing, reference: ImageRef, received: Received, load: Callable[[], EncodedImage]
) -> Comparison:
    """Return the panel between an accepted image and a candidate by the policy of their trial; the former is only read
    where they differ. Raises what opening a viewer raises."""
    comparison = compare_received(reference, received, policy.ignore, load)
    return with_distance(
        comparison,
        policy,
        viewing,
        lambda: viewed(load().image.pixels, reference.pixel_digest, policy),
        lambda: viewed(received.image.image.pixels, received.ref.pixel_digest, policy),
    )


def with_distance(
    comparison: Comparison,
    policy: Policy,
    viewing: Viewing,
    accepted: Callable[[], ViewedImage],
    candidate: Callable[[], ViewedImage],
) -> Comparison:
    """Return a comparison with the metric ``embedding``, as it is where no viewer was chosen for it. What could not be
    measured is absent."""
    if policy.embedding is None:
        return comparison
    if comparison.same_pixels:
        measured = Measurement(value=0.0, detail={"judge": viewing.judge(policy.embedding)})
    elif why := comparison.absent("pixels_equal"):
        measured = Measurement(absent=why)
    else:
        measured = viewing.distance(policy.embedding, accepted(), candidate())
    return replace(comparison, measurements={**comparison.measurements, EMBEDDING: measured})


def viewed(pixels: Pixels, digest: str, policy: Policy) -> ViewedImage:
    """Return an image as a viewer of the metric receives it: without the places that the policy ignores."""
    seen = without_ignored(pixels, policy.ignore)
    return ViewedImage(seen, digest if seen is pixels else "")
