"""The exact arithmetic gives the same bits whatever the batch, the threads, the process and the processor's kernels."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.painter import Options, Painter, Painting, blas
from tests.painter.scenes import SCENES

QUICK = Options(quality="draft", size=(128, 128))
GUIDED = Options(steps=3, guidance=1.5, size=(96, 64))


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter("painter@2", "exact")


def digest(generations: list[Painting]) -> str:
    return hashlib.sha256(b"".join(d.pixels.tobytes() for d in generations)).hexdigest()


def all_digests() -> str:
    painter = Painter("painter@2", "exact")
    quick = [painter.generate(scene, n, QUICK) for n, scene in enumerate(SCENES)]
    guided = [painter.generate(scene, n, GUIDED) for n, scene in enumerate(SCENES)]
    return digest(quick) + digest(guided)


@pytest.fixture(scope="module")
def here() -> str:
    return all_digests()


@pytest.mark.parametrize("options", [QUICK, GUIDED], ids=["quick", "guided"])
def test_batches_of_any_size_and_position_give_the_single_images(painter: Painter, options: Options) -> None:
    scenes, seeds = [SCENES[n % 5] for n in range(8)], list(range(8))
    single = [painter.generate(s, n, options).pixels for s, n in zip(scenes, seeds, strict=True)]
    for size in (3, 8):
        for start in (0, 8 - size):
            part = slice(start, start + size)
            generated = painter.generate_batch(scenes[part], seeds[part], options)
            for one, other in zip(generated, single[part], strict=True):
                np.testing.assert_array_equal(one.pixels, other)


def test_threads_of_blas_change_nothing(monkeypatch: pytest.MonkeyPatch, here: str) -> None:
    monkeypatch.setattr(blas, "_call", lambda *_: None)
    assert all_digests() == here


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"OPENBLAS_NUM_THREADS": "2"},
        {"OPENBLAS_CORETYPE": "Haswell"},
        {"OPENBLAS_CORETYPE": "Zen"},
        {"OPENBLAS_CORETYPE": "Nehalem"},
        {"OPENBLAS_CORETYPE": "SkylakeX"},
        {"NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX2 FMA3"},
    ],
    ids=lambda c: "-".join(c.values()) or "fresh",
)
def test_processes_and_kernels_change_nothing(changes: dict[str, str], here: str) -> None:
    code = f"from {__name__} import all_digests; print(all_digests())"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **changes},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "NPY_DISABLE_CPU_FEATURES" in changes and "NPY_DISABLE" in done.stderr:
        pytest.skip("this numpy or processor does not let these features be turned off")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == here


def test_float32_stays_within_one_level_of_exact(painter: Painter) -> None:
    other = Painter("painter@2", "float32")
    options = Options(steps=12, guidance=1.5, size=(64, 64))
    for n, scene in enumerate(SCENES):
        a = painter.generate(scene, n, options).pixels.astype(int)
        b = other.generate(scene, n, options).pixels.astype(int)
        assert np.mean(np.abs(a - b) > 1) < 0.01
        assert np.abs(a - b).mean() < 0.5


def test_seeds_differ_and_repeat(painter: Painter) -> None:
    images = [painter.generate(SCENES[0], seed, QUICK).pixels for seed in (0, 1, 0, 2**63 - 1)]
    np.testing.assert_array_equal(images[0], images[2])
    assert np.abs(images[0].astype(int) - images[1]).mean() > 2
    assert not np.array_equal(images[0], images[3])
