"""Images of the tests: what the painter generates by itself, and what a client reads."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from harness.provider import Job
from harness.provider.local.painter import Painter, PainterOptions
from harness.records import Recipe, Request, Subject, TrialKey


def painted(prompt: str, seed: int, size: tuple[int, int], model: str | None = None, **settings: Any) -> np.ndarray:
    """Return what the painter generates without a gateway."""
    request = Request(prompt, seed=seed, width=size[0], height=size[1])
    recipe = Recipe(request, Subject("painter", "painter", model=model, settings=settings))
    output = Painter("painter", PainterOptions(), Path()).generate(Job(recipe, TrialKey("direct", "case")))
    return pixels(output.data)


def pixels(data: bytes | str) -> np.ndarray:
    """Return the pixels of an image file, or of its base64."""
    whole = base64.b64decode(data) if isinstance(data, str) else data
    with Image.open(io.BytesIO(whole)) as image:
        return np.asarray(image.convert("RGB"))


def png(image: Image.Image) -> bytes:
    """Return an image as PNG."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def alpha_mask(size: tuple[int, int], box: tuple[int, int, int, int]) -> bytes:
    """Return a mask that is transparent in a box, as OpenAI's clients send it."""
    mask = Image.new("RGBA", size, (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), box)
    return png(mask)
