"""What kind of change lies between two arms of an audit, by the metrics of its images and by its checks."""

from collections.abc import Iterable, Mapping

from harness.vocabulary import EMBEDDING, ChangeKind

TEXTURE, COLOR = 0.10, 2.0
"""What counts as one: of the block that is least alike, 1 − SSIM; of the coarse colors, ΔE."""
LAYOUT = {"phash": 10.0, "dhash": 12.0}
"""Bits of a hash that blur, noise, compression and color leave alone: what is where has changed."""
EDGES = 6.0
MOVED = 2.5
"""Both at once, in units of TEXTURE and COLOR: edges were moved by a few pixels, or something came or went."""
BESIDE = 0.5
"""Of texture and color the weaker is named too where it is at least this part of the stronger."""
SUBJECT = 0.05
"""The distance of embeddings that counts as another subject."""
_OF_CHECKS = {
    "text": ChangeKind.TEXT,
    "color": ChangeKind.COLOR,
    **dict.fromkeys(
        ("left_of", "right_of", "above", "below", "inside", "next_to", "between", "row"), ChangeKind.LAYOUT
    ),
}
"""Kinds of checks; all others are about the subject."""


def change_kinds(
    metrics: Mapping[str, float],
    within: Mapping[str, float],
    turned: Iterable[str] = (),
    *,
    other_size: bool = False,
    visible: bool = False,
) -> tuple[ChangeKind, ...]:
    """Return the kinds of a change, in the order of the vocabulary; none where only single pixels changed.

    ``metrics`` are means over pairs of A and B, ``within`` the same between repeats of one arm (subtracted: noise is no
    change), ``turned`` the kinds of checks that came out otherwise in B. Of what is ``visible`` one kind is named at
    least, where its metrics are known.
    """
    found = {_OF_CHECKS.get(kind, ChangeKind.SUBJECT) for kind in turned}
    if other_size:
        found.add(ChangeKind.SIZE)
    if _beyond(metrics, within, EMBEDDING) > SUBJECT:
        found.add(ChangeKind.SUBJECT)
    alike = "ssim_block_min"
    texture = max(0.0, within.get(alike, 1.0) - metrics.get(alike, 1.0)) / TEXTURE
    color = _beyond(metrics, within, "delta_e") / COLOR
    moved = any(_beyond(metrics, within, name) >= bits for name, bits in LAYOUT.items())
    if moved or (texture >= EDGES and color >= MOVED):
        found.add(ChangeKind.LAYOUT)
    elif max(texture, color) > (0 if visible and not found else 1):
        strong = max(texture, color)
        found |= {
            kind
            for kind, part in ((ChangeKind.COLOR, color), (ChangeKind.TEXTURE, texture))
            if part == strong or (part > 1 and part >= BESIDE * strong)
        }
    return tuple(kind for kind in ChangeKind if kind in found)


def _beyond(metrics: Mapping[str, float], within: Mapping[str, float], name: str) -> float:
    return max(0.0, metrics.get(name, 0.0) - within.get(name, 0.0))
