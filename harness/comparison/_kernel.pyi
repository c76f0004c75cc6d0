from typing import Any, TypeAlias

from numpy.typing import NDArray

Buffer: TypeAlias = bytes | bytearray | memoryview | NDArray[Any]

def pair(
    a: Buffer,
    b: Buffer,
    height: int,
    width: int,
    channels: int,
    skip: Buffer,
    numbers: Buffer,
    sums: Buffer,
    counts: Buffer,
    /,
) -> None: ...
def seen(
    a: Buffer,
    b: Buffer,
    height: int,
    width: int,
    tall: int,
    small_x: Buffer,
    small_y: Buffer,
    strip_x: Buffer,
    strip_y: Buffer,
    square_x: Buffer,
    square_y: Buffer,
    linear: Buffer,
    matrix: Buffer,
    table: Buffer,
    block: int,
    cell: int,
    numbers: Buffer,
    blocks: Buffer,
    cells: Buffer,
    /,
) -> float: ...
def haar(levels: Buffer, side: int, out: Buffer, /) -> None: ...
def use(name: str, /) -> bool: ...
def in_use() -> str: ...
