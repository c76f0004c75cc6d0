"""How often questions about an image are answered rightly, and how often a photograph is not answered about.

``python -m benchmarks.asking`` writes ``reports/benchmarks/asking.md``. The embedded painter generates images of random
scenes, from which the right answers come. Photographs are those that ship in
scikit-image, and parts of them that do not overlap: of none of them anything can be told.
"""

import platform
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import skimage
from PIL import Image

from benchmarks.intervals import wilson
from harness.painter import LayoutError, Options, Painter
from harness.prompt import COLORS, PLAIN, SHAPES, STYLES, TIMES, Background, Relation, Scene, Thing, plural_of
from harness.vision import answer, look, misfit

IMAGES, SEED, PARTS = 300, 20_261_127, 100
SIDES = {"left_of": "left of", "right_of": "right of", "above": "above", "below": "below"}
OPPOSITE = {"left_of": "right_of", "right_of": "left_of", "above": "below", "below": "above"}
PHOTOS = (
    "astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "clock_motion.png", "coffee.png",
    "coins.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png", "microaneurysms.png", "moon.png",
    "motorcycle_left.png", "page.png", "retina.jpg", "rocket.jpg", "text.png",
)  # fmt: skip
FACES = 20
"""Photographs of faces, 25 pixels a side, taken from ``lfw_subset.npy`` beside the others."""
ASKED_OF_PHOTOS = (
    "how many circles?",
    "is there a house?",
    "what color is the star?",
    "is it night?",
    "how many things?",
)
RESULTS = Path(__file__).parents[1] / "reports" / "benchmarks" / "asking.md"

Question = tuple[str, str, str]
"""Its kind, its words, and the right answer."""


def scene_of(rng: random.Random) -> Scene:
    """Return a random scene: 2 or 3 groups of different shapes, the first two on a side of each other."""
    shapes = rng.sample(SHAPES, rng.choice((2, 3)))
    counts = [1, 1, *(rng.randint(1, 3) for _ in shapes[2:])]
    things = tuple(Thing(shape, rng.choice(COLORS), None, count) for shape, count in zip(shapes, counts, strict=True))
    if rng.random() < 0.5:
        ground = Background("plain", rng.choice(PLAIN), None)
    else:
        ground = Background(rng.choice(("hills", "sea")), None, rng.choice(TIMES))
    return Scene(things, (Relation(rng.choice(tuple(SIDES)), 0, (1,)),), ground, rng.choice(STYLES))


def questions_of(scene: Scene, rng: random.Random) -> Iterator[Question]:
    """Yield a question of each kind with its right answer."""
    thing = rng.choice(scene.things)
    yield "how many", f"how many {plural_of(f'{thing.color} {thing.shape}')} are there?", str(thing.count)
    absent = rng.choice([shape for shape in SHAPES if all(one.shape != shape for one in scene.things)])
    shape, right = rng.choice(((thing.shape, "yes"), (absent, "no")))
    yield "is there", f"is there a {shape}?", right
    thing = rng.choice(scene.things)
    yield "what color", f"what color is the {thing.shape}?", str(thing.color)
    first, second = scene.things[:2]
    kind = scene.relations[0].kind
    asked, right = rng.choice(((kind, "yes"), (OPPOSITE[kind], "no")))
    yield "is X on a side of Y", f"is the {first.shape} {SIDES[asked]} the {second.shape}?", right
    if len(scene.things) == 2:
        # With a third group, where it stands is not said by the scene.
        kind, reference, right = rng.choice(((kind, second, first), (OPPOSITE[kind], first, second)))
        yield "what is on a side of X", f"what is {SIDES[kind]} the {reference.shape}?", f"{right.color} {right.shape}"
    if scene.background.time:
        time = rng.choice(TIMES)
        yield "is it night", f"is it {time}?", "yes" if time == scene.background.time else "no"


def measured_on_scenes() -> tuple[dict[str, Counter[str]], list[str], int]:
    """Return for each kind of question how many answers were right, wrong and not given; the misses; the images."""
    rng, painter = random.Random(SEED), Painter("painter@2", "float32")
    found: dict[str, Counter[str]] = defaultdict(Counter)
    misses: list[str] = []
    images = seed = 0
    while images < IMAGES:
        seed += 1
        scene, quality = scene_of(rng), rng.choice(("draft", "standard"))
        try:
            painting = painter.generate(scene, seed, Options(quality=quality, size=(256, 256)))
        except LayoutError:
            continue
        images += 1
        view = look(painting.pixels)
        for kind, words, right in questions_of(scene, rng):
            given = answer(view, words)
            outcome = "right" if given.value == right else "not given" if given.value is None else "wrong"
            found[kind][outcome] += 1
            if outcome != "right":
                misses.append(
                    f"seed {seed}: {words} {right!r}, answered {given.text!r} ({given.reason or view.words()})"
                )
    return found, misses, images


def photographs() -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield whole photographs, then parts that do not overlap: what each is, its source, and its RGB pixels."""
    folder = Path(skimage.__file__).parent / "data"
    whole = {name: np.asarray(Image.open(folder / name).convert("RGB")) for name in PHOTOS}
    faces = np.load(folder / "lfw_subset.npy")[:FACES]
    scaled = (np.clip(faces, 0, 1) * 255).astype(np.uint8)
    whole |= {f"lfw_subset.npy {n}": np.repeat(face[..., None], 3, 2) for n, face in enumerate(scaled)}
    for name, pixels in whole.items():
        yield "whole", name, pixels
    parts = [
        (name, whole[name][y * h // 3 : (y + 1) * h // 3, x * w // 3 : (x + 1) * w // 3])
        for name in PHOTOS
        for h, w in [whole[name].shape[:2]]
        for y in range(3)
        for x in range(3)
    ]
    random.Random(SEED).shuffle(parts)
    for name, pixels in parts[:PARTS]:
        yield "part", name, np.ascontiguousarray(pixels)


def measured_on_photographs() -> tuple[dict[str, Counter[bool]], list[str], int]:
    """Return for whole photographs and parts how many were not answered about, whatever the question; those that were;
    the number of sources."""
    found: dict[str, Counter[bool]] = defaultdict(Counter)
    misses, sources = [], set()
    for what, source, pixels in photographs():
        view = look(pixels)
        silent = bool(misfit(view)) and all(answer(view, words).value is None for words in ASKED_OF_PHOTOS)
        found[what][silent] += 1
        sources.add(source)
        if not silent:
            misses.append(f"{what} of {source}: {view.words()}")
    return found, misses, len(sources)


def main() -> int:
    scenes, misses, images = measured_on_scenes()
    photos, answered, sources = measured_on_photographs()
    lines = [
        "# Questions about images",
        "",
        f"Made by `python -m benchmarks.asking` on {datetime.now(UTC):%Y-%m-%d} ({platform.machine()}, "
        f"{platform.system()}, Python {platform.python_version()}). Shares with their 95% interval (Wilson).",
        "",
        f"## {images} images of the painter",
        "",
        "Random scenes of 2 or 3 groups on plain and scenic backgrounds, in every style, 256 × 256 pixels, qualities "
        f"draft and standard (seed {SEED}). Goal: at least .95 exact for each kind of question.",
        "",
        "| question | exact | wrong | cannot tell | of |",
        "|---|---|---|---|---|",
    ]
    for kind, counts in scenes.items():
        of = counts.total()
        lines.append(f"| {kind} | {wilson(counts['right'], of)} | {counts['wrong']} | {counts['not given']} | {of} |")
    lines += [
        "",
        f"## Photographs from {sources} sources",
        "",
        f"{len(PHOTOS)} photographs that ship in scikit-image (with micrographs and scans), {FACES} faces of its "
        f"`lfw_subset.npy`, and {PARTS} parts of the {len(PHOTOS)} that do not overlap. Counted as `cannot tell` "
        f"when none of {len(ASKED_OF_PHOTOS)} questions is answered. Goal: at least .98. The limits of fit error and "
        "background lie above the values of 220 images of the painter with other seeds. Before they were set, these "
        "photographs (not the faces) had been seen whole and in other parts: for them the share is not blind.",
        "",
        "| images | cannot tell | of |",
        "|---|---|---|",
    ]
    photos["all"] = photos["whole"] + photos["part"]
    for what, counts in photos.items():
        lines.append(f"| {what} | {wilson(counts[True], counts.total())} | {counts.total()} |")
    lines += ["", "## Misses", "", *(f"- {miss}" for miss in [*misses, *answered])]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
