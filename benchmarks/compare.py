"""What comparing costs beside its peers, on the same pairs in the same run.

``python -m benchmarks.compare [--node-modules FOLDER] [--rounds N]`` writes ``reports/benchmarks/compare.md``. Every
way is tried in turn on every pair (interleaved), CPU time is that of this process and of its children, and only ratios
within one run mean anything on another machine. Peers that are not installed are named as missing: OpenCV, pyspng and
imagecodecs by ``pip install``, odiff, pixelmatch and blazediff by
``npm install --prefix FOLDER odiff-bin pixelmatch @blazediff/bin`` and ``--node-modules FOLDER/node_modules``.
"""

import argparse
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from benchmarks.peers import (
    REFERENCES,
    SPAWNING,
    Way,
    decoders,
    installed,
    ours,
    ours_numpy,
    panel_alone,
    panel_by_libraries,
    peers,
    recorded,
    script,
)
from harness.comparison import describe_image, kernel_name
from harness.image import EncodedImage, decoder_name, encode_png, read_file

RESULTS = Path(__file__).parents[1] / "reports" / "benchmarks" / "compare.md"
PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")
WORK = (
    ("png", "everywhere"), ("png", "one place"), ("webp", "everywhere"), ("jpg", "everywhere"), ("png", "nowhere"),
)  # fmt: skip
"""File format and where the second image of a pair differs."""
EXACT = 1e-9


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


MEMORY = """
import ctypes, sys, numpy as np
sys.path.insert(0, {root!r})
from benchmarks.peers import *
way = {way}
a, b = ({load})
small = np.ascontiguousarray(a[:64, :64]), np.ascontiguousarray(b[:64, :64])
way(*small)
def status(field):
    return next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith(field))
getattr(ctypes.CDLL(None), 'malloc_trim', int)(0)
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


def peak_memory(way: str, pair: tuple[Path, Path]) -> float:
    """MB above the decoded pixels that comparing one pair takes at its peak, in a process of its own."""
    load = ", ".join(f"read_file({str(path)!r}).pixels.copy()" for path in pair)
    code = MEMORY.format(root=str(Path(__file__).parents[1]), way=way, load=load)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(out.stdout)


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
    used = {name: installed(name) for name in ("pillow", "numpy", "scikit-image", "ImageHash", "isal", "simplejpeg")}
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
                print(f"{side} {kind} {change}", flush=True)
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
            REFERENCES[a] = describe_image(EncodedImage(a.read_bytes()), "a")
        ways["ours, digests recorded"] = recorded
    else:
        ways["the panel by libraries"] = panel_by_libraries
        ways |= libraries if kind == "webp" else tools
        ways["the panel alone (no decoding)"] = panel_alone()
        ways |= {name: way for name, way in decoders().items() if "(" not in name or f"({kind.upper()})" in name}
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
