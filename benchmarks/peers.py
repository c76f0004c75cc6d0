"""The ways of comparing two files that the benchmark sets side by side: ours, the libraries', other programs."""

import io
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

from harness.comparison import compare, compare_bytes, hashing, identical_comparison, numeric
from harness.image import EncodedImage, decode, png, read_file
from harness.records import Comparison, ImageRef

Answer = tuple[float, float] | None
"""SSIM and pHash distance, or None for a way that gives neither."""
Way = Callable[[Path, Path], Answer]
SPAWNING: set[str] = set()
"""Ways that start a program: their CPU time is that of a child."""


@contextmanager
def without_extensions() -> Iterator[None]:
    """As if no compiler had been there when the package was installed."""
    real_kernel, real_unfilter = hashing.kernel, png._unfilter
    users = (compare.__globals__, vars(hashing))
    png._unfilter = lambda: None
    try:
        for names in users:
            names["kernel"] = lambda: numeric
        yield
    finally:
        png._unfilter = real_unfilter
        for names in users:
            names["kernel"] = real_kernel


def reported(comparison: Comparison) -> Answer:
    measured = comparison.measurements
    return float(measured["ssim"].value or 0), float(measured["phash"].value or 0)


def ours(a: Path, b: Path) -> Answer:
    return reported(compare_bytes(a.read_bytes(), b.read_bytes()))


def ours_numpy(a: Path, b: Path) -> Answer:
    with without_extensions():
        return reported(compare_bytes(a.read_bytes(), b.read_bytes()))


def script(a: Path, b: Path) -> Answer:
    """Return the script everyone writes: Pillow, ImageHash, scikit-image."""
    one, other = Image.open(a).convert("RGB"), Image.open(b).convert("RGB")
    distance = imagehash.phash(one) - imagehash.phash(other)
    return float(structural_similarity(np.asarray(one), np.asarray(other), channel_axis=-1)), float(distance)


def panel_by_libraries(a: Path, b: Path) -> Answer:
    """Return the same panel from the libraries: the script with all four hashes and the pixel statistics."""
    one, other = Image.open(a).convert("RGB"), Image.open(b).convert("RGB")
    found = [getattr(imagehash, name)(one) - getattr(imagehash, name)(other) for name in HASHES]
    x, y = np.asarray(one), np.asarray(other)
    delta = np.abs(x.astype(np.int16) - y)
    delta.max(), delta.mean(), delta.any(axis=2).mean(), np.square(delta, dtype=np.int32).mean()
    return float(structural_similarity(x, y, channel_axis=-1)), float(found[0])


HASHES = ("phash", "dhash", "whash", "colorhash")


def opencv(a: Path, b: Path) -> Answer:
    """OpenCV decoding and box filters in f64, ImageHash for the hash."""
    import cv2

    x, y = (cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in (a, b))
    distance = imagehash.phash(Image.fromarray(x)) - imagehash.phash(Image.fromarray(y))
    f, g = x.astype(np.float64), y.astype(np.float64)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(values, -1, (7, 7))[3:-3, 3:-3]

    ux, uy, factor = mean(f), mean(g), 49 / 48
    vx, vy = factor * (mean(f * f) - ux * ux), factor * (mean(g * g) - uy * uy)
    vxy = factor * (mean(f * g) - ux * uy)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top, bottom = (2 * ux * uy + c1) * (2 * vxy + c2), (ux * ux + uy * uy + c1) * (vx + vy + c2)
    return float((top / bottom).mean()), float(distance)


def tool(*command: str) -> Way:
    def run(a: Path, b: Path) -> Answer:
        subprocess.run([*command, str(a), str(b), str(a.with_suffix(".diff.png"))], capture_output=True, check=False)
        return None

    return run


def both(one: Callable[[bytes], object]) -> Way:
    def run(a: Path, b: Path) -> Answer:
        one(a.read_bytes()), one(b.read_bytes())
        return None

    return run


def pillow_decode(data: bytes) -> object:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def decoders() -> dict[str, Way]:
    """Only decode both files."""
    found: dict[str, Way] = {
        "decode: ours": both(lambda data: decode(data).pixels),
        "decode: Pillow": both(pillow_decode),
    }
    if installed("opencv-python-headless"):
        import cv2

        found["decode: OpenCV"] = both(lambda data: cv2.imdecode(np.frombuffer(data, np.uint8), 1))
    if installed("pyspng"):
        import pyspng

        found["decode: pyspng (PNG)"] = both(pyspng.load)
    if installed("simplejpeg"):
        import simplejpeg

        found["decode: simplejpeg (JPG)"] = both(lambda data: simplejpeg.decode_jpeg(data, "RGB"))
    if installed("imagecodecs"):
        import imagecodecs

        found["decode: imagecodecs"] = both(imagecodecs.imread)
    return found


def panel_alone() -> Way:
    """Everything but reading and decoding: the panel of two decoded images."""
    held: dict[Path, np.ndarray] = {}

    def run(a: Path, b: Path) -> Answer:
        for path in (a, b):
            if path not in held:
                held[path] = read_file(path).pixels
        return None

    def timed(a: Path, b: Path) -> Answer:
        return reported(compare(held[a], held[b]))

    timed.prepare = run  # type: ignore[attr-defined]
    return timed


def recorded(a: Path, b: Path) -> Answer:
    """Return a run's pair: the baseline known by what was recorded when it was accepted."""
    reference = REFERENCES[a]
    candidate = EncodedImage(b.read_bytes())
    assert candidate.digest == reference.file_digest
    return reported(identical_comparison(reference.width, reference.height, reference.hashes, bytes_equal=True))


REFERENCES: dict[Path, ImageRef] = {}


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def in_numpy(a: np.ndarray, b: np.ndarray) -> None:
    with without_extensions():
        compare(a, b)


def by_script(a: np.ndarray, b: np.ndarray) -> None:
    structural_similarity(a, b, channel_axis=-1)
    imagehash.phash(Image.fromarray(a)) - imagehash.phash(Image.fromarray(b))


def peers(node_modules: Path | None) -> tuple[dict[str, Way], list[str]]:
    """Return the peers that are there, and the names of those that are not."""
    ways: dict[str, Way] = {}
    missing = []
    if installed("opencv-python-headless"):
        ways[f"OpenCV {installed('opencv-python-headless')} f64 + ImageHash"] = opencv
    else:
        missing.append("OpenCV")
    for name, package in (("odiff", "odiff-bin"), ("pixelmatch", "pixelmatch"), ("blazediff", "@blazediff/bin")):
        program = node_modules / ".bin" / name if node_modules else None
        if program is None or not program.exists():
            missing.append(name)
            continue
        shown = f"{name} {_npm_version(node_modules, package)} (program)"
        ways[shown] = tool(str(program))
        SPAWNING.add(shown)
    return ways, missing


def _npm_version(node_modules: Path | None, package: str) -> str:
    return str(json.loads((node_modules / package / "package.json").read_text())["version"]) if node_modules else ""
