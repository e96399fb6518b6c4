"""Pure functions between bit patterns and the numbers they stand for."""

from __future__ import annotations

import math
import struct

from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.records import dataclass
from wasmlab.syntax.types import F32, F64, I32, I64, V128

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from wasmlab.syntax.types import ValType

BITS: Final[dict[ValType, int]] = {I32: 32, I64: 64, F32: 32, F64: 64, V128: 128}
"""Bits of the types whose values are bit patterns."""
MASK32: Final = 0xFFFF_FFFF
MASK64: Final = 0xFFFF_FFFF_FFFF_FFFF
F64_DIGITS: Final = 53
"""Binary digits of an f64 significand: integers up to 2**53 convert exactly."""


def signed(bits: int, width: int) -> int:
    """Return the two's complement number that the low ``width`` bits stand for."""
    sign = 1 << width - 1
    return ((bits & (sign << 1) - 1) ^ sign) - sign


@dataclass(frozen=True, slots=True)
class FloatFormat:
    """An IEEE 754 format as functions between its bit patterns and Python's floats."""

    width: int
    sign: int
    """The sign bit."""
    infinity: int
    """Positive infinity."""
    nan: int
    """The positive canonical NaN, which every arithmetic operation gives (spec: exec/numerics)."""
    decode: Callable[[int], float]
    """Value of a bit pattern; exact, but for the payload of a NaN."""
    decode_pair: Callable[[int, int], tuple[float, float]]
    """Values of two bit patterns."""
    pack_pair: Callable[[int, int], bytes]
    """Two bit patterns as bytes; with ``unpack_pair`` it is decode_pair, one Python call less."""
    unpack_pair: Callable[[bytes], tuple[float, float]]
    encode: Callable[[float], int]
    """Bit pattern nearest to a value, ties to even, infinite beyond the largest finite one; a
    NaN becomes the canonical one."""


def _decoders(
    number: str, pattern: str
) -> tuple[
    Callable[[int], float],
    Callable[[int, int], tuple[float, float]],
    Callable[[int, int], bytes],
    Callable[[bytes], tuple[float, float]],
]:
    pack, unpack = struct.Struct(f"<{pattern}").pack, struct.Struct(f"<{number}").unpack
    pack2, unpack2 = struct.Struct(f"<2{pattern}").pack, struct.Struct(f"<2{number}").unpack

    def decode(bits: int) -> float:
        return unpack(pack(bits))[0]

    def decode_pair(a: int, b: int) -> tuple[float, float]:
        x, y = unpack2(pack2(a, b))
        return x, y

    return decode, decode_pair, pack2, cast("Callable[[bytes], tuple[float, float]]", unpack2)


_F32_SIGN, _F32_INFINITY, _F32_NAN = 0x8000_0000, 0x7F80_0000, 0x7FC0_0000
_F64_SIGN, _F64_INFINITY, _F64_NAN = 1 << 63, 0x7FF << 52, 0xFFF << 51
_pack_f32, _unpack_u32 = struct.Struct("<f").pack, struct.Struct("<I").unpack
_pack_f64, _unpack_u64 = struct.Struct("<d").pack, struct.Struct("<Q").unpack


def _encode_f32(x: float) -> int:
    if x != x:  # noqa: PLR0124 - only a NaN differs from itself
        return _F32_NAN
    try:
        return _unpack_u32(_pack_f32(x))[0]
    except OverflowError:
        return _F32_INFINITY if x > 0 else _F32_INFINITY | _F32_SIGN


def _encode_f64(x: float) -> int:
    if x != x:  # noqa: PLR0124 - only a NaN differs from itself
        return _F64_NAN
    return _unpack_u64(_pack_f64(x))[0]


F32_FORMAT: Final = FloatFormat(
    32, _F32_SIGN, _F32_INFINITY, _F32_NAN, *_decoders("f", "I"), _encode_f32
)
F64_FORMAT: Final = FloatFormat(
    64, _F64_SIGN, _F64_INFINITY, _F64_NAN, *_decoders("d", "Q"), _encode_f64
)
FLOAT_FORMATS: Final = {32: F32_FORMAT, 64: F64_FORMAT}


def divided(x: float, y: float) -> float:
    """Return the IEEE quotient, infinities and NaN included."""
    try:
        return x / y
    except ZeroDivisionError:
        return x * math.copysign(math.inf, y)


def square_root(x: float) -> float:
    """Return the IEEE square root: NaN below zero, -0.0 of -0.0."""
    return math.nan if x < 0 else math.sqrt(x)


def rounded(x: float, to_integer: Callable[[float], int]) -> float:
    """Return x made integral by ``to_integer``, its sign kept where the result is a zero."""
    return math.copysign(float(to_integer(x)), x) if math.isfinite(x) else x


def f32_exact(number: int) -> float:
    """Return a float that rounds to the f32 nearest to ``number``, which is below 2**64.

    Rounding to f64 first could make a tie of what is none, so that digits which an f64 cannot
    hold are replaced by one that says whether they were zero.
    """
    size = abs(number)
    if size >> F64_DIGITS:
        size = size & ~0xFFF | 0x800 if size & 0xFFF else size
    return float(size if number >= 0 else -size)
