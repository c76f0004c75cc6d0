"""A run's folder with generated images, in the format of the ledger: what the tests of the report tell about."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from harness.comparison import heat_map
from harness.records import (
    FORMATS,
    Box,
    Comparison,
    Difference,
    Finding,
    ImageRef,
    Limit,
    Measurement,
    Outcome,
    Policy,
    Reason,
    Recipe,
    Request,
    Rule,
    RunRecord,
    Subject,
    TrialKey,
    TrialResult,
    document,
    encode_json,
    recordable,
    to_json,
)
from harness.vocabulary import Code, Part

SIZE = 256
INK = {
    "red": "#d8352e", "orange": "#f08a24", "yellow": "#f6c945", "green": "#3f9d57", "blue": "#2f66c8",
    "purple": "#7c4fb0", "pink": "#ee8fb4", "brown": "#8a5a3b", "black": "#26262b", "white": "#fafafa",
}  # fmt: skip


def scene(kind: str, seed: int = 0, *, draft: bool = False, shift: int = 0) -> Image.Image:
    """A simple image: ``draft`` is coarser and moves things, ``shift`` moves the main thing by pixels."""
    rng = np.random.default_rng(hash_of(kind, seed))
    scale = 1 if draft else 4
    n = SIZE * scale
    image = Image.new("RGB", (n, n), "#f3f1ea")
    draw = ImageDraw.Draw(image)

    def box(x: float, y: float, r: float) -> list[float]:
        return [(x - r + shift) * scale, (y - r) * scale, (x + r + shift) * scale, (y + r) * scale]

    dx, dy = moved(kind, seed, draft=draft)
    if kind == "two-circles":
        draw.ellipse(box(66 + dx, 92 + dy, 34), fill=INK["red"])
        draw.ellipse(box(84 + dx, 176 + dy, 30), fill=INK["red"])
        draw.rectangle(box(184 + dx, 132, 38), fill=INK["blue"])
    elif kind in ("night-house", "day-house"):
        night = kind == "night-house"
        for y in range(n):
            t = y / n
            top, low = ((18, 22, 58), (62, 58, 112)) if night else ((126, 190, 236), (222, 240, 250))
            row = tuple(int(a + (b - a) * t) for a, b in zip(top, low, strict=True))
            draw.line([(0, y), (n, y)], fill=row)
        if night:
            for x, y in rng.integers(6, SIZE - 6, (26, 2)):
                draw.ellipse(box(float(x), float(y) * 0.5, 1.6), fill="#f4efc9")
            draw.ellipse(box(196, 52, 22), fill="#f2e6b0")
        else:
            draw.ellipse(box(196, 52, 24), fill=INK["yellow"])
        draw.ellipse([-0.2 * n, 0.62 * n, 0.7 * n, 1.3 * n], fill="#2f5b40" if night else "#6fae5f")
        draw.ellipse([0.3 * n, 0.68 * n, 1.3 * n, 1.4 * n], fill="#264b36" if night else "#5c9c50")
        x, y = 96 + dx, 150 + dy / 2
        draw.rectangle(box(x, y + 18, 34), fill="#b9573f" if night else "#d9694b")
        roof = [(x - 44 + shift, y - 14), (x + 44 + shift, y - 14), (x + shift, y - 52)]
        draw.polygon([(px * scale, py * scale) for px, py in roof], fill="#5a332a")
        draw.rectangle(box(x, y + 14, 11), fill="#ffdf7a" if night else "#dff1fb")
    elif kind == "star-row":
        for i, color in enumerate(("yellow", "orange", "pink", "purple", "blue")):
            x, y, r = 34 + 47 * i, 128 + (dy if i % 2 else -dy), 22
            points = []
            for k in range(10):
                angle, radius = -np.pi / 2 + k * np.pi / 5, r if k % 2 == 0 else r * 0.42
                points.append(((x + shift + radius * np.cos(angle)) * scale, (y + radius * np.sin(angle)) * scale))
            draw.polygon(points, fill=INK[color])
    elif kind == "sailboat":
        draw.rectangle([0, 0, n, 0.55 * n], fill="#f7c98b")
        draw.rectangle([0, 0.55 * n, n, n], fill="#2d7f9d")
        draw.ellipse(box(70, 128, 30), fill="#ef6d4f")
        draw.rectangle([0, 0.55 * n, n, 0.58 * n], fill="#3b93ad")
        x = 150 + dx
        hull = [(x - 44, 160), (x + 44, 160), (x + 28, 186), (x - 28, 186)]
        draw.polygon([((px + shift) * scale, py * scale) for px, py in hull], fill="#7a4630")
        draw.polygon(
            [((px + shift) * scale, py * scale) for px, py in [(x, 152), (x, 70), (x + 46, 152)]], fill="#fbf7ee"
        )
    else:
        for i in range(5):
            color = list(INK.values())[int(rng.integers(0, 8))]
            x, y, r = (float(v) for v in rng.integers((30, 30, 14), (226, 226, 36)))
            (draw.ellipse if i % 2 else draw.rectangle)(box(x, y, r), fill=color)
    return image if scale == 1 else image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def moved(kind: str, seed: int, *, draft: bool = False) -> tuple[int, int]:
    """How far the main thing of a scene stands from its usual place."""
    dx, dy = np.random.default_rng(hash_of("place", kind, seed)).integers(-18, 18, 2) + (9 if draft else 0)
    return int(dx), int(dy)


def circles(seed: int, *, draft: bool) -> tuple[tuple[int, int, int, int], ...]:
    """Where the circles of ``two-circles`` are."""
    dx, dy = moved("two-circles", seed, draft=draft)
    return tuple((x + dx - r, y + dy - r, 2 * r, 2 * r) for x, y, r in ((66, 92, 34), (84, 176, 30)))


def hash_of(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:6], "big")


class RunFolder:
    """Collects trials and writes them as a run would."""

    def __init__(self, root: Path, name: str = "20261122T101911.437Z-quickstart-3f2a") -> None:
        self.folder = root / "reports" / name
        self.baselines = root / "baselines"
        (self.folder / "images").mkdir(parents=True)
        (self.folder / "heat_maps").mkdir()
        self.results: list[TrialResult] = []
        self.record = RunRecord(
            run=name,
            suites=("suites/quickstart.yaml",),
            started="2026-11-22T10:19:11.437+00:00",
            version="0.1.0",
            arguments={"set": {"quality": "draft"}},
            environment={"python": "3.11.9", "platform": "Linux-6.1-x86_64", "cpu": "AMD EPYC 7763"},
            complete=True,
        )

    def add(self, result: TrialResult) -> TrialResult:
        self.results.append(result)
        return result

    def store(self, image: Image.Image, folder: str = "images") -> ImageRef:
        """Put an image into the run's folder under its digest."""
        data = png(image)
        digest = hashlib.sha256(data).hexdigest()
        file = f"{folder}/{digest}.png"
        (self.folder / file).write_bytes(data)
        return ref(image, file, digest)

    def accepted(self, image: Image.Image, key: TrialKey, *, copy: bool = True) -> ImageRef:
        """Put an image among the baselines, and a copy into the run's folder."""
        stored = self.store(image)
        file = f"{key.suite}/{key.case}/{key.variant}-s{key.seed}.png"
        target = self.baselines / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((self.folder / stored.file).read_bytes())
        if not copy:
            (self.folder / stored.file).unlink()
        return replace(stored, file=file)

    def write(self) -> Path:
        totals: dict[str, int] = {}
        statuses: dict[str, int] = {}
        for result in self.results:
            totals[result.outcome.verdict] = totals.get(result.outcome.verdict, 0) + 1
            statuses[result.outcome.status] = statuses.get(result.outcome.status, 0) + 1
        costs = [result.cost for result in self.results if result.cost is not None]
        record = replace(
            self.record,
            totals=totals,
            statuses=statuses,
            planned=len(self.results),
            seconds=self.record.seconds or round(sum(result.seconds for result in self.results), 3),
            cost=sum(costs) if costs else None,
        )
        (self.folder / "run.json").write_text(document("run", record).decode(), "utf-8")
        lines = ({"format": FORMATS["run"]} | to_json(recordable(result)[0]) for result in self.results)
        (self.folder / "trials.jsonl").write_bytes(b"".join(encode_json(line) + b"\n" for line in lines))
        return self.folder


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return buffer.getvalue()


def ref(image: Image.Image, file: str, digest: str) -> ImageRef:
    pixels = hashlib.sha256(f"{image.mode} {image.size}".encode() + image.tobytes()).hexdigest()
    hashes = {"phash": pixels[:16], "dhash": pixels[16:32], "whash": pixels[32:48], "colorhash": pixels[48:59]}
    return ImageRef(file, digest, pixels, image.width, image.height, "png", hashes)


def compare(run: RunFolder, a: Image.Image, b: Image.Image) -> Comparison:
    """A panel with the names and orders of size of the real one; good enough to look at."""
    if a.size != b.size:
        reason = f"sizes differ: {a.width}×{a.height} and {b.width}×{b.height}"
        names = ("max_abs", "changed", "mae", "psnr", "ssim", "ssim_block_min", "delta_e", "phash")
        return Comparison({"bytes_equal": Measurement(False), **{n: Measurement(absent=reason) for n in names}})
    one, two = np.asarray(a, np.float64), np.asarray(b, np.float64)
    delta = np.abs(one - two)
    per_pixel = delta.max(axis=2)
    mse = float((delta**2).mean())
    blocks = per_pixel.reshape(SIZE // 16, 16, SIZE // 16, 16).mean(axis=(1, 3))
    places = np.argsort(blocks, axis=None)[::-1][:3]
    spots = tuple((int(p % 16) * 16, int(p // 16) * 16, 16, 16) for p in places if blocks.flat[p] > 0)
    found = heat_map(np.asarray(a), np.asarray(b))
    heat = Image.open(io.BytesIO(found.png))
    equal = mse == 0
    measured: dict[str, Any] = {
        "bytes_equal": equal,
        "pixels_equal": equal,
        "max_abs": float(per_pixel.max()),
        "changed": float((per_pixel > 0).mean()),
        "mae": float(delta.mean()),
        "psnr": 10 * float(np.log10(255**2 / mse)) if mse else None,
        "ssim": 1.0 if equal else max(0.0, 1 - mse / 3000),
        "ssim_block_min": 1.0 if equal else max(-1.0, 0.94 - mse / 900),
        "delta_e": mse**0.5 / 5,
    }
    measurements = {
        name: Measurement(absent="the images are equal: no error to relate to") if value is None else Measurement(value)
        for name, value in measured.items()
    }
    for name, bits in (("phash", 0 if equal else 6), ("dhash", 0 if equal else 9), ("whash", 0 if equal else 4)):
        measurements[name] = Measurement(float(bits), detail={"a": "c3a59c3f0b6d24d3", "b": "c3a59c2f4b6d20f3"})
    measurements["colorhash"] = Measurement(absent="only 3 colors: too flat for a color hash")
    return Comparison(
        measurements,
        heat_map=None if equal else run.store(heat, "heat_maps").file,
        blocks=spots,
        regions=found.regions.listed,
    )


PROMPTS = {
    "two-circles": "two red circles to the left of a blue square, no green",
    "night-house": "a small house on a hill at night, full moon, scattered stars",
    "day-house": "the same house at noon under a clear sky",
    "star-row": "a row of five stars in different colors",
    "sailboat": "a sailboat on a calm sea at sunset",
}
ENVIRONMENT = {
    "weights": "sha256:8f14e45fceea167a5a36dedd4bea2543",
    "packages": {"image-harness": "0.1.0", "numpy": "2.4.6", "pillow": "13.0.0"},
    "cpu": "AMD EPYC 7763",
    "threads": 2,
    "decoder": "pillow 13.0.0",
    "interpretation": [
        {"words": "two red circles", "effect": "things += 2 × red circle", "kind": "read"},
        {"words": "to the left of a blue square", "effect": "left_of(red circle, blue square)", "kind": "read"},
        {"words": "no green", "effect": "absent += green", "kind": "read"},
        {"words": "", "effect": "background = plain white", "kind": "assume"},
    ],
}
LIMITS = Policy(
    drift=Rule("limits", (Limit("ssim", min=0.98), Limit("phash", max=4.0), Limit("delta_e", max=2.0))),
    ignore=(Box(0, 236, 64, 20),),
    determinism="pixels",
)


def trial(
    run: RunFolder, case: str, verdict: str, *, seed: int = 0, variant: str = "style=flat", **more: Any
) -> TrialResult:
    """A trial as a run would record it, its images stored."""
    key = TrialKey(more.pop("suite", "quickstart"), case, variant, seed)
    prompt = more.pop("prompt", PROMPTS.get(case, f"five shapes, arrangement {case}"))
    quality = "draft" if verdict == "drift" else "standard"
    settings = {"quality": quality, "steps": 24, "guidance": 4.0, "style": variant.partition("=")[2]}
    recipe = Recipe(Request(prompt, seed=seed), Subject("painter", "painter", "painter-1", settings))
    status = {"identical": "ok", "benign": "ok", "failed": "missing", "refused": "missing"}.get(verdict, "finding")
    old, now = scene(case, seed), scene(case, seed, draft=verdict == "drift", shift=1 if verdict == "benign" else 0)
    if verdict == "broken":
        now = Image.new("RGB", (SIZE, SIZE), "#7f7f7f")
    if verdict == "incomparable":
        now = now.resize((192, 192))
    facts: dict[str, Any] = {
        "tags": ("relation",) if case == "two-circles" else ("scenic", "night") if case == "night-house" else (),
        "environment": ENVIRONMENT,
        "seconds": 0.84 + seed * 0.01,
        "finished": "2026-11-22T10:19:13Z",
        "source": "generated",
        "cost": 0.0,
        "policy": LIMITS,
    }
    if verdict not in ("failed", "refused"):
        facts["image"] = run.store(now)
        if verdict != "new":
            facts |= {"baseline": run.accepted(old, key), "baseline_environment": {**ENVIRONMENT, "threads": 4}}
            facts["comparison"] = compare(run, old, now)
            facts["differences"] = (THREADS,) if verdict != "identical" else ()
    else:
        facts |= {"source": "none", "cost": None}
    if verdict == "drift":
        facts["differences"] = (QUALITY, THREADS)
    if case == "two-circles" and "image" in facts:
        facts["findings"] = (
            Finding("count: red circle = 2", "pass", "2 red circles", circles(seed, draft=verdict == "drift")),
            Finding("left_of: red circle, blue square", "pass", "centers 75 px and 184 px", ()),
            Finding("absent: green", "fail" if verdict == "drift" else "pass", "", ()),
        )
    facts |= more
    return run.add(TrialResult(key, recipe, facts.pop("outcome", Outcome(verdict, status, REASONS[verdict])), **facts))


QUALITY = Difference(Part.SUBJECT, "settings.quality", "standard", "draft")
THREADS = Difference(Part.ENVIRONMENT, "threads", 4, 2)


def said(text: str, hint: str = "") -> tuple[Reason, ...]:
    """Reasons that say just this text."""
    return (Reason(Code.ERROR, {"problem": text, "hint": hint}),)


def failed(code: Code, problem: str, hint: str) -> Reason:
    """A reason that an error gave."""
    return Reason(code, {"provider": "painter", "problem": problem, "hint": hint, "possibly_billed": False})


REASONS = {
    "identical": (),
    "benign": (Reason(Code.WITHIN),),
    "drift": (Reason(Code.SUBJECT_CHANGED, {"differences": [to_json(QUALITY)], "more": 0}), Reason(Code.EXACT)),
    "broken": (Reason(Code.IMAGE_BLANK, {"share": 0.0, "color": [127, 127, 127]}),),
    "refused": (failed(Code.GENERATION_REFUSED, "content policy", "reword the prompt, or ignore the case"),),
    "failed": (failed(Code.GENERATION_FAILED, "no image within 300 s", "raise `timeout:` in the suite, or --timeout"),),
    "new": (Reason(Code.BASELINE_NONE),),
    "incomparable": (Reason(Code.IMAGE_INCOMMENSURABLE, {"absent": "sizes differ: 256×256 and 192×192"}),),
    "inconclusive": (Reason(Code.FLOOR_NO_LIMIT), Reason(Code.FLOOR_NEEDS, {"repeats": 10})),
}


def quickstart(root: Path) -> RunFolder:
    """Twenty-odd trials, every verdict among them."""
    run = RunFolder(root)
    for seed in range(3):
        for variant in ("style=flat", "style=pastel"):
            trial(run, "star-row", "identical", seed=seed, variant=variant)
    trial(run, "two-circles", "drift", seed=0)
    trial(run, "two-circles", "identical", seed=1)
    trial(run, "night-house", "drift", seed=0)
    trial(run, "night-house", "drift", seed=1)
    trial(run, "night-house", "benign", seed=2)
    for seed in range(3):
        trial(run, "day-house", "identical", seed=seed)
    trial(run, "day-house", "broken", seed=3)
    trial(run, "sailboat", "new", seed=0, cost=0.0021)
    trial(run, "sailboat", "failed", seed=1)
    trial(run, "sailboat", "refused", seed=2)
    trial(run, "sailboat", "incomparable", seed=3)
    trial(run, "sailboat", "inconclusive", seed=4)
    checked = (Finding("count: red circle = 2", "fail", "1 red circle", circles(2, draft=False)[:1]),)
    check = {"check": "count: red circle = 2", "outcome": "fail", "seen": "1 red circle"}
    outcome = Outcome("identical", "finding", (Reason(Code.CHECK, check),))
    trial(run, "two-circles", "identical", seed=2, outcome=outcome, findings=checked)
    kim = {"until": "2026-12-01", "owner": "kim", "reason": "a new sky"}
    ignored = Outcome("drift", "ignored", (*REASONS["drift"], Reason(Code.IGNORED, kim)))
    trial(run, "sailboat", "drift", seed=5, outcome=ignored)
    run.write()
    return run


HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 2'>",
    "\u2028\u2029 line separators",
    "'); window.hacked = 3; ('",
    "\\'); window.hacked = 4; //",
    "<!--<script>",
    "]]> & <b>bold</b>",
    "[red]markup[/red] `code` | cell | ![](http://example.com/x.png) @someone",
    "\x00\x07\x1b[31m control \ud800 lone surrogate",
    "::error file=x::injected\r\n%0A::error::again",
    "עברית \u202edesrever\u202c 日本語 🦊",
    "__proto__",
)
"""Texts that a prompt may be, and that must never be more than text."""
