"""How well images show what prompts ask for: ``python -m training.evaluate --model painter@2``.

Prompt → scene → image → checks, by the same viewer that suites use, on prompts that training never saw. The same is
done with true renders of the same layouts, which tells how good the viewer itself is. Only ``pass`` counts.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.painter import Layout, LayoutError, Options, Painter, arrange
from harness.painter.guided import native_frame
from harness.painter.upscale import enlarge
from harness.prompt import PromptError, interpret
from harness.prompt.scene import SKY, Scene
from harness.records import Check
from harness.vision import View, check, look
from training.prompts import made, written
from training.render import render
from training.scenes import HELD_OUT

CATEGORIES = ("colour", "shape", "held-out pair", "count", "relation", "absence", "background", "sky", "whole scene")
SIZE = 256


@dataclass
class Score:
    """Passed and asked, by category, and what failed."""

    passed: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str, str, str]] = field(default_factory=list)

    def add(self, category: str, good: bool) -> bool:
        """Count one answer."""
        self.asked[category] += 1
        self.passed[category] += good
        return good


def named(scene: Scene, layout: Layout, thing: int) -> str:
    """Return the words by which a check names a thing."""
    color = next((i.color for i in layout.items if i.thing == thing), None)
    shape = scene.things[thing].shape
    return f"{color} {shape}" if color else shape


def checks_of(scene: Scene, layout: Layout) -> Iterator[tuple[str, Check]]:
    """Yield every check that a scene amounts to, with its category."""
    counts: Counter[str] = Counter()
    for n, thing in enumerate(scene.things):
        words = named(scene, layout, n)
        if thing.shape in SKY:
            yield "sky", Check("present", {"present": words})
        else:
            counts[words] += thing.count
    for words, count in counts.items():
        yield "count", Check("count", {"count": words, "equals": count})
    yield "count", Check("count", {"count": "things", "equals": sum(counts.values())})
    for r in scene.relations:
        names = [named(scene, layout, n) for n in (r.subject, *r.targets)]
        yield "relation", Check(r.kind, {r.kind: list(dict.fromkeys(names)) if r.kind == "row" else names})
    for a in scene.absent:
        words = " ".join(w for w in (a.color, a.shape) if w)
        yield "absence", Check("absent", {"absent": words})
    for sky in SKY:
        if sky not in {t.shape for t in scene.things}:
            yield "absence", Check("absent", {"absent": sky})
    ground = scene.background
    words = f"plain {ground.color}" if ground.kind == "plain" else f"{ground.kind} {ground.time}"
    yield "background", Check("background", {"background": words})


def judge(score: Score, index: int, prompt: str, scene: Scene, layout: Layout, pixels: NDArray[np.uint8]) -> None:
    """Count every answer about one image."""
    view = look(pixels)
    _items(score, layout, view)
    whole = True
    for category, asked in checks_of(scene, layout):
        finding = check(view, asked)
        good = score.add(category, finding.outcome == "pass")
        if not good:
            score.failures.append((index, prompt, f"{finding.outcome}: {finding.check}", finding.seen))
        whole = whole and good
    score.add("whole scene", whole)


def _items(score: Score, layout: Layout, view: View) -> None:
    """Count shape and color of every object: the thing seen whose box is nearest to its own."""
    for item in layout.items:
        if item.shape in SKY:
            continue
        x, y = (v / (layout.width * 16) * view.width for v in (item.x - layout.frame[0], item.y - layout.frame[1]))
        w = item.w / (layout.width * 16) * view.width
        near = min(view.things, key=lambda t: _apart(t.box, x, y, w), default=None)
        found = near is not None and _apart(near.box, x, y, w) < w
        shape = score.add("shape", bool(found and near and near.shape == item.shape))
        color = score.add("colour", bool(found and near and near.color == item.color))
        if (item.shape, item.color) in HELD_OUT:
            score.add("held-out pair", shape and color)


def _apart(box: tuple[int, int, int, int], x: float, y: float, w: float) -> float:
    """Return how far a seen box is from a generated one, in center and width."""
    return abs(box[0] + box[2] / 2 - x) + abs(box[1] + box[3] / 2 - y) + abs(box[2] - w)


def evaluate(painter: Painter, prompts: list[str], quality: str, guidance: float | None) -> tuple[Score, Score]:
    """Return the scores of generated images and of true renders."""
    generated, true = Score(), Score()
    for index, prompt in enumerate(prompts):
        try:
            scene = interpret(prompt, seed=index)
        except PromptError as fault:
            print(f"left out: {prompt!r}: {fault}")
            continue
        if scene.unknown:
            print(f"not understood in {prompt!r}: {scene.unknown}")
        try:
            generation = painter.generate(scene, index, Options(quality=quality, size=(SIZE, SIZE), guidance=guidance))
        except LayoutError as fault:
            print(f"{prompt!r}: {fault}")
            continue
        judge(generated, index, prompt, scene, generation.layout, generation.pixels)
        canvas, frame = native_frame(SIZE, SIZE)
        layout = arrange(scene, index, *canvas, frame)
        image = render(layout, np.random.default_rng(index))
        native = np.clip(np.rint(image), 0, 255).astype(np.uint8)
        judge(true, index, prompt, scene, layout, enlarge(native, frame, SIZE, SIZE))
    return generated, true


def main() -> None:
    """Evaluate one model and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="painter@2")
    parser.add_argument("--arithmetic", default="exact")
    parser.add_argument("--quality", default="standard")
    parser.add_argument("--guidance", type=float)
    parser.add_argument("--made", type=int, default=200, help="how many random prompts, beside those written by hand")
    parser.add_argument("--first", type=int, default=0, help="seed of the first random prompt")
    parser.add_argument("--failures", action="store_true", help="print every check that did not pass")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    a = parser.parse_args()
    begun = time.monotonic()
    prompts = written() + [made(a.first + n) for n in range(a.made)]
    generated, true = evaluate(Painter(a.model, a.arithmetic), prompts, a.quality, a.guidance)
    print(f"{len(prompts)} prompts, {a.model}, {a.arithmetic}, {a.quality}, {time.monotonic() - begun:.0f} s")
    print(f"{'category':<15}{'asked':>7}{'generated':>9}{'true render':>14}")
    rows = {}
    for name in CATEGORIES:
        rows[name] = [generated.asked[name], *(s.passed[name] / max(1, s.asked[name]) for s in (generated, true))]
        print(f"{name:<15}{rows[name][0]:>7}{rows[name][1]:>9.3f}{rows[name][2]:>14.3f}")
    if a.failures:
        for title, score in (("drawn", generated), ("true render", true)):
            for index, prompt, outcome, seen in score.failures:
                print(f"[{title}] {index} {prompt!r}: {outcome}; seen {seen}")
    if a.json:
        a.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
