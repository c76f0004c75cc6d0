"""A candidate compared with what was accepted for its trial, and the evidence of how they differ."""

from dataclasses import dataclass, replace

from harness.baseline import Accepted, BaselineError, BaselineImageError, Baselines
from harness.comparison import describe_image, heat_map
from harness.generation import Generated
from harness.image import EncodedImage, ImageError
from harness.judge import Reference
from harness.ledger import Ledger
from harness.records import Comparison, FloorReading, ImageRef, Policy, Trial, TrialKey
from harness.runner.distance import compare_by
from harness.runner.floors import floor_reading
from harness.runner.received_image import Received
from harness.runner.viewing import Viewing
from harness.vision import ViewedImage, ViewerError
from harness.vocabulary import INDEPENDENT, RuleKind


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate compared with one accepted image: ``reference`` None when there was nothing to compare with,
    ``image`` what it was compared with, ``fault`` when that is not what was accepted."""

    reference: Reference | None
    image: EncodedImage | None
    fault: BaselineImageError | None = None


class Comparing:
    """Compares candidates with accepted images; may be used from several threads.

    ``confirmations`` is how many more generations a drift from a noise floor needs.
    """

    def __init__(self, ledger: Ledger, baselines: Baselines, viewing: Viewing, confirmations: int) -> None:
        self.ledger, self.baselines, self.viewing, self.confirmations = ledger, baselines, viewing, confirmations

    def load(self, item: Accepted, key: TrialKey) -> EncodedImage:
        """Return an accepted image as stored. Raises BaselineImageError."""
        return EncodedImage(self.baselines.load(item, key), item.image.file_digest)

    def compared(self, item: Accepted, received: Received, generation: Generated) -> "Compared":
        """Compare the candidate with an accepted image; one that was altered is compared as it is stored."""
        trial, generated = generation.trial, generation.generated
        try:
            image = self.load(item, trial.key)
        except BaselineImageError as fault:
            return self._altered(item, received, trial, fault)
        comparison = compare_by(trial.policy, self.viewing, item.image, received, lambda: image)
        again = self.confirmations if generated.source in INDEPENDENT else 0
        floor = floor_reading(item, comparison, generated.environment, trial.policy.drift, again)
        return Compared(_reference(item, comparison, floor), image)

    def _altered(self, item: Accepted, received: Received, trial: Trial, fault: BaselineImageError) -> "Compared":
        try:
            image = EncodedImage(self.baselines.path(item).read_bytes())
            stored = describe_image(image, item.image.file)
        except (OSError, ImageError):
            return Compared(None, None, fault)
        comparison = compare_by(trial.policy, self.viewing, stored, received, lambda: image)
        return Compared(_reference(item, comparison), image, fault)

    def shown(self, compared: "Compared", comparison: Comparison, received: Received, policy: Policy) -> Comparison:
        """For an image that differs: the heat map, and the accepted image beside the candidate in the run.

        Two images of a set differ everywhere: a map of that says nothing.
        """
        if comparison.same_pixels:
            return comparison
        assert compared.image is not None
        accepted, candidate = compared.image.image, received.image.image
        self.ledger.store_image(compared.image.data, accepted.format, durable=False, digest=compared.image.digest)
        if accepted.pixels.shape[:2] != candidate.pixels.shape[:2] or policy.drift.kind == RuleKind.SET:
            return comparison
        heat = heat_map(accepted.pixels, candidate.pixels, ignore=policy.ignore)
        file = self.ledger.store_heat_map(heat.png)
        return replace(comparison, heat_map=file, regions=heat.regions.listed, more_regions=heat.regions.more)

    def beside(self, accepted: tuple[Accepted, ...], received: Received, trial: Trial) -> ViewedImage | None:
        """Return the nearest accepted image, for checks that compare with it; None where none is accepted."""
        if not accepted:
            return None
        item = nearest_of(accepted, received.ref)
        try:
            pixels = self.load(item, trial.key).image.pixels
        except (BaselineError, ImageError) as fault:
            raise ViewerError("", f"the accepted image cannot be read: {fault}", fault.hint) from fault
        return ViewedImage(pixels, item.image.pixel_digest, item.recipe.request.prompt)


def nearest_of(accepted: tuple[Accepted, ...], ref: ImageRef) -> Accepted:
    """Return the accepted image whose pHash is nearest; one of equal pixels before all."""

    def distance(item: Accepted) -> tuple[bool, int]:
        old, new = item.image.hashes.get("phash"), ref.hashes.get("phash")
        bits = 65 if old is None or new is None else (int(old, 16) ^ int(new, 16)).bit_count()
        return item.image.pixel_digest != ref.pixel_digest, bits

    return min(accepted, key=distance)


def _reference(item: Accepted, comparison: Comparison, floor: FloorReading | None = None) -> Reference:
    return Reference(item.recipe, item.environment, comparison, floor, item.image.notes or ())
