"""What comparing costs beside its peers, on the same pairs in the same run.

``python -m benchmarks.compare [--node-modules FOLDER] [--rounds N]`` writes ``benchmarks/results/compare.md``. Every
way is tried in turn on every pair (interleaved), CPU time is that of this process and of its children, and only ratios
within one run mean anything on another machine. Peers that are not installed are named as missing: OpenCV, pyspng and
imagecodecs by ``pip install``, odiff, pixelmatch and blazediff by
``npm install --prefix FOLDER odiff-bin pixelmatch @blazediff/core`` and ``--node-modules FOLDER/node_modules``.
"""

import argparse
import io
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import imagehash
import numpy as np
import skimage.data
from PIL import Image
from skimage.metrics import structural_similarity

from harness.compare import compare, compare_files, compare_to, describe_picture, kernel_name, numeric, recognise
from harness.image import decode, decoder_name, encode_png, png, read_file
from harness.records import Comparison

RESULTS = Path(__file__).parent / "results" / "compare.md"
PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")
WORK = (
    ("png", "everywhere"), ("png", "one place"), ("webp", "everywhere"), ("jpg", "everywhere"), ("png", "nowhere"),
)  # fmt: skip
"""File format and where the second picture of a pair differs."""
EXACT = 1e-9
Answer = tuple[float, float] | None
"""SSIM and pHash distance, or None for a way that gives neither."""
Way = Callable[[Path, Path], Answer]


@contextmanager
def without_extensions() -> Iterator[None]:
    """As if no compiler had been there when the package was installed."""
    real_kernel, real_unfilter = compare.__globals__["kernel"], png._unfilter
    compare.__globals__["kernel"] = lambda: numeric
    png._unfilter = lambda: None
    try:
        yield
    finally:
        compare.__globals__["kernel"], png._unfilter = real_kernel, real_unfilter


def told(comparison: Comparison) -> Answer:
    measured = comparison.measurements
    return float(measured["ssim"].value or 0), float(measured["phash"].value or 0)


def ours(a: Path, b: Path) -> Answer:
    return told(compare_files(a, b))


def ours_numpy(a: Path, b: Path) -> Answer:
    with without_extensions():
        return told(compare_files(a, b))


def script(a: Path, b: Path) -> Answer:
    """The script everyone writes: Pillow, ImageHash, scikit-image."""
    one, other = Image.open(a).convert("RGB"), Image.open(b).convert("RGB")
    distance = imagehash.phash(one) - imagehash.phash(other)
    return float(structural_similarity(np.asarray(one), np.asarray(other), channel_axis=-1)), float(distance)


def panel_by_libraries(a: Path, b: Path) -> Answer:
    """The same panel from the libraries: the script with all four hashes and the pixel statistics."""
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
    """Decoding alone, of both files."""
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
    if installed("imagecodecs"):
        import imagecodecs

        found["decode: imagecodecs"] = both(imagecodecs.imread)
    return found


def panel_alone() -> Way:
    """Everything but reading and decoding: the panel of two decoded pictures."""
    held: dict[Path, np.ndarray] = {}

    def run(a: Path, b: Path) -> Answer:
        for path in (a, b):
            if path not in held:
                held[path] = read_file(path).pixels
        return None

    def timed(a: Path, b: Path) -> Answer:
        return told(compare(held[a], held[b]))

    timed.prepare = run  # type: ignore[attr-defined]
    return timed


def recorded(a: Path, b: Path) -> Answer:
    """A run's pair: the baseline known by what was recorded when it was accepted."""
    reference = REFERENCES[a]
    candidate = recognise(b.read_bytes(), "b", [reference])
    assert candidate is not None
    return told(compare_to(reference, a.read_bytes, candidate))


REFERENCES: dict[Path, object] = {}


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def changed(base: np.ndarray, kind: str, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if kind == "everywhere":
        return np.clip(np.rint(base + rng.normal(0, 6, base.shape)), 0, 255).astype(np.uint8)
    if kind == "one place":
        other = base.copy()
        side = len(base) // 6
        y, x = rng.integers(0, len(base) - side, 2)
        other[y : y + side, x : x + side] = 255 - other[y : y + side, x : x + side]
        return other
    return base


def sources(side: int) -> list[np.ndarray]:
    found = []
    for name in PHOTOS:
        pixels = read_file(Path(skimage.data.__file__).parent / name).pixels
        image = Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS)
        rng = np.random.default_rng(len(found))
        # What enlarging smoothed away comes back as a little grain, so that inflating costs what it does on photos.
        found.append(np.clip(np.rint(np.asarray(image) + rng.normal(0, 1.5, (side, side, 3))), 0, 255).astype(np.uint8))
    return found


def saved(folder: Path, name: str, pixels: np.ndarray, kind: str) -> Path:
    path = folder / f"{name}.{kind}"
    if kind == "png":
        path.write_bytes(encode_png(pixels))
    elif kind == "webp":
        Image.fromarray(pixels).save(path, lossless=True, method=2)
    else:
        Image.fromarray(pixels).save(path, quality=92, subsampling=0)
    return path


def pairs(folder: Path, side: int, kind: str, change: str) -> list[tuple[Path, Path]]:
    found = []
    for number, base in enumerate(sources(side)):
        name = f"{side}-{change.replace(' ', '-')}-{number}"
        a = saved(folder, f"{name}-a", base, kind)
        found.append((a, saved(folder, f"{name}-b", changed(base, change, number), kind)))
    return found


def cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def measured(ways: dict[str, Way], work: list[tuple[Path, Path]], rounds: int) -> dict[str, tuple[float, str]]:
    """Median CPU ms a pair of each way, and whether its answers are the script's."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    answers = {pair: script(*pair) for pair in work}
    equal: dict[str, str] = {}
    for turn in range(rounds + 1):
        for pair in work:
            for name, way in ways.items():
                getattr(way, "prepare", lambda _a, _b: None)(*pair)
                begun = cpu() if name in SPAWNING else time.process_time()
                found = way(*pair)
                spent = (cpu() if name in SPAWNING else time.process_time()) - begun
                if turn:
                    times[name].append(1000 * spent)
                wanted = answers[pair]
                if found is None or wanted is None:
                    equal.setdefault(name, "–")
                elif abs(found[0] - wanted[0]) > EXACT or found[1] != wanted[1]:
                    equal[name] = f"no ({abs(found[0] - wanted[0]):.0e})"
                else:
                    equal.setdefault(name, "yes")
    return {name: (statistics.median(spent), equal[name]) for name, spent in times.items()}


SPAWNING: set[str] = set()

MEMORY = """
import sys, numpy as np
sys.path.insert(0, {root!r})
from benchmarks.compare import *
way = {way}
a, b = ({load})
small = np.ascontiguousarray(a[:64, :64]), np.ascontiguousarray(b[:64, :64])
way(*small)
def status(field):
    return next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith(field))
open('/proc/self/clear_refs', 'w').write('5')
before = status('VmRSS')
way(a, b)
print((status('VmHWM') - before) / 1024)
"""
WAYS_IN_MEMORY = {
    "ours, native": "compare",
    "ours, numpy": "in_numpy",
    "scikit-image and ImageHash": "by_script",
}


def in_numpy(a: np.ndarray, b: np.ndarray) -> None:
    with without_extensions():
        compare(a, b)


def by_script(a: np.ndarray, b: np.ndarray) -> None:
    structural_similarity(a, b, channel_axis=-1)
    imagehash.phash(Image.fromarray(a)) - imagehash.phash(Image.fromarray(b))


def peak_memory(way: str, pair: tuple[Path, Path]) -> float:
    """MB above the decoded pixels that comparing one pair takes at its peak, in a process of its own."""
    load = ", ".join(f"read_file({str(path)!r}).pixels.copy()" for path in pair)
    code = MEMORY.format(root=str(Path(__file__).parents[1]), way=way, load=load)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(out.stdout)


def peers(node_modules: Path | None) -> tuple[dict[str, Way], list[str]]:
    """The peers that are there, and the names of those that are not."""
    ways: dict[str, Way] = {}
    missing = []
    if installed("opencv-python-headless"):
        ways[f"OpenCV {installed('opencv-python-headless')} f64 + ImageHash"] = opencv
    else:
        missing.append("OpenCV")
    for name, package in (("odiff", "odiff-bin"), ("pixelmatch", "pixelmatch"), ("blazediff", "@blazediff/core")):
        program = node_modules / ".bin" / name if node_modules else None
        if program is None or not program.exists():
            missing.append(name)
            continue
        shown = f"{name} {_npm_version(node_modules, package)} (program)"
        ways[shown] = tool(str(program))
        SPAWNING.add(shown)
    return ways, missing


def _npm_version(node_modules: Path | None, package: str) -> str:
    import json

    return str(json.loads((node_modules / package / "package.json").read_text())["version"]) if node_modules else ""


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--node-modules", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    tools, missing = peers(options.node_modules)
    libraries = {name: way for name, way in tools.items() if name not in SPAWNING}
    used = {name: installed(name) for name in ("pillow", "numpy", "scikit-image", "ImageHash", "isal")}
    lines = [
        "# What comparing costs",
        "",
        f"Made by `python -m benchmarks.compare` on {datetime.now(UTC):%Y-%m-%d}: {processor()}, Python "
        f"{platform.python_version()}, {', '.join(f'{name} {number}' for name, number in used.items() if number)}; "
        f"kernel {kernel_name()}, decoder {decoder_name()}. Median CPU ms a pair (this process and its children), "
        f"{options.rounds} rounds over {len(PHOTOS)} photographs, all ways in turn on each pair. The machine was "
        'shared: read the ratios, not the milliseconds. "equal" says whether SSIM (within 1e-9) and the pHash '
        "distance are the script's; the programs count differing pixels and measure neither.",
        "",
        f"Not installed here: {', '.join(missing)}." if missing else "All peers were installed.",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side in (512, 1024):
            for kind, change in (
                ("png", "everywhere"),
                ("png", "one place"),
                ("webp", "everywhere"),
                ("jpg", "everywhere"),
                ("png", "nowhere"),
            ):
                lines += section(folder, side, kind, change, libraries, tools, options.rounds)
                print("\n".join(lines[-22:]), flush=True)
        lines += [
            "",
            "## Peak memory of one 1024 × 1024 PNG pair, above the decoded pixels",
            "",
            "| way | MB |",
            "|---|---|",
        ]
        pair = pairs(folder, 1024, "png", "everywhere")[0]
        for shown, way in WAYS_IN_MEMORY.items():
            lines.append(f"| {shown} | {peak_memory(way, pair):.1f} |")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines[-6:]))
    return 0


def section(
    folder: Path, side: int, kind: str, change: str, libraries: dict[str, Way], tools: dict[str, Way], rounds: int
) -> list[str]:
    work = pairs(folder, side, kind, change)
    ways: dict[str, Way] = {"the obvious script": script, "ours, native": ours, "ours, numpy": ours_numpy}
    if change == "nowhere":
        for a, _ in work:
            REFERENCES[a] = describe_picture(a.read_bytes(), "a")[0]
        ways["ours, digests recorded"] = recorded
    else:
        ways["the panel by libraries"] = panel_by_libraries
        ways |= libraries if kind == "webp" else tools
        ways["the panel alone (no decoding)"] = panel_alone()
        ways |= {name: way for name, way in decoders().items() if kind == "png" or "PNG" not in name}
    found = measured(ways, work, rounds)
    base = found["the obvious script"][0]
    title = "identical" if change == "nowhere" else f"changed {change}"
    lines = [
        "",
        f"## {side} × {side}, {kind.upper()}, {title}",
        "",
        "| way | CPU ms | script ÷ it | equal |",
        "|---|---|---|---|",
    ]
    lines += [f"| {name} | {spent:.2f} | {base / spent:.1f} | {equal} |" for name, (spent, equal) in found.items()]
    if change != "nowhere":
        fastest = min(spent for name, (spent, _) in found.items() if name.startswith("decode:"))
        whole, alone = found["ours, native"][0] / fastest, found["the panel alone (no decoding)"][0] / fastest
        lines += [
            "",
            f"Fastest exact decoding of both files = 1: ours, native {whole:.2f}; the panel alone {alone:.2f}.",
        ]
    return lines


if __name__ == "__main__":
    sys.exit(main())
