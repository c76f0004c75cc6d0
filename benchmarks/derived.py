"""How often checks that are derived from a prompt find a planted fault, and how often one where there is none.

    python -m benchmarks.derived

Images are those of the embedded painter, 256 × 256 pixels, without a relation to a baseline. A fault is planted by
painting another prompt than the one that is checked; a wrong text by writing another one (needs the extra ``ocr``).
"""

import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.asking import scene_of
from benchmarks.intervals import wilson
from harness.painter import LayoutError, Options, Painter
from harness.prompt import interpret, questions_of
from harness.records import Finding, ViewerSpec
from harness.vision import SHAPES, ViewedImage, derive, open_viewer
from harness.vocabulary import CheckOutcome
from tests.prompt.wordings import paraphrase

IMAGES, SEED = 120, 20_261_129
SIDE = 256
Rgb = np.ndarray
OCR = ViewerSpec("ocr", "ocr")


@dataclass(frozen=True)
class Planted:
    """A fault: what the prompt says, and what the image shows instead."""

    kind: str
    prompt: str
    shown: str


FAULTS = (
    Planted("count", "two red circles", "three red circles"),
    Planted("count", "four green stars on a white background", "two green stars on a white background"),
    Planted("color", "a red house beside a green tree", "a blue house beside a green tree"),
    Planted("color", "three yellow hearts", "two yellow hearts and a purple heart"),
    Planted("side", "a red circle to the left of a blue square", "a red circle to the right of a blue square"),
    Planted("side", "a green star above an orange ring", "a green star below an orange ring"),
    Planted("missing", "a blue square and a red heart", "a blue square"),
    Planted("missing", "a house at night, with a yellow star", "a house at night"),
    Planted("extra", "a purple triangle", "a purple triangle and a green cross"),
    Planted("extra", "a pink ring, no circles", "a pink ring and a pink circle"),
    Planted("background", "a red star by the sea at sunset", "a red star on a plain white background"),
    Planted("background", "a brown cross on a plain green background", "a brown cross on a plain pink background"),
)
"""Of each kind two, for the viewer of shapes."""
TEXT_FAULTS = (
    Planted("text", 'a red circle with the text "OPEN"', "CLOSED"),
    Planted("text", "a sign that says “Coffee Shop”", "Coffee Chop"),
)
"""Wrong texts."""


def painted(prompt: str, seed: int, painter: Painter) -> Rgb:
    """Return an image of a prompt, RGB, 256 × 256 pixels. Raises LayoutError where no layout has room for it."""
    return painter.generate(interpret(prompt, seed=seed), seed, Options(size=(SIDE, SIDE))).pixels


def written(text: str) -> Rgb:
    """Return a text in black on white, RGB, 256 × 256 pixels."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    font = ImageFont.load_default(32)
    ImageDraw.Draw(image).text((SIDE // 2, SIDE // 2), text, "black", font, anchor="mm")
    return np.asarray(image)


def findings(prompt: str, pixels: Rgb) -> list[Finding]:
    """Return the findings of the checks derived from a prompt, those included that need one that did not pass."""
    derived = derive(questions_of(prompt), (SHAPES, OCR) if find_spec("rapidocr") else (SHAPES,))
    image = ViewedImage(pixels)
    return [open_viewer(check.by or SHAPES).answer(image, check) for check in derived.checks]


def right_images(painter: Painter, images: int = IMAGES) -> Iterator[tuple[str, Rgb]]:
    """Yield prompts, each with an image of it: random scenes of 2 or 3 groups, in words that vary."""
    rng = random.Random(SEED)
    made = seed = 0
    while made < images:
        seed += 1
        scene = scene_of(rng)
        if scene.background.color in {thing.color for thing in scene.things}:
            continue  # what has the color of its ground is not to be seen
        prompt = paraphrase(scene, seed)
        try:
            pixels = painted(prompt, seed, painter)
        except LayoutError:
            continue
        made += 1
        yield prompt, pixels


def main() -> int:
    painter = Painter("painter@2", "float32")
    missed = []
    texts = TEXT_FAULTS if find_spec("rapidocr") else ()
    for fault in (*FAULTS, *texts):
        pixels = written(fault.shown) if fault.kind == "text" else painted(fault.shown, 1, painter)
        failed = [one for one in findings(fault.prompt, pixels) if one.outcome == CheckOutcome.FAIL]
        if fault.kind == "text":
            failed = [one for one in failed if one.check.startswith("{text")]
        print(f"{fault.kind:10}  {fault.prompt}: {failed[0].check if failed else 'NOT FOUND'}")
        missed += [fault] * (not failed)
    outcomes: Counter[str] = Counter()
    false, undecided, images = [], 0, 0
    for prompt, pixels in right_images(painter):
        found = findings(prompt, pixels)
        outcomes.update(one.outcome for one in found)
        wrong = [one for one in found if one.outcome == CheckOutcome.FAIL]
        false += [f"{prompt} {one.check}: {one.seen}" for one in wrong]
        unsure = [one for one in found if one.outcome == CheckOutcome.INCONCLUSIVE]
        undecided += bool(unsure) and not wrong
        images += 1
        for one in unsure:
            print(f"undecided   {prompt} {one.check}: {one.seen}")
    for line in false:
        print(f"false       {line}")
    planted = len(FAULTS) + len(texts)
    print(f"planted faults found: {planted - len(missed)} of {planted}")
    print(f"right images: {images}, checks { ({str(name): count for name, count in outcomes.items()}) }")
    print(f"false findings: {len(false)} of {outcomes.total()} checks; images with an undecided check: "
          f"{wilson(undecided, images)}")  # fmt: skip
    return bool(missed or false)


if __name__ == "__main__":
    sys.exit(main())
