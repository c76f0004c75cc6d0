"""How often an audit answers wrongly, at one look and over all looks until it is decided, and which kinds it names.

``python -m benchmarks.audit`` writes ``reports/benchmarks/audit.md``. Images are simulated as points of a normal
distribution around a center of their prompt, of which each prompt has its own spread; scores are distances. At the
margin, B is moved as far as makes the mean log-distance to A exceed that within A by what equivalence allows. What
judges is that of ``harness.study.audit``: prompts, all together, equivalence. Kinds are measured on the photographs of
``benchmarks/perturbations.py`` and on images of the embedded painter.
"""

import io
import math
import platform
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
from scipy import stats

from benchmarks import perturbations
from benchmarks.painted import PROMPTS
from harness.comparison import compare
from harness.judge import MARGIN, change_kinds, equivalence, set_test, share_of_look
from harness.painter import Options, Painter
from harness.prompt import interpret
from harness.study.audit.compare import Compared, PromptDistances
from harness.study.audit.judge import ALPHA, PARTS, decide
from harness.study.audit.read import Prompt
from harness.vocabulary import AuditMethod, PairKind, PromptOutcome

LOOKS = (2, 4, 8, 16)
PROMPTS_EACH, DIMENSIONS = 6, 4
CHANGES, EQUIVALENCES, POWERS = 600, 6000, 150


def points(random: np.random.Generator, shift: float, tail: float = 0.0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the images of both arms of one audit, by prompt: repeats × dimensions. ``shift`` is how far B is moved, in
    standard deviations; ``tail``: degrees of freedom of Student's t, 0: normal."""
    found = []
    for _ in range(PROMPTS_EACH):
        scale = math.exp(random.normal(0, 0.5))
        size = (2, LOOKS[-1], DIMENSIONS)
        both = random.standard_normal(size) if not tail else random.standard_t(tail, size)
        both[1, :, 0] += shift
        found.append((both[0] * scale, both[1] * scale))
    return found


def distances(a: np.ndarray, b: np.ndarray, repeats: int) -> tuple[list[float], list[float], list[float], list[float]]:
    """Return the scores within A, within B, from A to B where each image is in one, and all of them."""
    a, b = a[:repeats], b[:repeats]
    within = [np.linalg.norm(arm[::2] - arm[1::2], axis=1).tolist() for arm in (a, b)]
    across = np.linalg.norm(a - b, axis=1).tolist()
    return within[0], within[1], across[::2], across


def shift_at_margin(tail: float = 0.0) -> float:
    """Return how far B must be moved so that its mean log-distance exceeds that within A by the margin."""
    random = np.random.default_rng(1)
    size = (400_000, DIMENSIONS)
    draw = (lambda: random.standard_normal(size)) if not tail else (lambda: random.standard_t(tail, size))
    difference = draw() - draw()
    logs = np.log(np.linalg.norm(difference, axis=1))
    goal = logs.mean() + MARGIN * logs.std()
    low, high = 0.0, 100.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        moved = np.log(np.linalg.norm(difference + np.eye(DIMENSIONS)[0] * middle, axis=1)).mean()
        low, high = (middle, high) if moved < goal else (low, middle)
    return low


def changed(audit: list[tuple[np.ndarray, np.ndarray]], repeats: int, alpha: float) -> bool:
    """Return whether a look shows a change, by single prompts or by all together."""
    rows = []
    for a, b in audit:
        scores = distances(a, b, repeats)
        pairs = [tuple(Compared(PairKind.VISIBLE, score) for score in side) for side in scores]
        rows.append(PromptDistances(Prompt("s", "c", "base", ()), *pairs, ()))
    if any(one.outcome == PromptOutcome.CHANGED for one in decide(rows, AuditMethod.NOISE, ("a", "b"), alpha=alpha)):
        return True
    test = set_test([(a[:repeats], b[:repeats]) for a, b in audit])
    return test.p is not None and test.p <= alpha / PARTS


def equal(audit: list[tuple[np.ndarray, np.ndarray]], repeats: int, alpha: float) -> bool:
    """Return whether a look shows that B is within the noise of A."""
    scores = [distances(a, b, repeats) for a, b in audit]
    return equivalence([one[0] for one in scores], [one[2] for one in scores], alpha).shown


def answers(shift: float, count: int, seed: int, *, spent: bool) -> tuple[Counter[str], list[int]]:
    """Return the answers of audits that go on until decided, and the repeats at which those decided were."""
    found: Counter[str] = Counter()
    ends = []
    alpha = share_of_look(ALPHA, len(LOOKS)) if spent else ALPHA
    for index in range(count):
        audit = points(np.random.default_rng([seed, index]), shift)
        answer = "undecided"
        for repeats in LOOKS:
            answer = (
                "no-go" if changed(audit, repeats, alpha) else "go" if equal(audit, repeats, alpha) else "undecided"
            )
            if answer != "undecided":
                ends.append(repeats)
                break
        found[answer] += 1
    return found, ends


def ever_changed(count: int, *, spent: bool, looks: tuple[int, ...] = LOOKS) -> int:
    """Count the audits of equal arms that show a change at any look, none ended by equivalence."""
    alpha = share_of_look(ALPHA, len(looks)) if spent else ALPHA
    audits = (points(np.random.default_rng([5, index]), 0.0) for index in range(count))
    return sum(any(changed(audit, repeats, alpha) for repeats in looks) for audit in audits)


def ever_equal(count: int, *, spent: bool, looks: tuple[int, ...] = LOOKS, tail: float = 0.0) -> int:
    """Count the audits at the margin that show equivalence at any look."""
    alpha = share_of_look(ALPHA, len(looks)) if spent else ALPHA
    shift = shift_at_margin(tail)
    audits = (points(np.random.default_rng([6, index]), shift, tail) for index in range(count))
    return sum(any(equal(audit, repeats, alpha) for repeats in looks) for audit in audits)


def model_equal(count: int, repeats: int) -> int:
    """Count the same at one look where the model holds exactly: independent lognormal scores at the margin."""
    random = np.random.default_rng(7)
    found = 0
    for _ in range(count):
        means = random.normal(0, 1, PROMPTS_EACH)
        within = [np.exp(mean + 0.4 * random.standard_normal(repeats // 2)).tolist() for mean in means]
        across = [np.exp(mean + 0.4 * (MARGIN + random.standard_normal(repeats // 2))).tolist() for mean in means]
        found += equivalence(within, across, ALPHA).shown
    return found


def _jpeg(image: Image.Image) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=30)
    return Image.open(out).convert("RGB")


def _noise(image: Image.Image) -> Image.Image:
    levels = np.asarray(image, float) + np.random.default_rng(0).normal(0, 12, (image.height, image.width, 3))
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def _warm(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.clip(np.asarray(image, float) * [1.08, 1, 0.92], 0, 255).astype(np.uint8))


KINDS = {
    "saturation × 0.8": ("color", lambda image: ImageEnhance.Color(image).enhance(0.8)),
    "gray": ("color", lambda image: ImageOps.grayscale(image).convert("RGB")),
    "brightness × 1.1": ("color", lambda image: ImageEnhance.Brightness(image).enhance(1.1)),
    "warmer": ("color", _warm),
    "blur of 2 pixels": ("texture", lambda image: image.filter(ImageFilter.GaussianBlur(2))),
    "sharpened": ("texture", lambda image: image.filter(ImageFilter.UnsharpMask(2, 150, 0))),
    "noise σ 12": ("texture", _noise),
    "JPEG 30": ("texture", _jpeg),
    "mirrored": ("layout", ImageOps.mirror),
    "moved by 24 pixels": ("layout", lambda image: Image.fromarray(np.roll(np.asarray(image), 24, 1))),
    "moved by 4 pixels": ("layout", lambda image: Image.fromarray(np.roll(np.asarray(image), 4, 1))),
    "1.2 times as large": ("layout", lambda image: image.crop((21, 21, 235, 235)).resize((256, 256))),
    "tilted by 5°": ("layout", lambda image: image.rotate(5, resample=Image.Resampling.BICUBIC)),
}


def kinds() -> list[tuple[str, str, Counter[str], int]]:
    """Return for each change the kind it is, how often each kind was named first, and how many images."""
    painter = Painter("painter@2", "float32")
    options = Options(quality="draft", size=(256, 256))
    images = [perturbations.photo(name).convert("RGB") for name in perturbations.PHOTOS]
    images += [Image.fromarray(painter.generate(interpret(text, seed=9), 9, options).pixels) for text in PROMPTS]
    found = []
    for name, (kind, change) in KINDS.items():
        named: Counter[str] = Counter()
        for image in images:
            made = compare(np.asarray(image), np.ascontiguousarray(change(image)))
            if made.same_pixels:
                continue
            metrics = {one: value for one in made.measurements if (value := made.value(one)) is not None}
            named[" + ".join(change_kinds(metrics, {})) or "none"] += 1
        found.append((name, kind, named, sum(named.values())))
    return found


def share(count: int, n: int) -> str:
    """Return a share with its Clopper–Pearson interval."""
    interval = stats.binomtest(count, n).proportion_ci(0.95)
    return f"{100 * count / n:.1f} % ({100 * interval.low:.1f}–{100 * interval.high:.1f})"


def report() -> str:
    """Return the report as Markdown."""
    begun, lines = time.perf_counter(), []
    put = lines.append
    looks = f"{len(LOOKS)} looks ({', '.join(map(str, LOOKS))} repeats)"
    put("# Answers of an audit\n")
    put(
        f"Made by `python -m benchmarks.audit` on {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, numpy {np.__version__}. "  # noqa: E501
        f"{PROMPTS_EACH} prompts an audit; intervals are Clopper–Pearson, 95 %.\n"
    )
    put(
        "Changes: single prompts and all together have a third of the rate each; the checks, which have the last third, are "  # noqa: E501
        "not simulated, so 3.3 % is what could be used. Looks share the rate by the union bound, so that it holds over all "  # noqa: E501
        "of them, not exactly. Points share images between distances, which makes equivalence more careful than stated.\n"  # noqa: E501
    )
    put("## Wrong answers\n\n| | stated | measured | of |\n|---|--:|--:|--:|")
    rows = (
        ("equal arms, a change is shown, one look (4 repeats)", ever_changed(CHANGES, spent=True, looks=(4,)), CHANGES),
        (f"equal arms, a change is shown at any of {looks}", ever_changed(CHANGES, spent=True), CHANGES),
        ("the same, each look at the whole rate (not what is done)", ever_changed(CHANGES, spent=False), CHANGES),
        (
            "at the margin, equivalence is shown, model holds exactly, 4 repeats",
            model_equal(EQUIVALENCES, 4),
            EQUIVALENCES,
        ),
        ("the same, 16 repeats", model_equal(EQUIVALENCES, 16), EQUIVALENCES),
        ("at the margin, points, 4 repeats", ever_equal(EQUIVALENCES, spent=True, looks=(4,)), EQUIVALENCES),
        (
            "at the margin, points, heavy tails (t, 4 df), 4 repeats",
            ever_equal(EQUIVALENCES, spent=True, looks=(4,), tail=4),
            EQUIVALENCES,
        ),
        (
            f"at the margin, points, equivalence is shown at any of {looks}",
            ever_equal(EQUIVALENCES, spent=True),
            EQUIVALENCES,
        ),
        (
            "the same, each look at the whole rate (not what is done)",
            ever_equal(EQUIVALENCES, spent=False),
            EQUIVALENCES,
        ),
    )
    lines.extend(f"| {name} | {100 * ALPHA:.0f} % | {share(count, n)} | {n:,} |" for name, count, n in rows)
    put(f"\n## Until decided\n\n{looks}; B is moved by so many standard deviations of its images.\n")
    put("| moved | go | no-go | undecided | median repeats |\n|--:|--:|--:|--:|--:|")
    margin = shift_at_margin()
    for shift in (0.0, 0.5, 1.0, 2.0, margin):
        found, ends = answers(shift, POWERS, 8, spent=True)
        cells = [share(found[word], POWERS) for word in ("go", "no-go", "undecided")]
        put(
            f"| {shift:.2f}{' (the margin)' if shift == margin else ''} | {' | '.join(cells)} | {np.median(ends) if ends else '–'} |"  # noqa: E501
        )
    put(
        "\n## Kinds of change\n\nOn images of 256 × 256: photographs and the painter's, without those that the change leaves as they are.\n\n| change | is | named so | named |\n|---|---|--:|---|"  # noqa: E501
    )
    for name, kind, named, n in kinds():
        right = sum(
            count for words, count in named.items() if words.split(" + ")[0] == kind or kind in words.split(" + ")
        )
        put(
            f"| {name} | {kind} | {right} of {n} | {', '.join(f'{words} {count}' for words, count in named.most_common())} |"  # noqa: E501
        )
    put(f"\nTook {time.perf_counter() - begun:.0f} s.")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path("reports/benchmarks/audit.md").write_text(report(), encoding="utf-8")
