"""Reading the panel: metrics that disagree, and which of several accepted images is the closest."""

from collections.abc import Sequence

from harness.judge.evidence import Reference
from harness.judge.left_out import left_out
from harness.records import Comparison, Reason
from harness.vocabulary import Code

SEES_NOTHING = {"phash": 2.0, "ssim": 0.99}
"""A change that pHash (bits of 64) or the mean SSIM calls none."""
SEES_MUCH = {"phash": 10.0, "ssim_block_min": 0.9, "delta_e": 2.0}
"""A change that a metric calls one: pHash bits, lowest block SSIM, ΔE."""


def disagreements(comparison: Comparison) -> tuple[Reason, ...]:
    """Note metrics that contradict each other: pHash or the mean SSIM sees no change where color or a block does, or
    pHash alone sees one."""
    names = ("phash", "ssim", "ssim_block_min", "delta_e")
    seen = {name: value for name in names if (value := comparison.value(name)) is not None}
    blind = {
        name: value for name, value in seen.items()
        if (name == "phash" and value <= SEES_NOTHING[name]) or (name == "ssim" and value >= SEES_NOTHING[name])
    }  # fmt: skip
    seeing = {
        name: value for name, value in seen.items()
        if (name == "delta_e" and value > SEES_MUCH[name]) or (name == "ssim_block_min" and value < SEES_MUCH[name])
    }  # fmt: skip
    if seeing:
        return (Reason(Code.METRICS_DISAGREE, {"blind": blind, "seeing": seeing}),) if blind else ()
    alone = seen.keys() >= {"phash", "ssim_block_min", "delta_e"} and seen["phash"] >= SEES_MUCH["phash"]
    return (Reason(Code.HASH_ALONE, {"phash": seen["phash"]}),) if alone else ()


def closest(references: tuple[Reference, ...], notes: Sequence[Reason] = ()) -> Reference:
    """Return the reference most like the candidate: equal pixels, then mean absolute difference, then SSIM, then what
    ``notes`` on decoding the candidate say of its colors; ties by order.
    """

    def distance(reference: Reference) -> tuple[bool, float, float, int]:
        comparison = reference.comparison
        mae, ssim = comparison.value("mae"), comparison.value("ssim")
        far = float("inf")
        unlike = len(left_out(reference.notes, notes))
        return (not comparison.same_pixels, far if mae is None else mae, far if ssim is None else -ssim, unlike)

    return references[0] if len(references) == 1 else min(references, key=distance)
