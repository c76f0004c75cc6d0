"""Holding pictures against each other: A against B, and each arm against itself."""

import os
import shutil
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.compare import compare, features, heat_map, identical_comparison
from harness.image import ImageFault, Picture, decode, file_digest
from harness.judge import score
from harness.ledger import LedgerFault, make_folder, place, read_picture
from harness.records import Box, Comparison, PictureRef
from harness.records.audit import AuditPair
from harness.study.audit_read import Draw, Prompt

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

VISIBLE = 1.0
"""A score above this is a visible change: the tolerance of a picture that was never calibrated."""
WINDOW = 64
"""Prompts that are looked at ahead of the answer."""
SHOWN = ("ssim", "ssim_block_min", "delta_e", "phash", "changed", "max_abs", "mae", "psnr")
"""Measures of the panel that an audit keeps of each pair."""


@dataclass(frozen=True, slots=True)
class Held:
    """Two drawings held against each other; ``kind`` as in :data:`harness.records.audit.KINDS`."""

    kind: str
    score: float | None = None
    comparison: Comparison | None = None
    note: str = ""

    @property
    def measures(self) -> dict[str, float]:
        """What could be measured, by name."""
        if self.comparison is None:
            return {}
        found = ((name, self.comparison.measurements.get(name)) for name in SHOWN)
        return {name: float(one.value) for name, one in found if one is not None and one.value is not None}


@dataclass(frozen=True, slots=True)
class Looked:
    """All distances of one prompt.

    ``within_a`` and ``within_b`` hold repeats of one arm, each repeat in one pair only; ``across`` one pair of A and B
    for each of those (so that the three can be compared), ``all_across`` every drawing of A with the same one of B.
    """

    prompt: Prompt
    within_a: tuple[Held, ...]
    within_b: tuple[Held, ...]
    across: tuple[Held, ...]
    all_across: tuple[Held, ...]
    pairs: tuple[AuditPair, ...]

    def within(self, arm: str) -> tuple[Held, ...]:
        """The distances within one arm."""
        return self.within_a if arm == "a" else self.within_b


class Looker:
    """Reads, decodes and compares the pictures of two runs; what the page shows is put into ``folder``."""

    def __init__(self, folder: Path, a: Path, b: Path) -> None:
        self.folder, self.runs = folder, {"a": a, "b": b}
        self._decoded: OrderedDict[str, Picture] = OrderedDict()

    def look(self, prompts: Sequence[Prompt]) -> Iterator[Looked]:
        """The distances of every prompt, in order. Raises LedgerFault where a file of the page cannot be written."""
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for start in range(0, len(prompts), WINDOW):
                yield from pool.map(self._one, prompts[start : start + WINDOW])

    def features(self, prompt: Prompt) -> "list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]":
        """For each seed the features of A's pictures and of B's; seeds that one arm did not draw are left out."""
        import numpy as np

        found = []
        for a, b in prompt.seeds:
            sides = [
                [features(picture.pixels) for draw in side.draws if (picture := self._picture(arm, draw)) is not None]
                for arm, side in (("a", a), ("b", b))
            ]
            if sides[0] and sides[1]:
                found.append((np.stack(sides[0]), np.stack(sides[1])))
        return found

    def _one(self, prompt: Prompt) -> Looked:
        within: dict[str, list[Held]] = {"a": [], "b": []}
        across: list[Held] = []
        every: list[Held] = []
        pairs: list[AuditPair] = []
        for a, b in prompt.seeds:
            for arm, side in (("a", a), ("b", b)):
                fresh = [draw for draw in side.draws if draw.there and draw.source == "drawn"]
                twos = zip(fresh[::2], fresh[1::2], strict=False)
                within[arm] += [self._held((arm, one), (arm, two), side.ignore) for one, two in twos]
            seen: set[object] = set()
            for index, (one, two) in enumerate(zip(a.draws, b.draws, strict=False)):
                same = (_identity(one), _identity(two))
                held = self._held(("a", one), ("b", two), a.ignore) if one.there and two.there else None
                if held is not None:
                    every.append(held)
                    if index % 2 == 0:
                        across.append(held)
                if same not in seen:
                    pairs.append(self._pair(a.key.seed, index, one, two, held, a.ignore))
                seen.add(same)
        return Looked(prompt, tuple(within["a"]), tuple(within["b"]), tuple(across), tuple(every), tuple(pairs))

    def _held(self, one: tuple[str, Draw], two: tuple[str, Draw], ignore: Sequence[Box]) -> Held:
        a, b = one[1], two[1]
        if a.picture is None or b.picture is None:
            same = a.picture is b.picture and _answer(a) == _answer(b)
            return Held("identical", 0.0) if same else Held("unmeasured", note="the answers differ")
        if a.picture.pixel_digest == b.picture.pixel_digest:
            ref = b.picture
            return Held("identical", 0.0, identical_comparison(ref.width, ref.height, ref.hashes))
        pictures = self._picture(*one), self._picture(*two)
        if pictures[0] is None or pictures[1] is None:
            return Held("unmeasured", note="a picture of the run is lost")
        comparison = compare(pictures[0].pixels, pictures[1].pixels, ignore=ignore)
        return _judged(comparison)

    def _pair(
        self, seed: int | None, index: int, a: Draw, b: Draw, held: Held | None, ignore: Sequence[Box]
    ) -> AuditPair:
        kind = "undrawn" if held is None else held.kind
        heat = None
        if held is not None and index == 0 and kind not in ("identical", "undrawn"):
            heat = self._heat(a, b, held, ignore)
        return AuditPair(
            seed=seed,
            draw=index,
            kind=kind,
            a=self._shown("a", a),
            b=self._shown("b", b),
            score=None if held is None else held.score,
            measures={} if held is None else held.measures,
            heat_map=heat,
            findings_a=a.findings,
            findings_b=b.findings,
            answer_a=a.answer,
            answer_b=b.answer,
            note=_note(a, b) if held is None else held.note,
        )

    def _heat(self, a: Draw, b: Draw, held: Held, ignore: Sequence[Box]) -> str | None:
        pictures = self._picture("a", a), self._picture("b", b)
        if held.comparison is None or pictures[0] is None or pictures[1] is None or "mae" not in held.measures:
            return None
        data = heat_map(pictures[0].pixels, pictures[1].pixels, held.comparison, ignore=ignore)
        name = f"heat_maps/{file_digest(data)}.png"
        make_folder(self.folder / "heat_maps")
        place(self.folder / name, data, durable=False)
        return name

    def _shown(self, arm: str, draw: Draw) -> PictureRef | None:
        """The picture as the page finds it: in the arm's own run where that lies inside the audit, else linked here."""
        if draw.picture is None:
            return None
        run = self.runs[arm]
        if run.parent == self.folder:
            return replace(draw.picture, file=f"{run.name}/{draw.picture.file}")
        target = self.folder / draw.picture.file
        if not target.exists():
            make_folder(target.parent)
            _link(run / draw.picture.file, target)
        return draw.picture

    def _picture(self, arm: str, draw: Draw) -> Picture | None:
        if draw.picture is None:
            return None
        digest = draw.picture.file_digest
        picture = self._decoded.get(digest)
        if picture is None:
            try:
                picture = decode(read_picture(self.runs[arm], draw.picture))
            except (LedgerFault, ImageFault):
                return None
            self._decoded[digest] = picture
            while len(self._decoded) > 4 * (os.cpu_count() or 1):
                with suppress(KeyError):
                    self._decoded.popitem(last=False)
        return picture


def _judged(comparison: Comparison) -> Held:
    same = comparison.measurements["pixels_equal"]
    if same.value is True:
        return Held("identical", 0.0, comparison)
    found = score(comparison)
    if found is not None:
        return Held("visible" if found > VISIBLE else "benign", found, comparison)
    absent = comparison.measurements["ssim_block_min"].absent or comparison.measurements["delta_e"].absent
    return Held("unmeasured", None, comparison, absent or "")


def _identity(draw: Draw) -> object:
    return draw.picture.pixel_digest if draw.picture is not None else (draw.verdict, draw.answer)


def _answer(draw: Draw) -> str:
    return " ".join((draw.answer or "").casefold().split()).strip(" .!")


def _note(a: Draw, b: Draw) -> str:
    return "; ".join(f"{arm}: {draw.reason or draw.verdict}" for arm, draw in (("A", a), ("B", b)) if not draw.there)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        return
    except OSError:
        with suppress(OSError):
            shutil.copyfile(source, target)
