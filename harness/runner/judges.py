"""Stored calibrations of judges: put beside their answers, and what a run must say of a judge without one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from harness.baseline import read_judges
from harness.judge import is_reliable
from harness.records import Check, Finding, JudgeQuality, ViewerSpec
from harness.vision import SHAPES, judge_digest, open_viewer, viewer_kind
from harness.vocabulary import CheckOutcome


class Judges:
    """The calibrations that apply to the answers of a run; may be used from several threads.

    A calibration applies to answers of the same judge, by its digest, about the same kind of check.
    """

    def __init__(self, stored: Iterable[JudgeQuality] = ()) -> None:
        self._stored = tuple(stored)
        self._by_judge = {(one.judge, one.kind): one for one in sorted(self._stored, key=lambda one: one.when)}
        self._used: dict[tuple[str, str, str], bool] = {}

    @classmethod
    def stored(cls, baselines: Path) -> "Judges":
        """Return those in a baselines folder. Raises JudgesError."""
        return cls(read_judges(baselines))

    def rated(self, finding: Finding, check: Check) -> Finding:
        """Return a finding with the quality of its judge, where that was calibrated for this kind of check."""
        spec = check.by or SHAPES
        judge = judge_of(finding, spec)
        if judge is None or finding.outcome == CheckOutcome.UNSUPPORTED:
            return finding
        kind = viewer_kind(spec.kind)
        asks = bool(kind.options.read(spec.name, spec.options).questions_each)
        place = kind.grammar.kind_of(check)
        self._used[spec.name, place, judge] = asks
        quality = self._by_judge.get((judge, place))
        return finding if quality is None else replace(finding, judge_quality=quality)

    def notes(self, suites: Sequence[str]) -> Iterator[str]:
        """Yield what is to be known of the judges that answered, once a run: those that were never calibrated, whose
        calibration is of another judge, and that only warn. ``suites`` are for the command that calibrates."""
        kinds: dict[tuple[str, str], list[str]] = {}
        for (viewer, kind, judge), asks in sorted(self._used.items()):
            quality = self._by_judge.get((judge, kind))
            if quality is not None and not is_reliable(quality):
                said = f"is unreliable for {{}} (calibrated {quality.when[:10]}): these checks only warn"
            elif quality is not None or not asks:
                continue
            elif others := [one for one in self._stored if (one.viewer, one.kind) == (viewer, kind)]:
                said = (
                    f"is not the judge that was calibrated {others[-1].when[:10]} for {{}} (another model, server or "
                    "template, or other votes): its answers decide all the same"
                )
            else:
                said = "was never calibrated for {}: its answers decide all the same"
            kinds.setdefault((viewer, said), []).append(kind)
        for (viewer, said), found in kinds.items():
            again = " ".join(("harness calibrate", *suites, "--viewer", viewer))
            yield f"viewer `{viewer}` {said.format(', '.join(dict.fromkeys(found)))}; {again} measures it"


def judge_of(finding: Finding, spec: ViewerSpec) -> str | None:
    """Return the digest of the judge that answered; None where none did."""
    if finding.judge is None and spec.kind == SHAPES.kind and finding.outcome != CheckOutcome.UNSUPPORTED:
        return _shapes()
    return finding.judge


@cache
def _shapes() -> str:
    return judge_digest(open_viewer(SHAPES))
