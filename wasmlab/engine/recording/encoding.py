"""Plain values as bytes: what the parts of a recording's file are made of.

A value is None, a bool, an int, bytes, text, or a tuple of values. Each begins with a byte that
says which:

====  =========================================================================
0x00  None
0x01  False
0x02  True
0x03  an int: LEB128, signed, at most 129 bits
0x04  bytes: their number (LEB128, unsigned), then they
0x05  text: the number of bytes in UTF-8, then they
0x06  a tuple: the number of values, then they
====  =========================================================================

Nothing else can be written, so reading a file never does more than make such values. Sizes are
compared with what is left before anything is made. ``Reading`` takes values apart again, checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from wasmlab.binary.reader import Reader
from wasmlab.errors import BadRecording, Malformed

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_NONE, _FALSE, _TRUE, _INT, _BYTES, _TEXT, _TUPLE = range(7)
INT_BITS = 129
"""A v128 and a sign."""
_DEEPEST = 12
"""Tuples inside each other."""
U64 = (1 << 64) - 1


def encoded(value: object) -> bytes:
    """Return a value as bytes; TypeError for what is no plain value."""
    out = bytearray()
    _put(out, value)
    return bytes(out)


def _put(out: bytearray, value: object) -> None:
    match value:
        case None:
            out.append(_NONE)
        case bool():
            out.append(_TRUE if value else _FALSE)
        case int():
            out.append(_INT)
            _put_signed(out, int(value))
        case bytes():
            _put_sized(out, _BYTES, value)
        case str():
            _put_sized(out, _TEXT, value.encode("utf-8", "surrogatepass"))
        case tuple() | list():
            items: tuple[object, ...] = tuple(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - any values
            out.append(_TUPLE)
            _put_unsigned(out, len(items))
            for item in items:
                _put(out, item)
        case _:
            raise TypeError(f"{type(value).__name__} is no plain value")


def _put_sized(out: bytearray, kind: int, data: bytes) -> None:
    out.append(kind)
    _put_unsigned(out, len(data))
    out += data


def _put_unsigned(out: bytearray, number: int) -> None:
    while number > 0x7F:  # noqa: PLR2004 - seven bits in each byte
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _put_signed(out: bytearray, number: int) -> None:
    while not -0x40 <= number < 0x40:  # noqa: PLR2004 - six bits and the sign
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number & 0x7F)


def decoded(data: bytes) -> object:
    """Return the value in data; BadRecording if it is not exactly one."""
    reader = Reader(data)
    try:
        value = _get(reader, 0)
    except (Malformed, UnicodeDecodeError) as error:
        raise BadRecording("a value in the recording cannot be read") from error
    if reader.pos != reader.end:
        raise BadRecording("something follows a value in the recording")
    return value


def _get(reader: Reader, depth: int) -> object:
    kind = reader.byte()
    if kind <= _TRUE:
        return (None, False, True)[kind]
    if kind == _INT:
        return reader.signed(INT_BITS)
    size = reader.u64()
    if size > reader.end - reader.pos or kind > _TUPLE or depth > _DEEPEST:
        raise BadRecording("a value in the recording is longer than its part")
    if kind == _TUPLE:
        return tuple(_get(reader, depth + 1) for _ in range(size))
    data = reader.take(size)
    return data if kind == _BYTES else data.decode("utf-8", "surrogatepass")


# --- taking apart ------------------------------------------------------------------------------


def number(value: object, low: int = 0, high: int = U64) -> int:
    """Return an int between low and high; BadRecording for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise BadRecording("a number in the recording is out of range")


def flag(value: object) -> bool:
    """Return a bool."""
    if isinstance(value, bool):
        return value
    raise BadRecording("yes or no is expected in the recording")


def data(value: object) -> bytes:
    """Return bytes."""
    if isinstance(value, bytes):
        return value
    raise BadRecording("bytes are expected in the recording")


def text(value: object) -> str:
    """Return text."""
    if isinstance(value, str):
        return value
    raise BadRecording("text is expected in the recording")


def optional(value: object, read: Callable[[object], T]) -> T | None:
    """Return None, or what read makes of the value."""
    return None if value is None else read(value)


def items(value: object) -> tuple[object, ...]:
    """Return a tuple of any length."""
    if isinstance(value, tuple):
        return value  # pyright: ignore[reportUnknownVariableType] - each item is checked by who takes it
    raise BadRecording("a list is expected in the recording")


def each(value: object, read: Callable[[object], T]) -> tuple[T, ...]:
    """Return a tuple of what read makes of each item."""
    return tuple(read(item) for item in items(value))


def fields(value: object, count: int) -> tuple[object, ...]:
    """Return a tuple of exactly count values."""
    found = items(value)
    if len(found) != count:
        raise BadRecording(f"{count} values are expected in the recording, found {len(found)}")
    return found
