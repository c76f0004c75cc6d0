from typing import Any, TypeAlias

from numpy.typing import NDArray

Buffer: TypeAlias = bytes | bytearray | memoryview | NDArray[Any]

def unfilter(raw: Buffer, out: Buffer, row_bytes: int, bytes_per_pixel: int, simd: bool = True, /) -> None: ...
