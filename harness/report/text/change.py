"""Sentences about what turns an accepted image into a new one."""

from collections.abc import Mapping
from typing import Any

from harness.report.text.forms import Words, shown
from harness.vocabulary import Code


def _order(order: Any, left: Any) -> str:
    swapped = "the channels are swapped: BGR for RGB" if order == "BGR" else f"the channels come as {order} of RGB"
    return swapped + _stays(left)


def _stays(left: Any) -> str:
    """Say by how much an explanation misses; nothing where that is rounding."""
    return f" (mean difference then {Words().format('{0:.2g}', left)} levels)" if left >= 0.5 else ""


def _turned(how: Any, left: Any) -> str:
    return f"the accepted image {_TURNS.get(how, shown(how))}{_stays(left)}"


def _shifted(x: Any, y: Any, edge: Any, left: Any) -> str:
    around = ", around the edges" if edge == "wrapped" else ""
    return f"the accepted image shifted by {x} px to the right and {y} px down{around}{_stays(left)}"


def _cropped(box: Any, filter: Any, left: Any) -> str:  # noqa: A002 -- the names of the data
    enlarged = f", enlarged to the whole ({filter})" if filter else ""
    return f"a part of the accepted image: {_box(box)}{enlarged}{_stays(left)}"


def _resized(before: Any, after: Any, filter: Any, left: Any) -> str:  # noqa: A002 -- the names of the data
    return f"the accepted image resized from {_sides(before)} to {_sides(after)} ({filter}){_stays(left)}"


def _encoded(format: Any, quality: Any, subsampling: Any, left: Any) -> str:  # noqa: A002 -- the names of the data
    how = f"quality {quality}, chroma {subsampling}" if quality else f"tables of its own, chroma {subsampling}"
    return f"the accepted image encoded as {str(format).upper()} ({how}){_stays(left)}"


def _line(gain: Any, offset: Any, left: Any) -> str:
    known = _LINES.get((gain, offset))
    return (known or f"every level is {_gain(gain)}{_moved(offset)}") + _stays(left)


def _gain(gain: Any) -> str:
    return "the accepted one" if gain == 1 else f"{gain} × the accepted one"


def _moved(offset: Any) -> str:
    return "" if not offset else f" {'+' if offset > 0 else '−'} {abs(offset)}"


def _alpha(how: Any, left: Any) -> str:
    return f"the accepted image {_ALPHA.get(how, shown(how))}{_stays(left)}"


def _seams(x: Any, y: Any, left: Any) -> str:
    every = [f"every {step} px {way}" for step, way in ((x, "across"), (y, "down")) if step]
    return f"differs on lines {' and '.join(every)}, as tiles have{_stays(left)}"


def _region(box: Any, share: Any, color: Any) -> str:
    filled = f", filled with one color ({Words().format('{0:list}', color)})" if color else ""
    return f"differs in one box only: {_box(box)}, {Words().format('{0:.2%}', share)} of the pixels{filled}"


def _other_trial(trial: Any, seeds: Any, left: Any) -> str:
    if not seeds:
        return f"the accepted image of {trial} came{_stays(left)}"
    own, other = seeds
    off = ": a seed that is off by one, or images in another order" if abs(other - own) == 1 else ""
    return f"the accepted image of seed {other} came for seed {own}{off}{_stays(left)}"


def _box(box: Any) -> str:
    x, y, width, height = box
    return f"{width}×{height} at {x}, {y}"


def _sides(sides: Any) -> str:
    width, height = sides
    return f"{width}×{height}"


_TURNS = {
    "left-right": "mirrored left to right",
    "top-bottom": "mirrored top to bottom",
    "rotated-180": "rotated by 180°",
    "rotated-90": "rotated by 90° clockwise",
    "rotated-270": "rotated by 90° counterclockwise",
    "transposed": "transposed: rows and columns are swapped",
    "transverse": "transposed along the other diagonal",
}
_LINES = {
    (0.5, 127.5): "levels of [0, 1] were read as [−1, 1]: every level is half of the accepted one + 127.5",
    (2.0, -255.0): "levels of [−1, 1] were read as [0, 1]: every level is twice the accepted one − 255, cut at 0",
    (-1.0, 255.0): "the accepted image inverted",
}
_ALPHA = {
    "on-white": "composited on white",
    "on-black": "composited on black",
    "dropped": "without its alpha",
    "added": "with alpha added",
    "premultiplied": "with its colors multiplied by alpha",
    "straight": "with its colors divided by alpha",
}

TEMPLATES: Mapping[str, Any] = {
    Code.CHANGE_CHANNELS: _order,
    Code.CHANGE_TURNED: _turned,
    Code.CHANGE_SHIFTED: _shifted,
    Code.CHANGE_CROPPED: _cropped,
    Code.CHANGE_PADDED: lambda box, left: f"the accepted image with a border: it is {_box(box)}{_stays(left)}",
    Code.CHANGE_RESIZED: _resized,
    Code.CHANGE_ENCODED: _encoded,
    Code.CHANGE_FORMAT: "the format changed: {before} → {after}",
    Code.CHANGE_GAMMA: lambda gamma, left: f"every level is raised to the power {gamma} (gamma){_stays(left)}",
    Code.CHANGE_LINE: _line,
    Code.CHANGE_BANDS: lambda levels, left: f"the accepted image reduced to {levels} levels{_stays(left)}",
    Code.CHANGE_ALPHA: _alpha,
    Code.CHANGE_SEAMS: _seams,
    Code.CHANGE_REGION: _region,
    Code.CHANGE_ROUNDING:
        "no level differs by more than {max_abs}, {changed:.2%} of the pixels do: as other arithmetic gives "
        "(data type, kernel, threads, batch, processor), or a very small change of weights or schedule",
    Code.CHANGE_OTHER: _other_trial,
    Code.CHANGE_CONSTANT: "{trial:text} gave the same image in this run: a placeholder, or the request is not read",
    Code.CHANGE_SIZE: lambda asked, size: f"{_sides(asked)} was requested, {_sides(size)} came",
}  # fmt: skip
