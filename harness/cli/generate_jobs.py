"""What ``harness generate`` needs: jobs of its options, the file name, the contact sheet."""

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.provider import Job
from harness.records import InputImage, Recipe, Request, Subject, TrialKey

SETTINGS = ("quality", "style", "guidance", "steps", "arithmetic")
CAPTION = 18
"""Pixels under each image of a contact sheet for its seed."""
GAP = 8
"""Pixels between images."""


def jobs_of(prompt: str, seeds: Sequence[int], given: Mapping[str, Any]) -> list[Job]:
    """One job a seed. Raises UsageError for an invalid size."""
    width, height = _size(given["size"])
    image, mask = _input(given["input_image"]), _input(given["mask"])
    if image is not None and given["size"] == "256x256":
        width, height = _size_of(given["input_image"])
    settings = {name: given[name] for name in SETTINGS if given[name] is not None}
    subject = Subject("painter", "painter", given["model"], settings)
    return [
        Job(
            Recipe(
                Request(prompt, given["negative"], seed, width, height, image, mask, given["strength"]),
                subject,
            ),
            TrialKey("generate", "generate", seed=seed),
        )
        for seed in seeds
    ]


def target_of(prompt: str) -> Path:
    """Return a file name made of the first words of the prompt."""
    words = re.sub(r"[^a-z0-9]+", "-", prompt.lower()).strip("-")[:40].rstrip("-")
    return Path(f"{words or 'image'}.png")


def sheet(images: Sequence[bytes], seeds: Sequence[int]) -> bytes:
    """Return a contact sheet: the images in rows, as square as can be, each with its seed."""
    from PIL import Image, ImageDraw, ImageFont

    opened = [Image.open(io.BytesIO(data)).convert("RGB") for data in images]
    width, height = opened[0].size
    columns = next(n for n in range(1, len(opened) + 1) if n * n >= len(opened))
    rows = -(-len(opened) // columns)
    page = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (height + CAPTION + GAP) + GAP), "white")
    canvas, font = ImageDraw.Draw(page), ImageFont.load_default(size=12)
    for index, (image, seed) in enumerate(zip(opened, seeds, strict=True)):
        x = GAP + index % columns * (width + GAP)
        y = GAP + index // columns * (height + CAPTION + GAP)
        page.paste(image, (x, y))
        canvas.text((x, y + height + 2), f"seed {seed}", fill="#444", font=font)
    buffer = io.BytesIO()
    page.save(buffer, "PNG")
    return buffer.getvalue()


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if found is None:
        raise UsageError(f"'{text}' is not a size", "say width x height in pixels, such as 256x256")
    return int(found[1]), int(found[2])


def _size_of(path: Path) -> tuple[int, int]:
    from harness.image import read_file

    image = read_file(path)
    return image.width, image.height


def _input(path: Path | None) -> InputImage | None:
    if path is None:
        return None
    return InputImage(str(path.resolve()), hashlib.sha256(path.read_bytes()).hexdigest())
