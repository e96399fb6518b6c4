"""A value, or the bytes at an address, in every way they can be read."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from wasmlab.counted import counted
from wasmlab.debug.views.msgpack import unpack
from wasmlab.debug.views.values import NOT_IN_MEMORY

if TYPE_CHECKING:
    from wasmlab.debug.views.model import HeapObject, Value

_FLOATS = (("f32", 4, "<f"), ("f64", 8, "<d"))
_TEXT = 64
"""Bytes of text that are shown."""
NUMBERS = {"i32": 32, "f32": 32, "i64": 64, "f64": 64, "v128": 128}
"""Types that are no references, and their bits."""
_FIELDS = 16
"""Fields of an object that are shown."""


def reading(address: int, data: bytes) -> str:
    """Return what the bytes at address mean as little-endian numbers, and as text.

    data: the bytes from address on, at most 16 are read.
    """
    parts = [f"0x{address:x}"]
    for name, size, code in (("i8", 1, "b"), ("i16", 2, "<h"), ("i32", 4, "<i"), ("i64", 8, "<q")):
        if len(data) >= size:
            parts.append(f"{name} {struct.unpack(code, data[:size])[0]}")
    for name, size, code in _FLOATS:
        if len(data) >= size:
            parts.append(f"{name} {struct.unpack(code, data[:size])[0]:.6g}")
    return "  ".join(parts)


def readings(address: int, data: bytes) -> list[str]:
    """Return a line per type that the bytes at address can be read as, text and msgpack too.

    Integers are given signed, unsigned and in hexadecimal; text goes up to a zero byte; msgpack is
    named where it takes more than the one byte that always means something.
    """
    lines = [f"at 0x{address:x} ({address:,})", *(() if data else (NOT_IN_MEMORY,))]
    for size in (1, 2, 4, 8):
        if len(data) >= size:
            cell = data[:size]
            signed = int.from_bytes(cell, "little", signed=True)
            bits = int.from_bytes(cell, "little")
            unsigned = "" if signed == bits else f"  unsigned {bits}"
            lines.append(f"i{8 * size:<3} {signed}{unsigned}  0x{bits:0{2 * size}x}")
    for name, size, code in _FLOATS:
        if len(data) >= size:
            lines.append(f"{name}  {struct.unpack(code, data[:size])[0]!r}")
    text = data.partition(b"\0")[0][:_TEXT].decode("utf-8", "backslashreplace")
    lines += [f'text "{text}"'] if text else []
    packed = unpack(data)
    if packed is not None and packed.size > 1:
        lines.append(f"msgpack {packed.text} ({counted(packed.size, 'byte')})")
    return lines


def value_readings(value: Value) -> list[str]:
    """Return a line per way to read a value's bits; of a reference, what it is."""
    width = NUMBERS.get(value.type)
    if width is None:
        return [f"{value.type} {value.text}"]
    lines = [f"{value.type} {value.text}", f"bits 0x{value.bits:0{width // 4}x}"]
    if value.type == "v128":
        data = value.bits.to_bytes(16, "little")
        lines += [
            f"{name} {' '.join(map(str, struct.unpack(code, data)))}" for name, code in _LANES
        ]
    elif value.type.startswith("i"):
        name, size, code = _FLOATS[width // 64]
        number = struct.unpack(code, value.bits.to_bytes(size, "little"))[0]
        lines += [f"unsigned {value.bits}", f"as {name} {number!r}"]
    else:
        lines.append(f"as i{width} {value.bits - (value.bits >> (width - 1) << width)}")
    return lines


_LANES = (("i8x16", "<16b"), ("i32x4", "<4i"), ("i64x2", "<2q"), ("f32x4", "<4f"), ("f64x2", "<2d"))


def object_readings(found: HeapObject) -> list[str]:
    """Return what an object is, and a line per field, as far as there is room."""
    length = "" if found.length is None else f" of {found.length:,}"
    fields = [f"{f.name} {f.type} {f.text}" for f in found.fields[:_FIELDS]]
    more = ["..."] if len(found.fields) > _FIELDS else []
    return [f"{found.kind} {found.type}{length}", *fields, *more]
