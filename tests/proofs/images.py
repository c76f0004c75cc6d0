"""Damaged image files through the decoder: each gives an image or an ImageError, nothing else.

    python -m tests.proofs.images --count 50000 --seed 1

One line of JSON is printed at the end; an exception that escapes is listed with the number that makes its file again.
"""

import argparse
import io
import json
import random
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image, features

from harness.image import ImageError, Limits, decode, read_header

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LIMITS = Limits(pixels=1 << 20, seconds=20.0)
EXTREMES = (0, 1, 2, 8, 16, 127, 255, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@cache
def originals() -> tuple[bytes, ...]:
    """Whole files of each kind that the decoder treats in its own way."""
    rng = np.random.default_rng(3)
    rgb = Image.fromarray(
        (np.add.outer(np.arange(24) * 9, np.arange(31) * 5)[:, :, None] + [0, 9, 60]).astype(np.uint8)
    )
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray(rng.integers(0, 256, (24, 31), np.uint8)))
    turned = Image.Exif()
    turned[0x0112] = 6
    deep = Image.fromarray(rng.integers(0, 65536, (24, 31)).astype(np.uint16))
    palette = rgb.quantize(16)
    frames = [Image.new("RGB", (24, 31), (level, 0, 0)) for level in (0, 90, 180)]
    several = {"save_all": True, "append_images": frames[1:]}
    found = [
        saved(image, "PNG")
        for image in (rgb, rgba, rgb.convert("L"), rgb.convert("LA"), rgb.convert("1"), palette, deep)
    ]
    found += [saved(palette, "PNG", transparency=3), saved(rgb, "PNG", exif=turned), saved(frames[0], "PNG", **several)]
    found += [saved(rgb, "JPEG", **options) for options in ({}, {"progressive": True}, {"exif": turned})]
    found += [saved(rgb.convert(mode), "JPEG") for mode in ("L", "CMYK")]
    found += [saved(image, "WEBP", lossless=lossless) for image in (rgb, rgba) for lossless in (True, False)]
    found += [saved(frames[0], "WEBP", **several)]
    found += [saved(image, kind) for image in (rgb, palette) for kind in ("GIF", "BMP", "TIFF")]
    if features.check("avif"):
        found.append(saved(rgb, "AVIF"))
    return tuple(found)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The file of an image."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def mutated(seed: int) -> bytes:
    """One of the originals, damaged; the same for the same number."""
    rng = random.Random(seed)
    data = rng.choice(originals())
    if data.startswith(SIGNATURE) and rng.random() < 0.6:
        # with checksums that are right: damage behind the first look
        parts = [*chunks(data)]
        for _ in range(rng.randint(1, 3)):
            parts = rearranged(parts, rng)
        data = SIGNATURE + b"".join(map(chunk, *zip(*parts, strict=True))) if parts else SIGNATURE
    if rng.random() < 0.7:
        data = damaged(data, rng)
    return data


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG: their kinds and contents."""
    at = len(SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += length + 12


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def rearranged(parts: list[tuple[bytes, bytes]], rng: random.Random) -> list[tuple[bytes, bytes]]:
    """The chunks with one left out, doubled, moved, renamed or damaged, its checksum right."""
    parts = list(parts)
    if not parts:
        return parts
    at = rng.randrange(len(parts))
    kind, body = parts[at]
    match rng.randrange(5):
        case 0:
            del parts[at]
        case 1:
            parts.insert(rng.randrange(len(parts) + 1), parts[at])
        case 2:
            parts.insert(rng.randrange(len(parts)), parts.pop(at))
        case 3:
            kinds = (b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"eXIf", b"iCCP", b"zTXt", b"iTXt", b"gAMA")
            parts[at] = rng.choice(kinds), body
        case _:
            deep = kind == b"IDAT" and rng.random() < 0.7
            parts[at] = kind, zlib.compress(damaged(rows(body), rng)) if deep else damaged(body, rng)
    return parts


def rows(body: bytes) -> bytes:
    """What a chunk holds compressed; the chunk itself when that is damaged already."""
    try:
        return zlib.decompressobj().decompress(body, 1 << 20)
    except zlib.error:
        return body


def damaged(data: bytes, rng: random.Random) -> bytes:
    """The bytes with some changed, cut out, doubled or cut off."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        if not found:
            break
        at = rng.randrange(len(found))
        match rng.randrange(6):
            case 0 | 1:
                found[at] = rng.randrange(256)
            case 2:
                width, order = rng.choice((1, 2, 4)), rng.choice(("big", "little"))
                found[at : at + width] = (rng.choice(EXTREMES) % (1 << 8 * width)).to_bytes(width, order)
            case 3:
                del found[at : at + rng.randint(1, 16)]
            case 4:
                found[at:at] = found[at : at + rng.randint(1, 64)]
            case _:
                if rng.random() < 0.3:
                    del found[at:]
    return bytes(found)


def decoded(seeds: range) -> tuple[Counter[str], list[str]]:
    """What came of each file, counted, and the exceptions that escaped."""
    found: Counter[str] = Counter()
    escaped: list[str] = []
    for seed in seeds:
        data = mutated(seed)
        for name, read in (("header", read_header), ("image", lambda data: decode(data, LIMITS))):
            try:
                read(data)
                found[name] += 1
            except ImageError as fault:
                found[f"{name}: {type(fault).__name__}"] += 1
            except BaseException as error:
                found[f"{name}: escaped"] += 1
                escaped.append(f"{seed} {name} {type(error).__name__}: {error}")
    return found, escaped


def main() -> int:
    """Decode as many files as are asked for; 1 when an exception escaped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found, escaped = decoded(range(given.seed * 1_000_000, given.seed * 1_000_000 + given.count))
    print(json.dumps({"files": given.count, "escaped": escaped[:20], **dict(sorted(found.items()))}))
    return bool(escaped)


if __name__ == "__main__":
    sys.exit(main())
