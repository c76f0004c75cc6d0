"""Real pictures for the loopback services: drawn by the painter, by prompt and seed, in any format."""

import base64
import functools
import io

import numpy as np
from PIL import Image

from harness.errors import HarnessError
from harness.image import sniff
from harness.painter import Options, Painter
from harness.prompt import GrammarInterpreter

FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}
PROMPT = "two red circles"


@functools.cache
def painted(prompt: str = PROMPT, seed: int = 0, kind: str = "png", width: int = 64, height: int = 64) -> bytes:
    """A picture of the prompt; of one that the painter cannot draw, a plain one whose color tells the words."""
    return encoded(pixels_of(prompt, seed, width, height), kind)


@functools.cache
def pixels_of(prompt: str, seed: int, width: int = 64, height: int = 64) -> np.ndarray:
    try:
        scene = GrammarInterpreter().interpret(prompt, negative_prompt="", seed=seed)
        return painter().draw(scene, seed, Options(quality="draft", size=(width, height))).pixels
    except HarnessError:
        tone = sum(prompt.encode()) % 200
        return np.full((height, width, 3), (tone, seed % 256, 255 - tone), np.uint8)


@functools.cache
def painter() -> Painter:
    return Painter("painter@2", "float32")


def encoded(pixels: np.ndarray, kind: str = "png") -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, FORMATS[kind], quality=90)
    return out.getvalue()


def opened(data: bytes) -> np.ndarray:
    """The pixels of a picture that was sent here."""
    return np.asarray(Image.open(io.BytesIO(data)))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def data_url(data: bytes) -> str:
    return f"data:image/{sniff(data) or 'png'};base64,{b64(data)}"


def from_data_url(url: str) -> bytes:
    head, _, text = url.partition(",")
    assert head.startswith("data:image/")
    assert head.endswith(";base64")
    return base64.b64decode(text, validate=True)
