"""Which colors backgrounds and things of the sky bring with them, for prompts that forbid a color."""

from harness.prompt.scene import Background

SCENERY_COLORS: dict[tuple[str, str], frozenset[str]] = {
    ("hills", "day"): frozenset({"green", "blue"}),
    ("hills", "sunset"): frozenset({"orange", "purple", "brown", "pink"}),
    ("hills", "night"): frozenset({"green", "blue", "black"}),
    ("sea", "day"): frozenset({"blue"}),
    ("sea", "sunset"): frozenset({"orange", "purple", "pink"}),
    ("sea", "night"): frozenset({"blue", "black"}),
}
"""What a strict reader may call the colors of each landscape (sky and ground)."""

SKY_COLORS = {"sun": frozenset({"yellow", "orange"}), "moon": frozenset({"white"}), "stars": frozenset({"yellow"})}


def colors_of(ground: Background) -> frozenset[str]:
    """Return the color names that a background shows."""
    if ground.kind == "plain":
        return frozenset({ground.color or "white"})
    return SCENERY_COLORS[ground.kind, ground.time or "day"]
