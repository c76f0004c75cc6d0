"""Images of your own code: each must stay as it was accepted."""

from PIL import Image, ImageDraw


def generate(prompt: str, seed: int) -> Image.Image:
    """Return an image. Call your pipeline here."""
    image = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(image).ellipse((60 + seed, 80, 140 + seed, 160), "red" if "red" in prompt else "blue")
    return image


def test_circle(image_harness) -> None:
    """An image that is new, or differs, is generated once more: the failure says whether it repeats."""
    image_harness.check(
        lambda: generate("a red circle", seed=7),
        "circle",
        seed=7,
        request="a red circle",
        drift="exact",  # or limits, such as {"delta_e": "<= 2.5", "delta_e_block_max": "<= 1.5"}
        checks=[{"count": "red circle", "equals": 1}],
    )
