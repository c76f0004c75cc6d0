"""A small project on disk that tests can run for real: a suite, and a function that generates."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.errors import redaction
from tests.browsing import chromium as chromium

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # as in the background of a shell: the processes of the tests would ignore it too
    signal.signal(signal.SIGINT, signal.default_int_handler)
for variable in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD"):
    os.environ.pop(variable, None)  # a test that is about such a service sets it
MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""Bytes that must be free there."""
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    # every image, result and job is synced to the disk: a disk in memory need not be waited for
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Return three workers for two cores: a test also waits, for servers, browsers, processes and deadlines."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # xdist reads it
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + (cores + 1) // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take long: the end waits for none of them."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def _forgetting() -> Iterator[None]:
    before = set(redaction._known), set(redaction._respelled), redaction._patterns
    yield
    redaction._known, redaction._respelled, redaction._patterns = before


@pytest.fixture(autouse=True, scope="module")
def forgotten_secrets_of_a_module() -> Iterator[None]:
    """Forget the secrets that the fixtures of a module made known: each makes redaction slower for all tests after."""
    yield from _forgetting()


@pytest.fixture(autouse=True)
def forgotten_secrets(forgotten_secrets_of_a_module: None) -> Iterator[None]:
    """Forget the secrets that a test made known."""
    yield from _forgetting()


GENERATION = '''
import io, struct, time, zlib
from pathlib import Path
from PIL import Image, ImageDraw

HERE = Path(__file__).parent


def generate(prompt, seed, width, height, repeat, attempt, quality="standard"):
    """An image that depends on the seed; words of the prompt make it misbehave."""
    with (HERE / "generated.txt").open("a") as log:
        log.write(f"{prompt}|{seed}|{repeat}\\n")
    if "slow" in prompt:
        time.sleep(0.05)
    if "hang" in prompt:
        time.sleep(60)
    if "crash" in prompt:
        raise ZeroDivisionError("by nothing")
    if "html" in prompt:
        return b"<!doctype html><html><body>502 Bad Gateway</body></html>"
    if "empty" in prompt:
        return b""
    if "huge" in prompt:
        return bomb(20000, 20000)
    if "animated" in prompt:
        frames = [Image.new("RGB", (32, 32), c) for c in ("red", "blue")]
        return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    if "truncated" in prompt:
        return encoded(image(seed, width, height, quality), "PNG")[:-200]
    if "tiny" in prompt:
        return Image.new("RGB", (1, 1), "red")
    if "other size" in prompt and (HERE / "other").exists():
        return image(seed, width // 2, height // 2, quality)
    if "unsteady" in prompt:
        return image(seed + repeat, width, height, quality)
    return image(seed, width, height, quality)


def image(seed, width, height, quality):
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    x, y = 4 + seed * 7 % (width // 2), 4 + seed * 5 % (height // 2)
    pen.ellipse((x, y, x + width // 3, y + height // 3), fill=(200, 30 + seed % 100, 40))
    pen.rectangle((2, height - 12, width // 2, height - 4), fill="blue")
    if quality == "draft":
        pen.line((0, 0, width, height), fill="black", width=3)
    return image


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def bomb(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\\x89PNG\\r\\n\\x1a\\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
'''

SUITE = """\
suite: small
provider: mine
providers:
  mine: {{kind: python, function: "../generation.py:generate", promise: exact, price: 0{options}}}
defaults: {{size: 64x48, seeds: {seeds}, quality: standard{defaults}}}
cases:
{cases}
"""

CASES = """\
  - {id: plain, prompt: an image, tags: [calm]}
  - {id: other, prompt: another image}
"""


def project_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return what writes the project into a folder and makes it the working folder."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Test Person")

    def make(cases: str = CASES, seeds: str = "[0, 1]", defaults: str = "", options: str = "") -> Path:
        (folder / "suites").mkdir(exist_ok=True)
        (folder / "generation.py").write_text(GENERATION)
        text = SUITE.format(cases=cases, seeds=seeds, defaults=defaults, options=options)
        (folder / "suites" / "small.yaml").write_text(text)
        monkeypatch.chdir(folder)
        return folder

    return make


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """``project(cases=…, seeds=…, defaults=…, options=…)`` writes the project and makes it the working folder."""
    return project_in(tmp_path, monkeypatch)


NOISY = '''
import fcntl, os
from pathlib import Path

import numpy as np

from harness.errors import GenerationRefusedError

HERE = Path(__file__).parent


def generate(prompt, seed, width, height):
    """An image of the seed with noise that is new in every generate, the same sequence in every test."""
    random = np.random.default_rng([seed, count(f"{prompt}-{seed}"), *prompt.encode()])
    pixels = shapes(np.random.default_rng(seed), width, height)
    if "quiet" in prompt:
        return cast(pixels)
    if "two modes" in prompt:
        return cast(pixels + (40 if random.random() < 0.3 else 0))
    strength = np.exp(random.normal(0, 0.1))
    coarse = random.normal(0, 4 * strength, (height // 8, width // 8, 3)).repeat(8, 0).repeat(8, 1)
    if (HERE / "once").exists() and claim("once"):
        coarse = coarse * 9
    return cast(pixels + coarse + random.normal(0, 2 * strength, pixels.shape))


def free(prompt, width, height):
    """An image without a seed: its own shapes each time."""
    number = count(prompt)
    if (HERE / "refusing").exists() and number % int((HERE / "refusing").read_text() or 1) == 0:
        raise GenerationRefusedError("free", "content policy")
    return cast(shapes(np.random.default_rng([number, *prompt.encode()]), width, height))


def shapes(random, width, height):
    pixels = np.full((height, width, 3), 235.0)
    for _ in range(3):
        x, y = random.integers(0, width - 16), random.integers(0, height - 16)
        pixels[y : y + 16, x : x + 16] = random.integers(40, 200, 3)
    return pixels


def cast(pixels):
    if (HERE / "changed").exists():
        pixels = pixels * 0.6
    return np.clip(pixels, 0, 255).astype(np.uint8)


def count(name):
    """How often this was generated before, over all processes."""
    with (HERE / f"{abs(hash_of(name))}.count").open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(b".")
        file.flush()
        return os.fstat(file.fileno()).st_size


def hash_of(name):
    import zlib

    return zlib.crc32(name.encode())


def claim(name):
    try:
        (HERE / name).unlink()
    except FileNotFoundError:
        return False
    return True
'''

CHANCE = """\
suite: chance
provider: noisy
{top}
providers:
  noisy: {{kind: python, function: "../noisy.py:generate", price: {price}}}
  free: {{kind: python, function: "../noisy.py:free", price: {price}, promise: none}}
defaults: {{size: 64x48}}
cases:
{cases}
"""

CHANCE_CASES = """\
  - {id: dots, prompt: some dots, seeds: [0, 1], drift: calibrated}
  - {id: spots, prompt: other spots, seeds: [0, 1], drift: calibrated}
  - {id: free, prompt: free dots, provider: free, drift: set, samples: 10}
"""


def chance_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return what writes the project with noise into a folder and makes it the working folder."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Test Person")

    def make(cases: str = CHANCE_CASES, top: str = "", price: float = 0) -> Path:
        (folder / "suites").mkdir(exist_ok=True)
        (folder / "noisy.py").write_text(NOISY)
        (folder / "suites" / "chance.yaml").write_text(CHANCE.format(cases=cases, top=top, price=price))
        monkeypatch.chdir(folder)
        return folder

    return make


@pytest.fixture
def chance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """``chance(cases=…, top=…, price=…)`` writes a project whose images have noise, and makes it the working folder.

    Files beside its program change it: ``changed`` darkens every image, ``once`` spoils one generate, ``refusing``
    holds N: every N-th unseeded image is refused.
    """
    return chance_in(tmp_path, monkeypatch)
