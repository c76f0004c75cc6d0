"""The training images, the prompts of the evaluation, and the score it gives. (The network itself needs torch.)"""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from harness.painter import arrange, palette
from harness.painter.upscale import enlarge
from harness.prompt import interpret
from harness.prompt.scene import COLORS, PLACES, RELATIONS, SHAPES, STYLES, Absence, Background, Relation, Scene, Thing
from training.evaluate import Score, checks_of, judge
from training.prompts import made, written
from training.render import render
from training.scenes import HELD_OUT, random_layout


def test_random_scenes_cover_the_vocabulary_but_not_the_held_out_pairs() -> None:
    seen: Counter[str] = Counter()
    for seed in range(900):
        scene, layout = random_layout(seed)
        for item in layout.items:
            assert (item.shape, item.color) not in HELD_OUT
            seen.update([item.shape, str(item.color)])
        seen.update(r.kind for r in scene.relations)
        seen.update(str(t.place) for t in scene.things)
        seen.update([scene.style, scene.background.kind, str(scene.background.time), str(scene.background.color)])
    for word in (
        *SHAPES,
        *COLORS,
        *RELATIONS,
        *PLACES,
        *STYLES,
        "hills",
        "sea",
        "day",
        "sunset",
        "night",
        "sun",
        "moon",
    ):
        assert seen[word] > 0, word


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("color", COLORS)
def test_true_renders_show_the_colors_of_the_palette(style: str, color: str) -> None:
    scene = Scene((Thing("square", color, "large"),), (), Background("plain", "blue"), style)
    layout = arrange(scene, 4)
    image = render(layout, None)
    item = layout.items[0]
    middle = image[item.y // 16, item.x // 16]
    np.testing.assert_allclose(middle, palette.OBJECTS[style][color], atol=1)
    np.testing.assert_allclose(image[0, 0], palette.PLAIN["blue"], atol=1)


def test_variety_moves_no_object() -> None:
    layout = arrange(Scene((Thing("star", "red", "large"),), (), Background("hills", None, "day")), 2)
    bare = render(layout, None)
    varied = [render(layout, np.random.default_rng(n)) for n in range(3)]
    assert np.abs(varied[0] - varied[1]).mean() > 0.5
    for image in varied:
        assert np.abs(image - bare).mean() < 12


def test_prompts_of_the_evaluation_are_understood() -> None:
    prompts = written()
    assert len(prompts) >= 40
    assert len(set(prompts)) == len(prompts)
    for n, prompt in enumerate([*prompts, *(made(seed) for seed in range(150))]):
        assert interpret(prompt, seed=n).unknown == (), prompt


def test_held_out_pairs_are_asked_for() -> None:
    things = [(t.shape, t.color) for n in range(200) for t in interpret(made(n), seed=n).things]
    assert set(things) >= HELD_OUT


def test_the_score_tells_right_from_wrong() -> None:
    scene = Scene(
        (Thing("circle", "red", "large"), Thing("square", "blue", "large")),
        (Relation("left_of", 0, (1,)),),
        Background("plain", "gray"),
        absent=(Absence(color="green"),),
    )
    layout = arrange(scene, 0)
    kinds = Counter(category for category, _ in checks_of(scene, layout))
    assert kinds == {"count": 3, "relation": 1, "absence": 4, "background": 1}
    right, wrong = Score(), Score()
    native = np.clip(np.rint(render(layout, None)), 0, 255).astype(np.uint8)
    pixels = enlarge(native, layout.frame, 256, 256)
    judge(right, 0, "right", scene, layout, pixels)
    judge(wrong, 0, "mirrored", scene, layout, pixels[:, ::-1])
    assert right.passed == right.asked
    assert right.failures == []
    assert wrong.passed["relation"] == wrong.passed["whole scene"] == 0
    assert wrong.failures


def test_torch_is_imported_by_the_diffusers_provider_and_the_encoders_alone() -> None:
    for path in (Path(__file__).parents[2] / "harness").rglob("*.py"):
        if not path.name.startswith(("diffusers_", "embedding_")):
            assert "import torch" not in path.read_text(encoding="utf-8"), path
