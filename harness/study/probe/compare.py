"""Images of a probe compared with the references of their recipes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.comparison import compare_bytes
from harness.image import decode
from harness.judge import Observation, level_between
from harness.records import Check, Finding
from harness.study.probe.generate import Taken
from harness.vision import AUTO, SHAPES, evaluate_checks
from harness.vocabulary import Level, ProbeName


@dataclass(frozen=True, slots=True)
class Distance:
    """How far an image is from its reference: level, largest and mean absolute difference (None: sizes differ)."""

    level: Level
    max_abs: float | None
    mae: float | None


class ReferenceImages:
    """The references of a trial's recipes, and the distances from them; equal pairs are measured once."""

    def __init__(self, checks: Sequence[Check] = ()) -> None:
        self.references: dict[int, Taken] = {}
        # other viewers may make calls, or answer otherwise the next time
        self._checks = tuple(
            check for check in checks if check.kind != AUTO and (check.by or SHAPES).kind == SHAPES.kind
        )
        self._known: dict[tuple[str, str], Distance] = {}

    def observation(
        self, probe: ProbeName, taken: Taken, recipe: int = 0, setting: str = "", *, against: int | None = None,
        again: bool = False,
    ) -> Observation:  # fmt: skip
        """Return the observation of an image, compared with the reference of its recipe (or of ``against``). One
        generated ``aside`` is compared with nothing."""
        reference = self.references.get(recipe if against is None else against)
        distance = None
        if reference is not None and taken.pixels and probe != ProbeName.ASIDE:
            distance = self._distance(reference, taken)
        return Observation(
            probe=probe,
            recipe=recipe,
            setting=setting,
            again=again,
            pixels=taken.pixels,
            data=taken.file,
            level=None if distance is None else distance.level,
            max_abs=None if distance is None else distance.max_abs,
            mae=None if distance is None else distance.mae,
            seconds=taken.seconds,
            cached=taken.cached,
            problem=taken.problem,
            refused=taken.refused,
            broken=taken.broken,
            call=taken.call,
            at=taken.at,
        )

    def _distance(self, reference: Taken, taken: Taken) -> Distance:
        if reference.pixels == taken.pixels:
            return Distance(Level.BYTES if reference.file == taken.file else Level.PIXELS, 0.0, 0.0)
        pair = (reference.pixels, taken.pixels)
        if pair not in self._known:
            self._known[pair] = self._measured(reference, taken)
        return self._known[pair]

    def _measured(self, reference: Taken, taken: Taken) -> Distance:
        comparison = compare_bytes(reference.data, taken.data)
        level = level_between(comparison)
        if level == Level.NONE and self._checks:
            findings = (self._findings(reference), self._findings(taken))
            level = level_between(comparison, findings)
        return Distance(level, comparison.value("max_abs"), comparison.value("mae"))

    def _findings(self, taken: Taken) -> tuple[Finding, ...]:
        try:
            return evaluate_checks(decode(taken.data).pixels, self._checks)
        except Exception:  # any image may come: one that the viewer cannot take has no structure to compare
            return ()


def reference_of(repeats: Sequence[Taken]) -> Taken | None:
    """Return the image that the others of a recipe are compared with: the most frequent one that was really generated.

    The first generation of a process is passed over where there are others: it may differ from all later ones.
    """
    generated = [taken for taken in repeats if taken.pixels]
    fresh = [taken for taken in generated if not taken.cached] or generated
    later = fresh[1:] or fresh
    if not later:
        return None
    most = Counter(taken.pixels for taken in later).most_common(1)[0][0]
    return next(taken for taken in later if taken.pixels == most)
