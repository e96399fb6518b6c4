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
compared with the bytes that are left before anything is allocated. ``number``, ``text``, ``fields``
and the others check the types of decoded values.

Readers raise BadRecording for bytes that are no such value.
"""

from __future__ import annotations

from wasmlab.errors import BadRecording
from wasmlab.escape import LONGEST, shortened
from wasmlab.hints import TYPE_CHECKING, TypeVar, cast
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_NONE, _FALSE, _TRUE, _INT, _BYTES, _TEXT, _TUPLE = range(7)
INT_BITS = 129
"""A v128 and a sign."""
_DEEPEST = 12
"""Deepest nesting of tuples."""
MOST_VALUES = 1 << 22
"""Most values in a part: each takes some hundred bytes at worst."""
_MORE, _LOW, _SIGN = 0x80, 0x7F, 0x40
"""Bits of a LEB128 byte: another byte follows; the payload; the sign, in the last byte."""
U64 = (1 << 64) - 1


class TooMuch(BadRecording):
    """What a file holds would take more memory than a recording is given here."""


def encode(value: object) -> bytes:
    """Return a value as bytes; TypeError for what is no plain value."""
    out = bytearray()
    _put(out, value)
    return bytes(out)


def _put(out: bytearray, value: object) -> None:
    if isinstance(value, tuple | list):
        items: tuple[object, ...] | list[object] = value  # pyright: ignore[reportUnknownVariableType] - any values
        out.append(_TUPLE)
        _put_unsigned(out, len(items))
        for item in items:
            _put(out, item)
    elif value is None or isinstance(value, bool):
        out.append(_NONE if value is None else _TRUE if value else _FALSE)
    elif isinstance(value, int):
        out.append(_INT)
        _put_signed(out, int(value))
    elif isinstance(value, bytes):
        _put_sized(out, _BYTES, value)
    elif isinstance(value, str):
        _put_sized(out, _TEXT, value.encode("utf-8", "surrogatepass"))
    else:
        raise TypeError(f"{type(value).__name__} is no plain value")


def _put_sized(out: bytearray, kind: int, data: bytes) -> None:
    out.append(kind)
    _put_unsigned(out, len(data))
    out += data


def _put_unsigned(out: bytearray, number: int) -> None:
    while number > _LOW:
        out.append(number & _LOW | _MORE)
        number >>= 7
    out.append(number)


def _put_signed(out: bytearray, number: int) -> None:
    while not -_SIGN <= number < _SIGN:
        out.append(number & _LOW | _MORE)
        number >>= 7
    out.append(number & _LOW)


@dataclass(slots=True)
class _Room:
    """How many more values there may be."""

    left: int


def decode(content: bytes, most: int = MOST_VALUES) -> object:
    """Return the value in content; BadRecording if it is not exactly one.

    Raises TooMuch if it consists of more than ``most`` values.
    """
    try:
        value, end = _get(content, 0, 0, _Room(most))
    except (IndexError, UnicodeDecodeError) as error:
        raise BadRecording("a value in the recording cannot be read") from error
    if end != len(content):
        raise BadRecording("something follows a value in the recording")
    return value


def _get(content: bytes, at: int, depth: int, room: _Room) -> tuple[object, int]:
    """Return the value that begins at an offset, and the offset after it."""
    kind = content[at]
    at += 1
    if kind <= _TRUE:
        return (None, False, True)[kind], at
    if kind == _INT:
        return _signed(content, at)
    size, at = _unsigned(content, at)
    if size > len(content) - at or kind > _TUPLE or depth > _DEEPEST:
        raise BadRecording("a value in the recording is longer than its part")
    if kind == _TUPLE:
        return _items(content, at, depth, size, room)
    raw = content[at : at + size]
    return raw if kind == _BYTES else raw.decode("utf-8", "surrogatepass"), at + size


def _items(
    content: bytes, at: int, depth: int, size: int, room: _Room
) -> tuple[tuple[object, ...], int]:
    """Return ``size`` values, and the offset after them; one-byte ints, most of them, inline."""
    room.left -= size
    if room.left < 0:
        raise TooMuch("a part of the recording has too many values")
    found: list[object] = []
    for _ in range(size):
        if content[at] == _INT and content[at + 1] < _MORE:
            byte = content[at + 1]
            found.append(byte - _MORE if byte & _SIGN else byte)
            at += 2
        else:
            item, at = _get(content, at, depth + 1, room)
            found.append(item)
    return tuple(found), at


def _unsigned(content: bytes, at: int) -> tuple[int, int]:
    byte = content[at]
    if byte < _MORE:
        return byte, at + 1
    value = shift = 0
    while byte >= _MORE:
        value |= (byte & _LOW) << shift
        at, shift = at + 1, shift + 7
        byte = content[at]
        if shift > INT_BITS:
            raise BadRecording("a number in the recording is too long")
    return value | byte << shift, at + 1


def _signed(content: bytes, at: int) -> tuple[int, int]:
    value, end = _unsigned(content, at)
    bits = 7 * (end - at)
    return value - (1 << bits) if content[end - 1] & _SIGN else value, end


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


def shown_text(value: object, most: int = LONGEST) -> str:
    """Return text that is only shown, with not much more than ``most`` characters of it."""
    return shortened(text(value), most)


def optional(value: object, read: Callable[[object], T]) -> T | None:
    """Return None, or what read makes of the value."""
    return None if value is None else read(value)


def items(value: object) -> tuple[object, ...]:
    """Return a tuple of any length."""
    if isinstance(value, tuple):
        return value  # pyright: ignore[reportUnknownVariableType] - each item is checked by who takes it
    raise BadRecording("a list is expected in the recording")


def naturals(value: object, high: int = U64) -> tuple[int, ...]:
    """Return a tuple of ints between 0 and high."""
    found = items(value)
    for item in found:
        number(item, 0, high)
    return cast("tuple[int, ...]", found)


def each(value: object, read: Callable[[object], T]) -> tuple[T, ...]:
    """Return a tuple of what read makes of each item."""
    return tuple([read(item) for item in items(value)])


def fields(value: object, count: int) -> tuple[object, ...]:
    """Return a tuple of exactly count values."""
    found = items(value)
    if len(found) != count:
        raise BadRecording(f"{count} values are expected in the recording, found {len(found)}")
    return found
