"""The native kernel hands over the numpy one's numbers with every instruction set, and refuses what does not fit."""

import subprocess
import sys
from collections.abc import Iterator

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from harness.comparison import KernelMissingError, compare, kernel_name, numeric
from harness.comparison.axes import lanczos
from harness.comparison.kernel import kernel
from harness.comparison.raw import OneRaw, PairRaw
from harness.image.image import Pixels
from harness.records import Box
from tests.comparison.conftest import KINDS, NATIVE, PHOTOS, generated, photo, using

needs_native = pytest.mark.skipif(not NATIVE, reason="the C extension is not built")
SETS = ("base", "avx2", "avx512")


@pytest.fixture(params=SETS)
def instructions(request: pytest.FixtureRequest) -> Iterator[str]:
    from harness.comparison import _kernel

    before = _kernel.in_use()
    if not _kernel.use(request.param):
        pytest.skip(f"this processor has no {request.param}")
    yield request.param
    _kernel.use(before)


def assert_same_pair(a: Pixels, b: Pixels, skip: "np.ndarray | None" = None) -> None:
    from harness.comparison import native

    one, other = native.pair(a, b, skip), numeric.pair(a, b, skip)
    for name in ("max_abs", "changed", "sum_abs", "sum_square"):
        assert getattr(one, name) == getattr(other, name), name
    if one.ssim is None or other.ssim is None:
        assert one.ssim is other.ssim
        return
    assert np.array_equal(one.ssim[1], other.ssim[1])
    np.testing.assert_allclose(one.ssim[0], other.ssim[0], atol=1e-9)


def assert_same_seen(a: Pixels, b: Pixels) -> None:
    from harness.comparison import native

    found, wanted = native.seen(a, b), numeric.seen(a, b)
    for pixels, one, same, other in ((a, found.a, native.one(a), wanted.a), (b, found.b, native.one(b), wanted.b)):
        for name in OneRaw.__slots__:
            assert np.array_equal(getattr(one, name), getattr(other, name)), (name, pixels.shape)
            assert np.array_equal(getattr(same, name), getattr(other, name)), (name, pixels.shape)
    assert found.delta_e == pytest.approx(wanted.delta_e, abs=1e-9)
    assert np.array_equal(found.lightness.blocks, wanted.lightness.blocks)
    assert np.array_equal(found.lightness.cells, wanted.lightness.cells)


@needs_native
@pytest.mark.parametrize("name", PHOTOS)
def test_photographs(instructions: str, name: str) -> None:
    a = photo(name)
    b = np.ascontiguousarray(np.roll(a, 2, axis=0))
    assert_same_pair(a, b)
    assert_same_seen(a, b)


@needs_native
@pytest.mark.parametrize("shape", [(1, 1), (7, 7), (16, 33), (130, 31), (31, 130), (600, 40), (257, 255)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sizes_and_channels(instructions: str, shape: tuple[int, int], channels: int) -> None:
    for kind in KINDS:
        a, b = generated(kind, *shape, channels, 1), generated("noise", *shape, channels, 2)
        mask = np.zeros(shape, np.bool_)
        mask[: shape[0] // 2, 2:5] = True
        assert_same_pair(a, b)
        assert_same_pair(a, b, mask)
        if channels == 3:
            assert_same_seen(a, b)


@needs_native
@pytest.mark.parametrize("rows", [[], [0, 1, 2], [60, 61], [90, 91, 92, 93, 94, 95, 96, 120, 200]])
def test_every_instruction_set_gives_the_same_bits(rows: list[int]) -> None:
    from harness.comparison import _kernel, native

    a, b = photo("astronaut.png")[:201, :303], photo("chelsea.png")[:201, :303]
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    if rows:  # the same everywhere else: sums over windows begin anew behind rows that do not differ
        b = np.where(np.isin(np.arange(len(a)), rows)[:, None, None], b, a)
    assert_same_pair(a, b)
    before = _kernel.in_use()
    found = [native.pair(a, b, None).ssim for name in SETS if _kernel.use(name)]
    _kernel.use(before)
    for blocks in found:
        assert blocks is not None
        assert np.array_equal(blocks, found[0])


@needs_native
@given(
    st.sampled_from(KINDS), st.integers(1, 120), st.integers(1, 120), st.sampled_from([None, 3, 4]), st.integers(0, 99)
)
@settings(max_examples=100, deadline=None)
def test_the_panel_is_the_same(kind: str, height: int, width: int, channels: int | None, seed: int) -> None:
    a, b = generated(kind, height, width, channels, seed), generated("noise", height, width, channels, seed)
    boxes = [Box(width // 3, height // 4, 3, 5)] if seed % 3 == 0 else []
    with using("numpy"):
        wanted = compare(a, b, ignore=boxes)
    with using("native"):
        found = compare(a, b, ignore=boxes)
    for name, measured in wanted.measurements.items():
        assert found.measurements[name].absent == measured.absent
        assert found.measurements[name].detail == measured.detail
        assert found.measurements[name].value == pytest.approx(measured.value, abs=1e-9)
    assert len(found.blocks) == len(wanted.blocks)


@needs_native
def test_color_bins_of_all_colors() -> None:
    from harness.comparison import native

    green, blue = np.mgrid[:256, :256].astype(np.uint8)
    for red in range(0, 256, 5):
        pixels = np.ascontiguousarray(np.dstack([np.full_like(green, red), green, blue]))
        assert np.array_equal(native.one(pixels).colors, numeric.one(pixels).colors)


@needs_native
@given(
    st.sampled_from(KINDS), st.integers(1, 140), st.integers(1, 140), st.sampled_from([None, 3, 4]), st.integers(0, 99)
)
@settings(max_examples=60, deadline=None)
def test_rounding_of_whash_is_that_of_imagehash(
    kind: str, height: int, width: int, channels: int | None, seed: int
) -> None:
    from harness.comparison import native

    pixels = generated(kind, height, width, channels, seed)
    bits = native.haar_bits(pixels)
    assert bits is not None, "this PyWavelets rounds in another way"
    assert np.array_equal(bits, imagehash.whash(Image.fromarray(pixels)).hash)


@needs_native
@pytest.mark.parametrize(
    ("side", "levels", "out"), [(8, 63, 512), (9, 81, 512), (4, 16, 512), (8, 64, 511), (1 << 14, 9, 512)]
)
def test_the_native_haar_refuses_what_does_not_fit(side: int, levels: int, out: int) -> None:
    from harness.comparison import _kernel

    with pytest.raises(ValueError, match="does not fit"):
        _kernel.haar(bytes(levels), side, bytearray(out))


@pytest.mark.parametrize("size", [8, 9, 32, 64])
def test_the_weights_are_pillows(size: int) -> None:
    rng = np.random.default_rng(5)
    for source in [*range(1, 70, 3), 127, 128, 256, 500, 1024, 1999]:
        levels = rng.integers(0, 256, source, dtype=np.uint8)
        wanted = np.asarray(Image.fromarray(levels[None].repeat(3, 0)).resize((size, 3), Image.Resampling.LANCZOS))[0]
        packed = lanczos(source, size)
        if not packed:
            assert source == size
            continue
        head = np.frombuffer(packed, np.int32, 2 + 2 * size)
        first, count, taps = head[2 : 2 + size], head[2 + size :], head[1]
        parts = np.frombuffer(packed, np.int16, offset=head.nbytes).astype(np.int64).reshape(2, size, taps)
        weights = parts[0] * 2048 + parts[1]
        sums = [
            (1 << 21) + int(weights[i, : count[i]] @ levels[first[i] : first[i] + count[i]].astype(np.int64))
            for i in range(size)
        ]
        assert np.array_equal(np.clip(np.array(sums) >> 22, 0, 255), wanted)


@needs_native
def test_an_image_beyond_the_native_size_goes_the_numpy_way() -> None:
    from harness.comparison import native

    pixels = np.zeros((2, 8200, 3), np.uint8)
    pixels[:, ::7] = 200
    assert isinstance(native.pair(pixels, pixels // 2, None), PairRaw)
    assert native.one(pixels).pixels == 16400


@needs_native
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({0: b"short"}, "levels"),
        ({1: b""}, "levels"),
        ({2: 0}, "shape"),
        ({2: -8}, "shape"),
        ({3: 1 << 40}, "shape"),
        ({4: 5}, "shape"),
        ({5: b"12"}, "mask"),
        ({6: bytearray(31)}, "numbers"),
        ({7: bytearray(16)}, "blocks"),
        ({8: bytearray(0)}, "blocks"),
    ],
)
def test_the_native_pair_refuses_what_does_not_fit(change: dict[int, object], words: str) -> None:
    from harness.comparison import _kernel

    levels = bytes(8 * 8 * 3)
    right = [levels, levels, 8, 8, 3, b"", bytearray(32), bytearray(8), bytearray(8)]
    _kernel.pair(*right)
    with pytest.raises(ValueError, match=f"{words}.* does not fit"):
        _kernel.pair(*[change.get(i, part) for i, part in enumerate(right)])


def right_seen() -> list[object]:
    levels, axes = bytes(8 * 8 * 3), [lanczos(8, 32), lanczos(8, 32), lanczos(8, 9), b"", b"", b""]
    tables = [bytes(257 * 8), bytes(72), bytes(512)]
    return [levels, levels, 8, 8, 0, *axes, *tables, 8, 8, bytearray(2 * 1736), bytearray(8), bytearray(8)]


@needs_native
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({0: b""}, "levels"),
        ({1: b"short"}, "levels"),
        ({1: b""}, "numbers"),
        ({2: 0}, "shape"),
        ({3: 1 << 40}, "shape"),
        ({3: 9}, "levels"),
        ({5: lanczos(8, 9)}, "axis"),
        ({5: b""}, "axis"),
        ({5: lanczos(8, 32)[:8] + (1 << 30).to_bytes(4, "little") + lanczos(8, 32)[12:]}, "axis"),
        ({5: lanczos(8, 32)[:-4]}, "axis"),
        ({11: bytes(8)}, "table"),
        ({12: bytes(8)}, "table"),
        ({13: bytes(8)}, "table"),
        ({14: 0}, "side"),
        ({15: 65}, "side"),
        ({16: bytearray(9)}, "numbers"),
        ({17: bytearray(16)}, "parts"),
        ({18: bytearray(0)}, "parts"),
    ],
)
def test_the_native_seen_refuses_what_does_not_fit(change: dict[int, object], words: str) -> None:
    from harness.comparison import _kernel

    _kernel.seen(*right_seen())
    with pytest.raises(ValueError, match=f"{words}.* does not fit"):
        _kernel.seen(*[change.get(i, part) for i, part in enumerate(right_seen())])


@needs_native
def test_the_native_seen_writes_only_where_it_may() -> None:
    from harness.comparison import _kernel

    right = right_seen()
    with pytest.raises(TypeError, match="read-write"):
        _kernel.seen(*right[:16], bytes(2 * 1736), *right[17:])


def test_the_variable_forces_a_kernel() -> None:
    with using("numpy"):
        assert kernel_name() == "numpy"
    if NATIVE:
        with using("native"):
            assert kernel_name().startswith("native (")
    with (
        using("cuda"),
        pytest.raises(KernelMissingError, match="HARNESS_KERNEL=cuda: there are the kernels"),
    ):
        kernel()


def test_a_missing_extension_falls_back_or_fails_when_forced() -> None:
    code = (
        "import sys; sys.modules['harness.comparison._kernel'] = None\n"
        "from harness.comparison import kernel_name\n"
        "try: print(kernel_name())\n"
        "except Exception as fault: print(fault, '|', fault.hint)"
    )
    for wanted, words in (("", "numpy"), ("native", "HARNESS_KERNEL=native: the C extension is missing")):
        out = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"HARNESS_KERNEL": wanted}
        ).stdout
        assert out.startswith(words), out
