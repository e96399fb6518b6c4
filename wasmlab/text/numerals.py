"""Constants and strings as the text format writes them, exact in every bit."""

from __future__ import annotations

import math
import struct

from wasmlab.escape import Escapes
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.types import F32, ValType

if TYPE_CHECKING:
    from collections.abc import Iterable

_F32_MANTISSA = 0x7F_FFFF
_F64_MANTISSA = 0xF_FFFF_FFFF_FFFF
_DIGITS_F32 = 9
"""Decimal digits that tell any two f32 apart."""


def f32_text(bits: int) -> str:
    """Return the shortest decimal that means exactly this f32; ``nan:0x..`` keeps a payload."""
    value: float = struct.unpack("<f", bits.to_bytes(4, "little"))[0]
    if not math.isfinite(value):
        return _special(bits, 31, _F32_MANTISSA)
    for digits in range(6, _DIGITS_F32 + 1):
        shown = f"{value:.{digits}g}"
        if struct.pack("<f", float(shown)) == bits.to_bytes(4, "little"):
            return shown
    return value.hex()


def f64_text(bits: int) -> str:
    """Return the shortest decimal that means exactly this f64; ``nan:0x..`` keeps a payload."""
    value: float = struct.unpack("<d", bits.to_bytes(8, "little"))[0]
    if not math.isfinite(value):
        return _special(bits, 63, _F64_MANTISSA)
    return repr(value).removesuffix(".0")


def v128_text(bits: int) -> str:
    """Return four lanes of 32 bits, lane 0 first."""
    lanes = ((bits >> shift) & 0xFFFF_FFFF for shift in (0, 32, 64, 96))
    return "i32x4 " + " ".join(f"0x{lane:08x}" for lane in lanes)


def _special(bits: int, sign_bit: int, mantissa_mask: int) -> str:
    sign = "-" if bits >> sign_bit else ""
    payload = bits & mantissa_mask
    if not payload:
        return f"{sign}inf"
    canonical = (mantissa_mask + 1) >> 1
    return f"{sign}nan" if payload == canonical else f"{sign}nan:0x{payload:x}"


def string_text(text: str) -> str:
    """Return a string literal for a name, with characters that are unsafe to show escaped."""
    return f'"{text.translate(_ESCAPES)}"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    return c if c.isprintable() else f"\\u{{{ord(c):x}}}"


_ESCAPES = Escapes(_escaped)


def bytes_text(data: Iterable[int]) -> str:
    """Return a string literal for bytes: ASCII as it is, the rest as two hexadecimal digits."""
    return '"' + "".join(map(_BYTES.__getitem__, data)) + '"'


def _byte(b: int) -> str:
    c = chr(b)
    return c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\{b:02x}"


_BYTES = tuple(map(_byte, range(256)))


def float_text(bits: int, t: ValType) -> str:
    """Return an f32 or f64 as its text format; a finite f64 always has a point or an exponent."""
    if t is F32:
        return f32_text(bits)
    text = f64_text(bits)
    return f"{text}.0" if text.lstrip("-").isdigit() else text
