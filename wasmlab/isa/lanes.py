"""The lanes of v128 bit patterns: 128-bit integers whose lowest bits are lane 0.

Where it can be done, an operation works on all lanes at once within the one integer, its carries
kept from crossing into the next lane; that is several times faster than taking lanes apart.
"""

from __future__ import annotations

import math
import struct

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import F32_FORMAT, F64_FORMAT, FloatFormat
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Final

NBYTES: Final = 16
ALL: Final = (1 << 128) - 1


@dataclass(frozen=True, slots=True, eq=False)
class LaneShape:
    """Integer lanes of a width in bits; masks repeat a pattern in every lane."""

    name: str
    width: int
    count: int
    mask: int
    """All bits of lane 0."""
    ones: int
    """The lowest bit of every lane."""
    signs: int
    """The highest bit of every lane."""
    rest: int
    """All bits but the highest of every lane."""
    unsigned: Callable[[int], tuple[int, ...]]
    """Lanes of a pattern as unsigned numbers."""
    signed: Callable[[int], tuple[int, ...]]
    """Lanes of a pattern as signed numbers."""
    of_unsigned: Callable[..., int]
    """Pattern of unsigned numbers in the range of a lane, one argument each."""
    of_signed: Callable[..., int]
    """Pattern of signed numbers in the range of a lane."""


def unpacker(layout: str) -> Callable[[int], tuple[int, ...]]:
    """Return the function from a bit pattern to numbers laid out as ``struct`` says."""
    unpack, nbytes = struct.Struct("<" + layout).unpack, struct.calcsize("<" + layout)
    return lambda v: unpack(v.to_bytes(nbytes, "little"))


def packer(layout: str) -> Callable[..., int]:
    """Return the reverse; its arguments are the numbers."""
    pack, from_bytes = struct.Struct("<" + layout).pack, int.from_bytes
    return lambda *numbers: from_bytes(pack(*numbers), "little")


def _shape(width: int, letter: str) -> LaneShape:
    count = 128 // width
    ones = sum(1 << lane * width for lane in range(count))
    signs = ones << width - 1
    unsigned, signed = f"{count}{letter.upper()}", f"{count}{letter}"
    return LaneShape(
        f"i{width}x{count}", width, count, (1 << width) - 1, ones, signs, ALL ^ signs,
        unpacker(unsigned), unpacker(signed), packer(unsigned), packer(signed),
    )  # fmt: skip


I8X16: Final = _shape(8, "b")
I16X8: Final = _shape(16, "h")
I32X4: Final = _shape(32, "i")
I64X2: Final = _shape(64, "q")
INTEGER_SHAPES: Final = (I8X16, I16X8, I32X4, I64X2)


@dataclass(frozen=True, slots=True, eq=False)
class FloatShape:
    """Floating-point lanes, in an integer shape of the same width."""

    name: str
    format: FloatFormat
    integers: LaneShape
    values: Callable[[int], tuple[float, ...]]
    """Lanes of a pattern as numbers."""
    encode: Callable[[Iterable[float]], int]
    """Pattern of numbers, each rounded to the nearest, NaNs canonical."""


def _float_shape(f: FloatFormat, letter: str, integers: LaneShape) -> FloatShape:
    layout = f"<{integers.count}{letter}"
    pack, unpack = struct.Struct(layout).pack, struct.Struct(layout).unpack
    from_bytes, of_unsigned = int.from_bytes, integers.of_unsigned

    def values(v: int) -> tuple[float, ...]:
        return unpack(v.to_bytes(NBYTES, "little"))

    def encode(numbers: Iterable[float]) -> int:
        lanes = [x if x == x else math.nan for x in numbers]  # noqa: PLR0124 - a NaN is not
        try:
            return from_bytes(pack(*lanes), "little")
        except OverflowError:  # some lane rounds to an infinity
            return of_unsigned(*map(f.encode, lanes))

    return FloatShape(f"f{f.width}x{integers.count}", f, integers, values, encode)


F32X4: Final = _float_shape(F32_FORMAT, "f", I32X4)
F64X2: Final = _float_shape(F64_FORMAT, "d", I64X2)
FLOAT_SHAPES: Final = (F32X4, F64X2)


def looked_up(table: bytes, indices: bytes) -> int:
    """Return the bytes of table at indices as a pattern, 0 for those beyond its end."""
    return int.from_bytes(indices.translate(table.ljust(256, b"\0")), "little")
