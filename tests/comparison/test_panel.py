"""The panel of two arrays, its reasons, masks and equal answers of the tiers."""

import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.comparison import (
    Comparator,
    ComparatorError,
    comparators,
    compare,
    hashes,
    identical_comparison,
    metrics,
)
from harness.comparison import plugins as plugins_module
from harness.comparison.grid import windows_touching
from harness.image import UnsupportedPixelsError
from harness.image.image import Pixels
from harness.records import Box, Comparison, from_json, to_json
from harness.vocabulary import COMPARATORS, PANEL
from tests.comparison.conftest import KINDS, generated


def value(comparison: Comparison, name: str) -> float:
    measured = comparison.measurements[name].value
    assert measured is not None, f"{name}: {comparison.measurements[name].absent}"
    return measured


def test_the_registry_is_the_panel_with_a_definition_of_each() -> None:
    assert tuple(metrics()) == PANEL
    for name, metric in metrics().items():
        assert metric.name == name
        assert metric.better in ("higher", "lower")
        assert len(metric.definition) > 20


def test_asking_what_measures_there_are_loads_no_numerics() -> None:
    code = (
        "import sys; from harness.comparison import metrics; metrics();"
        "print(sorted({'numpy', 'PIL', 'scipy'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_measure_is_there_with_exactly_a_value_or_a_reason(astronaut: Pixels) -> None:
    other = np.ascontiguousarray(astronaut[::-1])
    for pair in [(astronaut, other), (astronaut, astronaut), (astronaut, astronaut[1:]), (astronaut[:5], other[:5])]:
        found = compare(*pair)
        assert tuple(found.measurements) == PANEL
        for name, measured in found.measurements.items():
            assert (measured.value is None) != (measured.absent is None), name
            assert measured.absent != ""
        assert from_json(Comparison, to_json(found)) == found


def test_simple_differences_are_what_they_say() -> None:
    a = np.zeros((20, 10, 3), np.uint8)
    a[:10] = 200
    b = a.copy()
    b[0, 0] = (210, 200, 197)
    found = compare(a, b)
    assert value(found, "max_abs") == 10
    assert value(found, "changed") == 1 / 200
    assert value(found, "mae") == pytest.approx(13 / 600)
    assert value(found, "psnr") == pytest.approx(10 * math.log10(255**2 / (109 / 600)))
    assert value(found, "pixels_equal") is False
    assert found.measurements["bytes_equal"].absent == "no files were given, only pixels"


def test_levels_never_wrap_around() -> None:
    found = compare(np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8))
    assert value(found, "max_abs") == value(found, "mae") == 255
    assert value(found, "psnr") == 0
    assert value(found, "delta_e") == pytest.approx(100, abs=0.01)


def test_other_sizes_and_modes_have_that_reason_and_no_number() -> None:
    a = np.zeros((8, 9, 3), np.uint8)
    for b, words in [
        (np.zeros((9, 9, 3), np.uint8), "the sizes differ: 9×8 and 9×9"),
        (np.zeros((8, 9), np.uint8), "the modes differ: colored and grey"),
    ]:
        found = compare(a, b)
        assert found.measurements["ssim"].absent == words
        assert found.measurements["pixels_equal"].value is False
        assert {m.value for n, m in found.measurements.items() if n != "pixels_equal"} == {None}


@pytest.mark.parametrize(
    "wrong",
    [
        np.full((8, 8, 3), np.nan),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8, 3), np.bool_),
        np.zeros((8, 8, 3), np.uint16),
        np.zeros((8, 8, 2), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros(8, np.uint8),
        "a path",
    ],
)
def test_arrays_that_are_no_images_are_refused_by_name(wrong: object) -> None:
    right = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(UnsupportedPixelsError, match=r"^b: not the pixels of an image"):
        compare(right, wrong)
    with pytest.raises(UnsupportedPixelsError, match=r"^a: "):
        compare(wrong, right)


def test_layout_and_flags_of_arrays_do_not_matter(astronaut: Pixels) -> None:
    a, b = astronaut[:200, :150], astronaut[40:240, 30:180]
    wanted = compare(a, b)
    locked = np.asfortranarray(b)
    locked.flags.writeable = False
    assert compare(a[::-1][::-1], locked) == wanted
    wide = np.zeros((200, 300, 3), np.uint8)
    wide[:, ::2] = b
    assert compare(a, wide[:, ::2]) == wanted


@pytest.mark.parametrize("side", [1, 2, 6, 7, 8])
def test_images_smaller_than_the_window_have_no_ssim(side: int) -> None:
    a, b = generated("noise", side, side, 3, 1), generated("noise", side, side, 3, 2)
    found = compare(a, b)
    if side < 7:
        assert found.measurements["ssim"].absent == f"{side}×{side} is smaller than the 7×7 window"
        assert found.measurements["ssim_block_min"].absent
    else:
        assert value(found, "ssim") < 1


def test_a_flat_image_has_no_hash_of_structure() -> None:
    flat = np.full((64, 64, 3), 90, np.uint8)
    found = compare(flat, generated("shapes", 64, 64, 3))
    for name in ("phash", "dhash", "whash"):
        assert "flat image" in (found.measurements[name].absent or "")
        assert set(found.measurements[name].detail or ()) == {"b"}
    assert value(found, "colorhash") >= 0
    assert set(hashes(flat)) == {"colorhash"}


def test_ignored_pixels_reach_no_measure(astronaut: Pixels) -> None:
    a = astronaut[:128, :160]
    b = a.copy()
    b[30:50, 40:70] = 255 - b[30:50, 40:70]
    b[100, 100] ^= 8
    c = b.copy()
    c[30:50, 40:70] = 17
    box = (Box(40, 30, 30, 20),)
    one, other = compare(a, b, ignore=box), compare(a, c, ignore=box)
    assert one == other
    assert value(one, "max_abs") == 8
    assert value(one, "changed") == 1 / (128 * 160 - 600)
    inside = np.zeros((128, 160), bool)
    inside[27:53, 37:73] = True
    from skimage.metrics import structural_similarity

    _, full = structural_similarity(a, b, channel_axis=-1, full=True)
    kept = np.zeros((128, 160), bool)
    kept[3:-3, 3:-3] = True
    assert value(one, "ssim") == pytest.approx(full[kept & ~inside].mean(), abs=1e-9)


def test_images_that_differ_only_where_ignored_are_equal(astronaut: Pixels) -> None:
    a = astronaut[:64, :64]
    b = a.copy()
    b[5:9, 5:9] += 1
    found = compare(a, b, ignore=[Box(4, 4, 8, 8), Box(-5, -5, 6, 6), Box(1000, 0, 5, 5)], bytes_equal=False)
    assert value(found, "pixels_equal") is True
    assert value(found, "ssim") == 1
    assert value(found, "bytes_equal") is False
    assert found.blocks == ()


def test_a_mask_over_everything_leaves_nothing_to_say(astronaut: Pixels) -> None:
    found = compare(astronaut, astronaut[::-1], ignore=[Box(0, 0, 512, 512)])
    assert {m.absent for n, m in found.measurements.items() if n != "bytes_equal"} == {"every pixel is ignored"}


def test_the_most_changed_blocks_are_where_the_change_is(astronaut: Pixels) -> None:
    b = astronaut.copy()
    b[96:112, 200:232] = 255 - b[96:112, 200:232]
    found = compare(astronaut, b)
    x, y, w, h = found.blocks[0]
    assert 184 <= x <= 232
    assert 80 <= y <= 112
    assert (w, h) == (16, 16)


def test_a_small_change_moves_the_lowest_block_most(astronaut: Pixels) -> None:
    b = astronaut.copy()
    b[300:310, 60:66] = 0
    found = compare(astronaut, b)
    assert value(found, "ssim") > 0.99
    assert value(found, "ssim_block_min") < 0.9
    chroma = astronaut.copy()
    chroma[:, :, 2] = np.clip(chroma[:, :, 2].astype(int) + 30, 0, 255)
    assert value(compare(astronaut, chroma), "delta_e") > 10


@given(st.sampled_from(KINDS), st.integers(1, 40), st.integers(1, 40), st.sampled_from([None, 3, 4]))
@settings(max_examples=60, deadline=None)
def test_equal_images_have_the_panel_that_digests_alone_give(
    kind: str, height: int, width: int, channels: int | None
) -> None:
    a = generated(kind, height, width, channels)
    wanted = identical_comparison(width, height, hashes(a))
    assert compare(a, a.copy()) == wanted
    assert value(wanted, "pixels_equal") is True


@given(st.sampled_from(KINDS), st.integers(7, 50), st.integers(7, 50), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_comparison_is_symmetric_but_for_the_order_of_hashes(kind: str, height: int, width: int, seed: int) -> None:
    a, b = generated(kind, height, width, 3, seed), generated("noise", height, width, 3, seed + 1)
    one, other = compare(a, b), compare(b, a)
    for name, measured in one.measurements.items():
        assert measured.value == pytest.approx(other.measurements[name].value, abs=1e-12), name
        low, high = metrics()[name].low, metrics()[name].high
        if measured.value is not None:
            assert low is None or measured.value >= low
            assert high is None or measured.value <= high


class _Entry(EntryPoint):
    """An entry point whose object is made here instead of imported."""

    def load(self) -> object:
        made = MADE[self.value]
        if isinstance(made, Exception):
            raise made
        return made


def _half(a: Pixels, b: Pixels) -> float:
    assert not a.flags.writeable
    return 0.5


def _fails(a: Pixels, b: Pixels) -> float:
    raise RuntimeError("no model")


class Scratch:
    """Returns how many threads are in it; compares others meanwhile, as a comparator may."""

    inside = 0

    def __call__(self, a: Pixels, b: Pixels) -> float:
        self.inside += 1
        most = self.inside
        if min(a.shape) > 2:
            compare(a[:2, :2], b[-2:, -2:])
        time.sleep(0.02)
        most = max(most, self.inside)
        self.inside -= 1
        return float(most)


MADE: dict[str, object] = {
    "half": Comparator("half", _half, "higher", "", 0, 1, "always a half"),
    "scratch": Comparator("scratch", Scratch(), "higher"),
    "nan": Comparator("nan", lambda _a, _b: math.nan, "lower"),
    "fails": Comparator("fails", _fails, "lower"),
    "broken": ImportError("no module named torch"),
    "function": _half,
    "taken": Comparator("ssim", _half, "higher"),
    "sideways": Comparator("sideways", _half, "sideways"),
}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    def install(*names: str) -> None:
        entries = [_Entry(name, name, COMPARATORS) for name in names]
        monkeypatch.setattr(plugins_module, "entry_points", lambda **_: entries)
        comparators.cache_clear()
        metrics.cache_clear()

    yield install
    monkeypatch.undo()
    comparators.cache_clear()
    metrics.cache_clear()


def test_comparators_of_other_packages_join_the_panel(installed: Callable[..., None], astronaut: Pixels) -> None:
    installed("nan", "half", "fails")
    assert tuple(metrics()) == (*PANEL, "fails", "half", "nan")
    assert metrics()["half"].better == "higher"
    found = compare(astronaut, astronaut[::-1])
    assert value(found, "half") == 0.5
    assert found.measurements["nan"].absent == "not a finite number: nan"
    assert "no model" in (found.measurements["fails"].absent or "")
    assert compare(astronaut, astronaut).measurements["half"].absent == "not measured: the images are equal"


def test_a_comparator_is_called_by_one_thread_at_a_time(installed: Callable[..., None], astronaut: Pixels) -> None:
    installed("scratch")
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(compare, astronaut[:8, :8], astronaut[n : n + 8, 9:17]) for n in range(8)]
    assert {value(one.result(60), "scratch") for one in found} == {1.0}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken", "cannot be loaded: ImportError"),
        ("function", "is a function, not a Comparator"),
        ("taken", "'ssim' is a metric of the panel"),
        ("sideways", "better is 'sideways'"),
    ],
)
def test_a_comparator_that_cannot_be_used_is_named(installed: Callable[..., None], name: str, words: str) -> None:
    installed(name)
    with pytest.raises(ComparatorError, match=f"comparator '{name}' of {name}: .*{words}") as raised:
        metrics()
    assert (raised.value.package, name in raised.value.hint) == (name, True)


@given(st.integers(7, 30), st.integers(7, 30), st.integers(0, 2**32 - 1))
def test_a_window_is_left_out_when_one_of_its_pixels_is(height: int, width: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < 0.02
    touching = np.lib.stride_tricks.sliding_window_view(mask, (7, 7)).any(axis=(2, 3))
    assert np.array_equal(windows_touching(mask)[3 : height - 3, 3 : width - 3], touching)
