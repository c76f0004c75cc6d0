"""Which decoders of JPEG and WebP give the pixels of Pillow, what they make of damage, how large and how fast they are.

``python -m benchmarks.decoders`` prints a table; decoders that are not installed have no row (``pip install simplejpeg
webp imagecodecs opencv-python-headless``).
"""

import io
import random
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.metadata import distribution
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.compare import sources
from benchmarks.peers import installed
from harness.image import decode, settled
from tools.install_size import size

Decoder = Callable[[bytes], Any]
DAMAGED = 1000
SIZES = ((1, 1), (7, 9), (16, 16), (33, 47), (101, 67), (255, 256))
PLAIN = [
    {"quality": quality, "subsampling": sampling, "progressive": progressive}
    for quality in (10, 75, 95, 100)
    for sampling in (0, 1, 2)
    for progressive in (False, True)
]
KINDS: Mapping[str, tuple[str, str, list[dict[str, Any]]]] = {
    "JPEG": ("JPEG", "RGB", [*PLAIN, {"restart_marker_blocks": 3}]),
    "gray": ("JPEG", "L", [{}, {"progressive": True}]),
    "CMYK": ("JPEG", "CMYK", [{}]),
    "WebP lossy": ("WEBP", "RGB", [{"quality": quality} for quality in (1, 50, 90)]),
    "lossless": ("WEBP", "RGB", [{"lossless": True, "method": method} for method in (0, 4)]),
    "alpha": ("WEBP", "RGBA", [{"lossless": True}, {"quality": 80}]),
}
"""Kinds of images: format, mode and how they are saved."""


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def truth(data: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))


def decoders() -> dict[str, tuple[str, Decoder, tuple[str, ...]]]:
    """Return the decoders that are here: their distributions, and the formats that each reads."""
    both = ("JPEG", "WEBP")
    found: dict[str, tuple[str, Decoder, tuple[str, ...]]] = {
        "Pillow": ("pillow", truth, both),
        "ours": ("", lambda data: decode(data).pixels, both),
    }
    if installed("simplejpeg"):
        import simplejpeg

        found["simplejpeg"] = ("simplejpeg", lambda data: simplejpeg.decode_jpeg(data, "RGB"), ("JPEG",))
    if installed("webp"):
        import webp

        rgb = webp.WebPColorMode.RGB
        found["webp"] = ("webp", lambda data: webp.WebPData.from_buffer(data).decode(color_mode=rgb), ("WEBP",))
    if installed("imagecodecs"):
        import imagecodecs

        def codecs(data: bytes) -> Any:
            return (imagecodecs.jpeg8_decode if data[:2] == b"\xff\xd8" else imagecodecs.webp_decode)(data)

        found["imagecodecs"] = ("imagecodecs", codecs, both)
    if installed("opencv-python-headless"):
        import cv2

        def opencv(data: bytes) -> Any:
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            if pixels is None:
                raise ValueError
            return pixels[:, :, ::-1]

        found["OpenCV"] = ("opencv-python-headless", opencv, both)
    return found


def corpus() -> dict[str, list[bytes]]:
    pictures = [Image.fromarray(pixels) for pixels in sources(256)]
    small = [picture.resize(side) for picture in pictures for side in SIZES]
    found: dict[str, list[bytes]] = {}
    for name, (kind, mode, options) in KINDS.items():
        images = [image.convert(mode) for image in small]
        for image in images if mode == "RGBA" else ():
            image.putalpha(image.convert("L"))
        found[name] = [saved(image, kind, **one) for image in images for one in options]
    return found


def damaged(originals: list[bytes]) -> list[bytes]:
    rng = random.Random(1)
    found = []
    for _ in range(DAMAGED):
        data = bytearray(rng.choice(originals))
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data) // 3, len(data))] = rng.randrange(256)
        found.append(bytes(data))
    return found


def tried(decoder: Decoder, data: bytes) -> Any:
    """Return the pixels in canonical form, or None for a fault, or where they are no RGB."""
    try:
        return settled(decoder(data))
    except Exception:
        return None


def equal(decoder: Decoder, files: list[bytes]) -> str:
    same = sum(np.array_equal(tried(decoder, data), tried(truth, data)) for data in files)
    return "all" if same == len(files) else f"{same} of {len(files)}"


def alike(decoder: Decoder, files: list[bytes]) -> str:
    """Return how many damaged files have pixels here, and how many of those are not what Pillow gives."""
    answered = [(found, tried(truth, data)) for data in files if (found := tried(decoder, data)) is not None]
    other = sum(wanted is None or not np.array_equal(found, wanted) for found, wanted in answered)
    return f"{len(answered)} ({other})"


def timed(found: dict[str, Decoder], files: list[bytes]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(10):
        for data in files:
            for name, decoder in found.items():
                begun = time.process_time()
                decoder(data)
                times[name].append(time.process_time() - begun)
    return {name: statistics.median(spent) for name, spent in times.items()}


def main() -> None:
    known = decoders()
    files = corpus()
    broken = {kind: damaged(files[name]) for kind, name in (("JPEG", "JPEG"), ("WEBP", "lossless"))}
    large = [Image.fromarray(pixels) for pixels in sources(512)]
    work = {
        "JPEG": [saved(image, "JPEG", quality=92, subsampling=0) for image in large],
        "WEBP": [saved(image, "WEBP", lossless=True, method=2) for image in large],
    }
    spent = {
        kind: timed({name: decoder for name, (_, decoder, formats) in known.items() if kind in formats}, data)
        for kind, data in work.items()
    }
    names = [*KINDS, "damaged JPEG", "damaged WebP", "CPU, JPEG", "CPU, WebP"]
    print("Pixels as Pillow's (of damaged files: how many have pixels at all, in brackets how many of those not as")
    print(f"Pillow's, of {DAMAGED:,}); CPU: of 512 × 512 pixels, Pillow = 1; MB: as installed.\n")
    print(f"| decoder | MB | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}")
    for name, (package, decoder, formats) in known.items():
        cells = [equal(decoder, files[kind]) if KINDS[kind][0] in formats else "–" for kind in KINDS]
        cells += [alike(decoder, broken[kind]) if kind in formats else "–" for kind in broken]
        cells += [f"{spent[kind][name] / spent[kind]['Pillow']:.2f}" if kind in formats else "–" for kind in spent]
        megabytes = f"{size(distribution(package)):.1f}" if package else "–"
        print(f"| {name} {installed(package) if package else ''} | {megabytes} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
