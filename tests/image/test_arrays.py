"""Arrays and tensors as single images."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from harness.image import UnsupportedPixelsError, each_source, read_image_source
from harness.image.arrays import LAYOUTS, array_of, split

SIDES = st.integers(5, 9)
LEVELS = np.random.default_rng(1).integers(0, 256, (7, 9, 3)).astype(np.uint8)


class Tensor:
    """As torch's: NumPy gets it only once it is detached, and on the CPU."""

    def __init__(self, array: np.ndarray, *, grad: bool = True, device: str = "cuda:0", dtype: str = "torch.float32"):
        self.array, self.requires_grad, self.device, self.dtype = array, grad, device, dtype
        self.shape = array.shape

    def detach(self) -> "Tensor":
        return Tensor(self.array, grad=False, device=self.device, dtype=self.dtype)

    def cpu(self) -> "Tensor":
        return Tensor(self.array, grad=self.requires_grad, device="cpu", dtype=self.dtype)

    def float(self) -> "Tensor":
        return Tensor(self.array, grad=self.requires_grad, device=self.device)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        if self.requires_grad or self.device != "cpu" or "bfloat16" in self.dtype:
            raise RuntimeError("Can't call numpy() on this tensor")
        return self.array


class OnlyDLPack:
    """A tensor that has nothing but DLPack, and CuPy's way to the host."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def get(self) -> "OnlyDLPack":
        return self

    def __dlpack__(self, **options: Any) -> Any:
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


class Gone(Tensor):
    def detach(self) -> "Gone":
        return self

    def cpu(self) -> Tensor:
        raise RuntimeError("CUDA error: the device was lost")


@given(st.integers(1, 3), SIDES, SIDES, st.sampled_from([1, 3, 4]), st.data())
def test_every_layout_gives_the_same_images(n: int, height: int, width: int, channels: int, data: Any) -> None:
    images = np.random.default_rng(n).integers(0, 256, (n, height, width, channels)).astype(np.uint8)
    expected = [image[:, :, 0] if channels == 1 else image for image in images]
    first = images.transpose(0, 3, 1, 2)
    forms: list[tuple[np.ndarray, str | None]] = [(images, "NHWC"), (first, "NCHW"), (images, None), (first, None)]
    if n == 1:
        forms += [(images[0], "HWC"), (images[0], None), (first[0], "CHW"), (first[0], None)]
    if channels == 1:
        forms += [(images[..., 0], "NHW")]
    array, layout = data.draw(st.sampled_from(forms))
    found = list(split(array, layout))
    assert len(found) == n
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((3, 40, 3), None),  # both ends may hold the channels
        ((2, 4, 40, 3), None),
        ((40, 40, 5), None),  # none does
        ((8, 40, 40), None),
        ((0, 40, 40, 3), None),
        ((5,), None),
        ((40, 40, 5), "HWC"),
        ((2, 40, 40, 3), "HWC"),
        ((40, 40), "NHW"),
        ((40, 40, 3), "HWCN"),
    ],
)
def test_what_the_shape_does_not_say_is_an_error(shape: tuple[int, ...], layout: str | None) -> None:
    with pytest.raises(UnsupportedPixelsError) as caught:
        list(split(np.zeros(shape, np.uint8), layout))
    assert caught.value.hint


def test_layout_decides_what_the_shape_does_not() -> None:
    assert [one.shape for one in split(np.zeros((3, 40, 3), np.uint8), "HWC")] == [(3, 40, 3)]
    assert [one.shape for one in split(np.zeros((3, 40, 3), np.uint8), "CHW")] == [(40, 3, 3)]
    assert [one.shape for one in split(np.zeros((8, 40, 40), np.uint8), "NHW")] == [(40, 40)] * 8
    assert len(list(split(np.zeros((2, 5, 3, 40, 41), np.uint8), "NCHW"))) == 10
    assert set(LAYOUTS) == {"HW", "HWC", "CHW", "NHW", "NHWC", "NCHW"}


@pytest.mark.parametrize(
    "make",
    [
        lambda array: array,
        Tensor,
        lambda array: Tensor(array, dtype="torch.bfloat16"),
        OnlyDLPack,
    ],
)
def test_tensors_become_arrays_on_the_host(make: Callable[[np.ndarray], Any]) -> None:
    floats = (LEVELS / 255).astype(np.float32)
    assert np.array_equal(array_of(make(floats)), floats)
    image, data = read_image_source(make(floats.transpose(2, 0, 1)))
    assert data is None
    assert np.array_equal(image.pixels, LEVELS)


def test_a_tensor_whose_device_is_gone_is_an_error_that_says_so() -> None:
    with pytest.raises(UnsupportedPixelsError, match="the device was lost"):
        list(each_source(Gone(LEVELS)))


@pytest.mark.parametrize("library", ["torch", "jax.numpy"])
def test_tensors_of_the_libraries_themselves(library: str) -> None:
    np_like = pytest.importorskip(library)
    floats = (LEVELS / 255).astype(np.float32)
    tensor = np_like.asarray(floats.transpose(2, 0, 1)[None])
    if library == "torch":
        tensor = tensor.requires_grad_()
        half = tensor.detach().bfloat16()
    else:
        half = tensor.astype("bfloat16")
    [source] = each_source(tensor)
    assert np.array_equal(read_image_source(source)[0].pixels, LEVELS)
    [source] = each_source(half)
    assert np.abs(read_image_source(source)[0].pixels.astype(int) - LEVELS).max() <= 1


def test_everything_that_holds_images_is_opened() -> None:
    image = Image.fromarray(LEVELS)
    batch = np.stack([LEVELS, LEVELS])
    for held, count in [
        (image, 1),
        (b"bytes", 1),
        ("path.png", 1),
        (batch, 2),
        ([image, batch], 3),
        (([image], [image]), 2),
        ((one for one in [LEVELS, LEVELS]), 2),
        (SimpleNamespace(images=[image, image]), 2),
        (SimpleNamespace(images=None, image=image), 1),
        (SimpleNamespace(frames=[[image, image], [image]]), 3),
    ]:
        assert len(list(each_source(held))) == count


@pytest.mark.parametrize("held", [[], (), 42, None, [object()], {}, np.zeros((0, 5, 5, 3))])
def test_what_holds_none_is_an_error(held: object) -> None:
    with pytest.raises(UnsupportedPixelsError):
        list(each_source(held))


def test_several_images_are_none_where_one_is_taken() -> None:
    assert read_image_source(LEVELS[None])[0].pixels.shape == (7, 9, 3)
    with pytest.raises(UnsupportedPixelsError, match="several images"):
        read_image_source(np.stack([LEVELS, LEVELS]))


def test_half_precision_gives_the_nearest_level() -> None:
    halves = (np.arange(256, dtype=np.float64) / 255).astype(np.float16).reshape(16, 16)
    expected = np.rint(halves.astype(np.float64) * 255).astype(np.uint8)
    assert np.array_equal(read_image_source(halves)[0].pixels[:, :, 0], expected)
