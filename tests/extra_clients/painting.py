"""What the painter generates without a gateway."""

import hashlib
from pathlib import Path

from PIL import Image

from harness.image import file_digest
from harness.provider import Job, create
from harness.records import InputImage, Recipe, Request, Subject, TrialKey
from tests.gateway.pixels import png

PROMPT = "a red circle left of a blue square"
SIDE = 64
SIZE = f"{SIDE}x{SIDE}"


def painted(seed: int | None, *, side: int = SIDE, image: Path | None = None, mask: Path | None = None) -> str:
    """Return the SHA-256 of the file that the painter makes of PROMPT in its tier draft."""
    request = Request(PROMPT, "", seed, side, side, _input(image), _input(mask))
    recipe = Recipe(request, Subject("painter", "painter", settings={"quality": "draft"}))
    provider = create("painter", "painter", {}, Path())
    try:
        data = provider.generate(Job(recipe, TrialKey("direct", "case"))).data
    finally:
        provider.close()
    return hashlib.sha256(data).hexdigest()


def white_half(path: Path) -> Path:
    """Write a mask that is white in its right half, as providers read it, and return its path."""
    mask = Image.new("RGB", (SIDE, SIDE), "black")
    mask.paste("white", (SIDE // 2, 0, SIDE, SIDE))
    path.write_bytes(png(mask))
    return path


def _input(path: Path | None) -> InputImage | None:
    return None if path is None else InputImage(str(path), file_digest(path.read_bytes()))
