"""A generator without a seed: confetti, new each time, as of a service that takes no seed."""

import secrets

from PIL import Image, ImageDraw

WARM = ((226, 74, 51), (247, 148, 29), (252, 196, 25), (214, 40, 90))
COLD = ((38, 84, 192), (52, 152, 219), (26, 188, 156), (90, 70, 180))


def generate(prompt: str, width: int, height: int, pieces: int = 24) -> Image.Image:
    """Return pieces of paper in the colors that the prompt names, wherever they fall."""
    dice = secrets.SystemRandom()
    image = Image.new("RGB", (width, height), (250, 248, 240))
    pen = ImageDraw.Draw(image)
    for _ in range(pieces):
        x, y, side = dice.randrange(width), dice.randrange(height), dice.randrange(width // 24, width // 10)
        color = dice.choice(COLD if "cold" in prompt else WARM)
        pen.ellipse((x - side, y - side, x + side, y + side), fill=color)
    return image
