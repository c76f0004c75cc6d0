"""Holding images against each other: A against B, and each arm against itself."""

import os
import shutil
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.comparison import Regions, compare, features, heat_map, identical_comparison
from harness.image import Image, ImageError, decode
from harness.judge import same_answer, score, unmeasured
from harness.ledger import LedgerError, image_problem, make_folder, read_image, store_heat_map, stored_path
from harness.records import AuditPair, Box, Comparison, ImageRef, Policy, Reason, ViewerSpec
from harness.study.audit.measuring import Measuring
from harness.study.audit.read import Prompt, Sample, without_image
from harness.vocabulary import EMBEDDING, Code, PairKind, Source

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

VISIBLE = 1.0
"""A score above this is a visible change: the tolerance of an image that was never calibrated."""
WINDOW = 64
"""Prompts that are distances at ahead of the answer."""
SHOWN = (
    "ssim", "ssim_block_min", "delta_e", "delta_e_block_max", "spectrum_peak", "phash", "dhash", "changed", "max_abs",
    "mae", "psnr", EMBEDDING,
)  # fmt: skip
"""Metrics that an audit keeps of each pair."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two generations compared with each other; ``reasons`` say why there is no score."""

    kind: PairKind
    score: float | None = None
    comparison: Comparison | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def metrics(self) -> dict[str, float]:
        """What could be measured, by name."""
        if self.comparison is None:
            return {}
        return {name: value for name in SHOWN if (value := self.comparison.value(name)) is not None}


@dataclass(frozen=True, slots=True)
class PromptDistances:
    """All distances of one prompt.

    ``within_a`` and ``within_b`` hold repeats of one arm, each repeat in one pair only; ``across`` one pair of A and B
    for each of those (so that the three can be compared), ``all_across`` every generation of A with the same one of B.
    """

    prompt: Prompt
    within_a: tuple[Compared, ...]
    within_b: tuple[Compared, ...]
    across: tuple[Compared, ...]
    all_across: tuple[Compared, ...]
    pairs: tuple[AuditPair, ...]

    def within(self, arm: str) -> tuple[Compared, ...]:
        """Return the distances within one arm."""
        return self.within_a if arm == "a" else self.within_b


class ArmComparer:
    """Reads, decodes and compares the images of two runs; what the page shows is put into ``folder``."""

    def __init__(self, folder: Path, a: Path, b: Path, viewers: Mapping[str, ViewerSpec]) -> None:
        """``viewers`` are those that may measure, by name."""
        self.folder, self.runs = folder, {"a": a, "b": b}
        self.measuring = Measuring(viewers)
        self._decoded: OrderedDict[str, Image] = OrderedDict()

    def look(self, prompts: Sequence[Prompt]) -> Iterator[PromptDistances]:
        """Yield the distances of every prompt, in order. Raises LedgerError where a page's file cannot be written."""
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for start in range(0, len(prompts), WINDOW):
                yield from pool.map(self._one, prompts[start : start + WINDOW])

    def features(self, prompt: Prompt) -> "list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]":
        """For each seed the features of A's images and of B's; seeds that one arm did not generate are left out."""
        import numpy as np

        found = []
        for a, b in prompt.seeds:
            sides = [
                [features(image.pixels) for sample in side.samples if (image := self._image(arm, sample)) is not None]
                for arm, side in (("a", a), ("b", b))
            ]
            if sides[0] and sides[1]:
                found.append((np.stack(sides[0]), np.stack(sides[1])))
        return found

    def _one(self, prompt: Prompt) -> PromptDistances:
        within: dict[str, list[Compared]] = {"a": [], "b": []}
        across: list[Compared] = []
        every: list[Compared] = []
        pairs: list[AuditPair] = []
        for a, b in prompt.seeds:
            policy = replace(a.policy, embedding=a.policy.embedding or b.policy.embedding)
            for arm, side in (("a", a), ("b", b)):
                fresh = [sample for sample in side.samples if sample.has_image and sample.source == Source.GENERATED]
                twos = zip(fresh[::2], fresh[1::2], strict=False)
                within[arm] += [self._compared((arm, one), (arm, two), side.policy) for one, two in twos]
            seen: set[object] = set()
            for index, (one, two) in enumerate(zip(a.samples, b.samples, strict=False)):
                same = (_identity(one), _identity(two))
                compared = self._compared(("a", one), ("b", two), policy) if one.has_image and two.has_image else None
                if compared is not None:
                    every.append(compared)
                    if index % 2 == 0:
                        across.append(compared)
                if same not in seen:
                    pairs.append(self._pair(a.key.seed, index, one, two, compared, policy))
                seen.add(same)
        return PromptDistances(
            prompt, tuple(within["a"]), tuple(within["b"]), tuple(across), tuple(every), tuple(pairs)
        )

    def _compared(self, one: tuple[str, Sample], two: tuple[str, Sample], policy: Policy) -> Compared:
        a, b = one[1], two[1]
        if a.image is None or b.image is None:
            same = a.image is b.image and same_answer(a.answer or "", b.answer or "")
            return Compared(PairKind.IDENTICAL, 0.0) if same else _unmeasured(Code.AUDIT_ANSWERS)
        if a.image.pixel_digest == b.image.pixel_digest:
            ref = b.image
            return Compared(PairKind.IDENTICAL, 0.0, identical_comparison(ref.width, ref.height, ref.hashes))
        images = self._image(*one), self._image(*two)
        if images[0] is None or images[1] is None:
            return _unmeasured(Code.AUDIT_LOST)
        comparison = compare(images[0].pixels, images[1].pixels, ignore=policy.ignore)
        refs = a.image, b.image
        return _judged(self.measuring.measured(comparison, policy, (images[0], images[1]), refs))

    def _pair(
        self, seed: int | None, index: int, a: Sample, b: Sample, compared: Compared | None, policy: Policy
    ) -> AuditPair:
        kind = PairKind.MISSING if compared is None else compared.kind
        heat, regions = None, Regions()
        if compared is not None and index == 0 and kind not in (PairKind.IDENTICAL, PairKind.MISSING):
            heat, regions = self._heat(a, b, compared, policy.ignore)
        return AuditPair(
            seed=seed,
            index=index,
            kind=kind,
            a=self._shown("a", a),
            b=self._shown("b", b),
            score=None if compared is None else compared.score,
            metrics={} if compared is None else compared.metrics,
            heat_map=heat,
            regions=regions.listed,
            more_regions=regions.more,
            findings_a=a.findings,
            findings_b=b.findings,
            answer_a=a.answer,
            answer_b=b.answer,
            reasons=_missing(a, b) if compared is None else compared.reasons,
        )

    def _heat(self, a: Sample, b: Sample, compared: Compared, ignore: Sequence[Box]) -> tuple[str | None, Regions]:
        images = self._image("a", a), self._image("b", b)
        if compared.comparison is None or images[0] is None or images[1] is None or "mae" not in compared.metrics:
            return None, Regions()
        heat = heat_map(images[0].pixels, images[1].pixels, ignore=ignore)
        return store_heat_map(self.folder, heat.png), heat.regions

    def _shown(self, arm: str, sample: Sample) -> ImageRef | None:
        """Return the image as the page finds it: in the arm's own run where that lies inside the audit, else linked
        here.
        """
        if sample.image is None:
            return None
        run = self.runs[arm]
        if run.parent == self.folder:
            return replace(sample.image, file=f"{run.name}/{sample.image.file}")
        target = stored_path(self.folder, sample.image.file)
        if target is not None and not target.exists() and not image_problem(run, sample.image):
            make_folder(target.parent)
            _link(run / sample.image.file, target)
        return sample.image

    def _image(self, arm: str, sample: Sample) -> Image | None:
        if sample.image is None:
            return None
        digest = sample.image.file_digest
        image = self._decoded.get(digest)
        if image is None:
            try:
                image = decode(read_image(self.runs[arm], sample.image))
            except (LedgerError, ImageError):
                return None
            self._decoded[digest] = image
            while len(self._decoded) > 4 * (os.cpu_count() or 1):
                with suppress(KeyError):
                    self._decoded.popitem(last=False)
        return image


def _judged(comparison: Comparison) -> Compared:
    if comparison.same_pixels:
        return Compared(PairKind.IDENTICAL, 0.0, comparison)
    found = score(comparison)
    if found is not None:
        return Compared(PairKind.VISIBLE if found > VISIBLE else PairKind.BENIGN, found, comparison)
    return replace(_unmeasured(Code.AUDIT_UNMEASURED, absent=unmeasured(comparison)), comparison=comparison)


def _unmeasured(code: Code, **data: str) -> Compared:
    return Compared(PairKind.UNMEASURED, reasons=(Reason(code, data),))


def _identity(sample: Sample) -> object:
    return sample.image.pixel_digest if sample.image is not None else (sample.verdict, sample.answer)


def _missing(a: Sample, b: Sample) -> tuple[Reason, ...]:
    return tuple(why for arm, one in (("A", a), ("B", b)) if not one.has_image for why in without_image(arm, one))


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        return
    except OSError:
        with suppress(OSError):
            shutil.copyfile(source, target)
