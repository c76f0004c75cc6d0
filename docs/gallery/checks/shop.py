"""A program that generates a shop: a sign with words, and windows."""

from PIL import Image, ImageDraw, ImageFont

WALLS = ((196, 164, 132), (150, 90, 80), (120, 130, 140))
SIGN, LETTER, WINDOW = (250, 246, 230), (30, 40, 60), (120, 180, 220)
LETTERS = 24
"""Height of the letters in pixels."""


def letters(text: str) -> Image.Image:
    """Return the text alone, dark on the color of the sign, one cell of equal width for each letter."""
    font = ImageFont.load_default(LETTERS)
    image = Image.new("RGB", (LETTERS * max(len(text), 1), LETTERS + 8), SIGN)
    pen = ImageDraw.Draw(image)
    for place, letter in enumerate(text):
        pen.text((place * LETTERS + LETTERS // 2, LETTERS // 2 + 4), letter, LETTER, font, anchor="mm")
    return image


def generate(seed: int, width: int, height: int, sign: str = "OPEN", windows: int = 3) -> Image.Image:
    """Return a shop front with ``sign`` above ``windows`` windows; the seed decides the color of the wall."""
    image = Image.new("RGB", (width, height), WALLS[seed % len(WALLS)])
    pen = ImageDraw.Draw(image)
    words = letters(sign)
    left, top = (width - words.width) // 2, height // 8
    pen.rectangle((left - 8, top - 4, left + words.width + 8, top + words.height + 4), SIGN)
    image.paste(words, (left, top))
    step = width // windows
    for place in range(windows):
        pen.rectangle((place * step + 12, height // 2, (place + 1) * step - 12, height - 24), WINDOW, LETTER, 3)
    return image
