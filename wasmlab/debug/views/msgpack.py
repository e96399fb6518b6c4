"""MessagePack as text: what a guest has packed into its memory.

Format: https://github.com/msgpack/msgpack/blob/master/spec.md; numbers are big endian in it.
"""

from __future__ import annotations

import struct

from wasmlab.escape import escaped
from wasmlab.records import NamedTuple
from wasmlab.syntax.types import F32, F64
from wasmlab.text.numerals import float_text

_DEEPEST = 64
"""Containers in containers that are read."""


class Packed(NamedTuple):
    """A packed value: ``text`` resembles JSON, with nil, bin(..) and ext(..)."""

    text: str
    size: int
    """Bytes that it takes."""


_FLOATS = {">f": F32, ">d": F64}


def unpack(data: bytes) -> Packed | None:
    """Return the value that data begins with; None if it is none, or is cut off."""
    try:
        text, end = _value(data, 0, 0)
    except (IndexError, struct.error, UnicodeDecodeError):
        return None
    return Packed(text, end)


_NUMBERS = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}  # fmt: skip
_WORDS = {0xC0: "nil", 0xC2: "false", 0xC3: "true"}
_LENGTHS = {1: ">B", 2: ">H", 4: ">I"}
_SIZED = {
    0xC4: ("bin", 1), 0xC5: ("bin", 2), 0xC6: ("bin", 4),
    0xC7: ("ext", 1), 0xC8: ("ext", 2), 0xC9: ("ext", 4),
    0xD9: ("str", 1), 0xDA: ("str", 2), 0xDB: ("str", 4),
    0xDC: ("array", 2), 0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4),
}  # fmt: skip
"""Formats with a length after the first byte: what it is, and the bytes of the length."""
_FIXED_EXT = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}


def _value(data: bytes, at: int, depth: int) -> tuple[str, int]:
    """Return the text of the value at a place, and where it ends."""
    first, at = data[at], at + 1
    if first < 0x80 or first >= 0xE0:  # noqa: PLR2004 - the format's own numbers
        return str(first if first < 0x80 else first - 0x100), at  # noqa: PLR2004 - likewise
    if first < 0xC0:  # noqa: PLR2004 - likewise
        kind, length = _short(first)
        return _sized(data, at, kind, length, depth)
    if first in _WORDS:
        return _WORDS[first], at
    if first in _NUMBERS:
        return _number(data, at, _NUMBERS[first])
    if first in _FIXED_EXT:
        return _sized(data, at, "ext", _FIXED_EXT[first], depth)
    if first not in _SIZED:
        raise IndexError  # 0xc1 is never used
    kind, width = _SIZED[first]
    (length,) = struct.unpack_from(_LENGTHS[width], data, at)
    return _sized(data, at + width, kind, length, depth)


def _short(first: int) -> tuple[str, int]:
    """Return what a first byte with the length in it begins, and the length."""
    if first >= 0xA0:  # noqa: PLR2004 - likewise
        return "str", first & 0x1F
    return ("array" if first >= 0x90 else "map"), first & 0x0F  # noqa: PLR2004 - likewise


def _number(data: bytes, at: int, code: str) -> tuple[str, int]:
    end = at + struct.calcsize(code)
    if code in _FLOATS:
        return float_text(int.from_bytes(data[at:end], "big"), _FLOATS[code]), end
    return str(*struct.unpack_from(code, data, at)), end


def _sized(data: bytes, at: int, kind: str, length: int, depth: int) -> tuple[str, int]:
    if kind in {"array", "map"}:
        return _container(data, at, kind, length, depth + 1)
    code, at = (data[at : at + 1], at + 1) if kind == "ext" else (b"", at)
    part = data[at : at + length]
    if len(part) < length:
        raise IndexError
    if kind == "str":
        return f'"{escaped(part.decode())}"', at + length
    inner = f"{int.from_bytes(code, 'big', signed=True)}, " if kind == "ext" else ""
    return f"{kind}({inner}{part.hex(' ')})", at + length


def _container(data: bytes, at: int, kind: str, length: int, depth: int) -> tuple[str, int]:
    if depth > _DEEPEST or length > len(data):
        raise IndexError
    parts: list[str] = []
    for _ in range(length):
        text, at = _value(data, at, depth)
        if kind == "map":
            value, at = _value(data, at, depth)
            text = f"{text}: {value}"
        parts.append(text)
    inside = ", ".join(parts)
    return (f"[{inside}]" if kind == "array" else f"{{{inside}}}"), at
