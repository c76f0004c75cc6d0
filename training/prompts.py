"""Prompts for the evaluation: written by hand, and made at random with combinations that training never showed."""

from pathlib import Path

from harness.painter.rng import Stream
from harness.prompt.scene import COLORS, PLAIN, SHAPES
from training.scenes import HELD_OUT

PLURALS = {"cross": "crosses", "rhombus": "rhombuses"}
NUMBERS = {2: "two", 3: "three", 4: "four"}
RELATIONS = (
    "to the left of",
    "to the right of",
    "above",
    "below",
    "inside",
    "next to",
    "to the left of",
    "above",
)
SYNONYMS = {"circle": ("circle", "disc"), "house": ("house", "cottage"), "diamond": ("diamond", "rhombus")}
GROUNDS = (
    "",
    "",
    ", in the hills by day",
    ", by the sea at sunset",
    ", hills at night",
    ", by the sea by day",
    ", hills at sunset",
)
STYLES = ("", "", ", flat", ", outlined", ", pastel")
SKY_COLORS = {"yellow", "orange", "white"}
"""Colors that the sun, the moon and the stars have: forbidding them could contradict the rest of a prompt."""

SKY = ("", "", "", " and a sun", " and a moon")


def written() -> list[str]:
    """Return the prompts written by hand."""
    lines = (Path(__file__).parent / "prompts.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _things(random: Stream, count: int, *, size: bool, used: set[str]) -> str:
    """Return words for a group of things; one in four is a pair of shape and color held out from training."""
    while True:
        shape, color = random.choice(SHAPES), random.choice(COLORS)
        if random.chance(250):
            shape, color = random.choice(sorted(HELD_OUT))
        if shape not in used and color not in used:
            break
    used |= {shape, color}
    word = random.choice(SYNONYMS.get(shape, (shape,)))
    word = (PLURALS.get(word, word + "s")) if count > 1 else word
    adjective = random.choice(("small", "medium", "large")) if size and random.chance(350) else ""
    number = NUMBERS.get(count, "one" if random.chance(200) else "a")
    if number == "a" and (adjective or color)[0] in "aeiou":
        number = "an"
    return " ".join(w for w in (number, adjective, color, word) if w)


def made(seed: int) -> str:
    """Return the random prompt of a seed."""
    random = Stream(seed, 0xE7A1)
    used: set[str] = set()
    groups = random.choice((1, 2, 2, 2, 3))
    count = random.choice((1, 1, 1, 2, 3, 4)) if groups == 1 else random.choice((1, 1, 1, 2))
    text = _things(random, count, size=True, used=used)
    if groups >= 2:
        relation = random.choice((*RELATIONS, "and", "and"))
        other = _things(
            random, 1 if relation in ("inside", "next to") else random.choice((1, 1, 2)), size=False, used=used
        )
        text += f" {relation} {other}"
    if groups == 3:
        text += " and " + _things(random, 1, size=False, used=used)
    text += random.choice(SKY)
    ground = random.choice(GROUNDS) if random.chance(500) else f" on a plain {random.choice(PLAIN)} background"
    text += ground + random.choice(STYLES)
    if random.chance(350):
        free = (
            [s for s in SHAPES if s not in used]
            if random.chance(500)
            else [c for c in COLORS if c not in used | SKY_COLORS]
        )
        word = random.choice(free)
        text += ", no " + (PLURALS.get(word, word + "s") if word in SHAPES else word)
    return text
