"""The embedded painter behind the protocol: what it is reported, what it records, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import GenerationError
from harness.image import decode, encode_png
from harness.painter import SHIPPED, TIERS
from harness.provider import BadOptionError, BatchProvider, IsolatedProvider, Job, Provider, create, explain
from harness.vocabulary import Quality

Make = Callable[..., Job]


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Provider:
    return create("painter", "painter", {"quality": "draft"}, tmp_path_factory.mktemp("painter"))


@pytest.fixture
def image(painter: Provider, job: Make, tmp_path: Path) -> Path:
    path = tmp_path / "in.png"
    path.write_bytes(painter.generate(job("a red house on green hills", 5)).data)
    return path


def test_the_words_it_offers_are_the_painters_own() -> None:
    assert tuple(TIERS) == tuple(Quality)


def test_the_story_of_an_image(painter: Provider, job: Make) -> None:
    parsed = painter.generate(job("two red circles left of a blue square, no stars", 3, style="pastel")).environment
    assert parsed["interpretation"]["steps"][0] == {
        "words": "two red circles", "effect": "things += 2 red circles", "kind": "read",
    }  # fmt: skip
    assert parsed["interpretation"]["seed"] == 3
    assert parsed["scene"]["style"] == "pastel"
    assert len(parsed["layout"]["items"]) == 3
    assert (parsed["arithmetic"], parsed["model"]) == ("exact", "painter@2")
    assert len(parsed["weights"]) == 64
    assert parsed["numpy"] == np.__version__
    assert parsed["cpu"]
    assert parsed["batch"] == {"size": 1, "position": 0}
    assert "omitted" not in parsed


def test_settings_reach_the_painter(painter: Provider, job: Make) -> None:
    plain = painter.generate(job(seed=1)).data
    for change in (
        {"quality": "standard"},
        {"steps": 6},
        {"guidance": 3.0},
        {"style": "outline"},
    ):
        assert painter.generate(job(seed=1, **change)).data != plain, change
    assert painter.generate(job(seed=1, steps=4)).data == plain, "draft is four steps"


def test_the_model_is_the_one_named(painter: Provider, job: Make) -> None:
    first, second = painter.generate(job(model="painter@1")), painter.generate(job(model="painter@2"))
    assert (first.environment["model"], second.environment["model"]) == ("painter@1", "painter@2")
    same_weights = first.environment["weights"] == second.environment["weights"]
    assert (first.data == second.data) == same_weights
    assert second.data == painter.generate(job()).data


def test_a_setting_of_the_recipe_wins_over_the_providers_own(painter: Provider, job: Make, tmp_path: Path) -> None:
    standard = create("painter", "painter", {}, tmp_path)
    assert standard.generate(job(quality="draft")).data == painter.generate(job()).data


def test_float32_is_near_and_not_equal(painter: Provider, job: Make, tmp_path: Path) -> None:
    fast = create("fast", "painter", {"arithmetic": "float32", "quality": "draft"}, tmp_path)
    assert (fast.capabilities.seed, painter.capabilities.seed) == ("exact-per-environment", "exact")
    one, other = (decode(who.generate(job()).data).pixels.astype(int) for who in (fast, painter))
    assert np.abs(one - other).mean() < 4


def test_sizes(painter: Provider, job: Make) -> None:
    image = decode(painter.generate(job(width=128, height=96)).data)
    assert (image.width, image.height) == (128, 96)


def test_an_unseeded_repeat_has_the_seed_of_its_number(painter: Provider, job: Make) -> None:
    unseeded = painter.generate(job(seed=None, repeat=3))
    assert unseeded.data == painter.generate(job(seed=3)).data
    assert unseeded.environment["interpretation"]["seed"] == 3


def test_a_batch_keeps_its_order_over_several_settings(painter: Provider, job: Make) -> None:
    assert isinstance(painter, BatchProvider)
    jobs = [job(seed=0), job(seed=1, quality="standard"), job(seed=2), job(seed=3, quality="standard")]
    generated = painter.generate_batch(jobs)
    assert [one.environment["batch"] for one in generated] == [
        {"size": 2, "position": 0}, {"size": 2, "position": 0}, {"size": 2, "position": 1}, {"size": 2, "position": 1},
    ]  # fmt: skip
    assert [one.environment["interpretation"]["seed"] for one in generated] == [0, 1, 2, 3]
    assert painter.generate_batch([]) == []


def test_a_batch_in_a_process_of_its_own(painter: Provider, job: Make) -> None:
    assert isinstance(painter, IsolatedProvider)
    jobs = [job(seed=0), job(seed=1)]
    with painter.isolated(threads=2) as apart:
        assert isinstance(apart, BatchProvider)
        assert [one.data for one in apart.generate_batch(jobs)] == [painter.generate(one).data for one in jobs]


def test_what_a_mask_leaves_is_kept_exactly(painter: Provider, job: Make, image: Path, tmp_path: Path) -> None:
    area = np.zeros((64, 64), np.uint8)
    area[32:, 32:] = 255
    mask = tmp_path / "mask.png"
    mask.write_bytes(encode_png(area))
    generated = painter.generate(job("a blue star", image=image, mask=mask))
    before, after = decode(image.read_bytes()).pixels, decode(generated.data).pixels
    assert np.array_equal(before[area == 0], after[area == 0])
    assert not np.array_equal(before[area > 0], after[area > 0])
    assert generated.environment["interpretation"]["guided"] == "generated again inside the mask"


@pytest.mark.parametrize(
    ("prompt", "more", "said"),
    [
        ("a blue house", {"strength": 0.4}, "strength 0.4"),
        ("a blue house", {}, "strength 0.6"),
        ("the same scene at night", {}, "background → hills night"),
    ],
)
def test_how_an_image_guides(
    painter: Provider, job: Make, image: Path, prompt: str, more: dict[str, Any], said: str
) -> None:
    generated = painter.generate(job(prompt, image=image, **more))
    assert generated.environment["interpretation"]["guided"].endswith(said)
    assert generated.data == painter.generate(job(prompt, image=image, **more)).data
    assert generated.data != image.read_bytes()


def test_an_image_of_another_size_says_which(painter: Provider, job: Make, image: Path) -> None:
    with pytest.raises(GenerationError, match=r"is 64x64, the case asks for 128x128") as caught:
        painter.generate(job(image=image, width=128, height=128))
    assert caught.value.hint == "say size: 64x64"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prompt": "   "}, "the prompt is empty"),
        ({"prompt": "x" * 100_000}, "at most 4000 are read"),
        ({"prompt": "fifty circles"}, "50"),
        ({"seed": -1}, "seed -1 is not possible"),
        ({"seed": 2**64}, "is not possible"),
        ({"width": 0}, "size 0x64 is not possible"),
        ({"width": 3000, "height": 3000}, "is not possible"),
        ({"steps": 0}, "steps 0 is not possible"),
        ({"guidance": 99.0}, "guidance 99.0 is not possible"),
        ({"model": "painter@9"}, "painter@9"),
        ({"model": "weights.npz"}, "weights.npz"),
    ],
)
def test_what_it_cannot_generate_is_a_fault_with_a_hint(
    painter: Provider, job: Make, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(GenerationError) as caught:
        painter.generate(job(**change))
    assert said in str(caught.value)
    assert str(caught.value).startswith(("painter: ", "mine: "))
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_images_that_cannot_guide(painter: Provider, job: Make, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"<html>")
    with pytest.raises(GenerationError, match="HTML"):
        painter.generate(job(image=broken))
    clear = tmp_path / "clear.png"
    clear.write_bytes(encode_png(np.zeros((64, 64, 4), np.uint8)))
    with pytest.raises(GenerationError, match="transparent"):
        painter.generate(job(image=clear))


@pytest.mark.parametrize(
    "options",
    [{"arithmetic": "fp8"}, {"quality": "best"}, {"style": "oil"}, {"steps": "many"}, {"guidance": -1}, {"model": 3}],
)
def test_bad_options(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(BadOptionError):
        create("mine", "painter", options, tmp_path)


def test_a_weights_file_is_found_beside_the_suite(painter: Provider, job: Make, tmp_path: Path) -> None:
    import harness.painter

    shipped = Path(harness.painter.__file__).with_name("data") / SHIPPED["painter@2"][0]
    (tmp_path / "mine.npz").write_bytes(shipped.read_bytes())
    own = create("own", "painter", {"model": "mine.npz", "quality": "draft"}, tmp_path)
    assert own.generate(job()).data == painter.generate(job()).data


def test_its_speed_is_measured_when_asked() -> None:
    parsed = explain("painter", measure=True)
    tiers = [tier for tier in parsed.vocabulary if tier.setting == "quality"]
    assert [tier.value for tier in tiers] == ["draft", "standard", "hd"]
    assert all(tier.seconds and tier.seconds > 0 for tier in tiers)
    assert json.dumps([tier.meaning for tier in tiers])
