"""The background and the sky: what was asked for, what fits, what is left out because a color is forbidden."""

from collections.abc import Sequence

from harness.prompt.draft import Draft
from harness.prompt.errors import PromptContradictionError
from harness.prompt.forbidden_colors import SKY_COLORS, colors_of
from harness.prompt.scene import SKY, Absence, Background

_PREFERRED = ("white", "gray", "blue", "green", "yellow", "pink", "purple", "black")
USUAL_SKY = {"day": ("sun",), "sunset": ("sun",), "night": ("moon", "stars")}


def settle_background(draft: Draft, colors: Sequence[str | None]) -> Background:
    """Return the background. ``colors`` are those of the things, which a plain default must not hide."""
    forbidden = {a.color for a in draft.absent if a.shape is None and a.color}
    plain = _plain(colors, forbidden, first="black" if draft.time == "night" else "white")
    if draft.time and draft.base_ground and not draft.scenic:
        # "the same at night": the plain background of before gives way to a landscape
        draft.plain, draft.ground = False, None
    if draft.time and not draft.scenic and not draft.plain:
        draft.scenic = "hills"
        draft.step(draft.time, "no landscape named: hills", "assume")
    if draft.scenic:
        if draft.time is None:
            draft.time = "day"
            draft.step(draft.scenic, "no time named: day", "assume")
        ground = Background(draft.scenic, None, draft.time)
        clash = sorted(colors_of(ground) & forbidden)
        if not clash:
            return ground
        draft.step(
            draft.scenic,
            f"{draft.scenic} by {draft.time} would show {', '.join(clash)}, which is forbidden: plain {plain.color}",
            "adjust",
        )
        return plain
    if draft.time:
        draft.step(draft.time, "a plain background has no time of day", "adjust")
    if draft.ground is None:
        draft.step("background", f"not described: plain {plain.color}", "assume")
        return plain
    if draft.ground in forbidden:
        raise PromptContradictionError(f"a {draft.ground} background is asked for", f"{draft.ground} is forbidden")
    return Background("plain", draft.ground)


def _plain(colors: Sequence[str | None], forbidden: set[str], *, first: str) -> Background:
    for color in (first, *_PREFERRED):
        if color not in forbidden and color not in colors:
            return Background("plain", color)
    return Background("plain", "gray")


def settle_sky(draft: Draft, ground: Background, shapes: Sequence[str]) -> list[str]:
    """Return what is added to the sky of a landscape unasked; empty when the prompt names the sky."""
    if ground.kind == "plain" or draft.empty_sky or draft.only or any(shape in SKY for shape in shapes):
        return []
    came: list[str] = []
    for shape in USUAL_SKY[ground.time or "day"]:
        if Absence(shape) in draft.absent:
            continue
        if any(a.shape is None and a.color in SKY_COLORS[shape] for a in draft.absent):
            draft.step(shape, "left out: its color is forbidden", "adjust")
            continue
        came.append(shape)
    if came:
        draft.step(f"{ground.kind} by {ground.time}", f"things += {', '.join(came)}", "assume")
    return came


def fitting_sky(draft: Draft, time_was: str | None) -> None:
    """After the time of a base changed: the sun goes at night, moon and stars go by day, the usual sky comes."""
    if draft.time == time_was or draft.scenic is None:
        return
    gone = [g for g in draft.groups if g.from_base and g.shape in SKY and g.shape not in USUAL_SKY[draft.time or "day"]]
    for group in gone:
        draft.remove(group)
        draft.step(group.shape, f"goes: {draft.time} now", "adjust")
    if time_was is None and not any(g.shape in SKY for g in draft.groups):
        draft.empty_sky = False
