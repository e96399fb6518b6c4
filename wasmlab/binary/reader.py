"""A position in the bytes of a module, and the primitive encodings read from there.

Source: core spec, binary/values.html. Every failure is ``Malformed`` with its offset.
"""

from __future__ import annotations

from wasmlab.errors import Malformed
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.hints import NoReturn

UNEXPECTED_END = "unexpected end of section or function"

_DIGIT = 7
"""Bits of an integer in each byte of LEB128."""
_MORE = 0x80
"""The bit that says that another byte follows."""


class Reader:
    """Reads data from pos up to end (all of it); every method moves pos past the bytes it read."""

    __slots__ = ("data", "end", "pos")

    def __init__(self, data: bytes, pos: int = 0, end: int | None = None) -> None:
        self.data = data
        self.pos = pos
        self.end = len(data) if end is None else end

    def _missing(self) -> NoReturn:
        raise Malformed(UNEXPECTED_END, self.end)

    def byte(self) -> int:
        """Return one byte."""
        pos = self.pos
        if pos >= self.end:
            self._missing()
        self.pos = pos + 1
        return self.data[pos]

    def peek(self) -> int:
        """Return the next byte without moving, -1 at the end."""
        return self.data[self.pos] if self.pos < self.end else -1

    def take(self, size: int) -> bytes:
        """Return size bytes."""
        start = self.pos
        self.skip(size)
        return self.data[start : self.pos]

    def skip(self, size: int) -> None:
        """Move over size bytes."""
        if not 0 <= size <= self.end - self.pos:
            self._missing()
        self.pos += size

    def little_endian(self, size: int) -> int:
        """Return size bytes as an unsigned integer, lowest byte first."""
        return int.from_bytes(self.take(size), "little")

    def unsigned(self, bits: int) -> int:
        """Return an unsigned LEB128 integer below 2**bits."""
        data, pos, end = self.data, self.pos, self.end
        value = shift = 0
        while True:
            left = bits - shift
            if left <= 0:
                raise Malformed("integer representation too long", pos)
            if pos >= end:
                self._missing()
            byte = data[pos]
            if left < _DIGIT and byte & 0x7F >= 1 << left:
                raise Malformed("integer too large", pos)
            pos += 1
            if byte < _MORE:
                self.pos = pos
                return value | byte << shift
            value |= (byte & 0x7F) << shift
            shift += _DIGIT

    def signed(self, bits: int) -> int:
        """Return a signed LEB128 integer of ``bits`` bits."""
        data, pos, end = self.data, self.pos, self.end
        value = shift = 0
        while True:
            left = bits - shift
            if left <= 0:
                raise Malformed("integer representation too long", pos)
            if pos >= end:
                self._missing()
            byte = data[pos]
            if left < _DIGIT and byte & (sign := (-1 << (left - 1)) & 0x7F) not in (0, sign):
                raise Malformed("integer too large", pos)
            pos += 1
            value |= (byte & 0x7F) << shift
            shift += _DIGIT
            if byte < _MORE:
                self.pos = pos
                return value - (1 << shift) if byte & 0x40 else value

    def u32(self) -> int:
        """Return an unsigned 32-bit integer."""
        data, pos = self.data, self.pos
        if pos < self.end and (byte := data[pos]) < _MORE:
            self.pos = pos + 1
            return byte
        return self.unsigned(32)

    def u64(self) -> int:
        """Return an unsigned 64-bit integer."""
        return self.unsigned(64)

    def s32(self) -> int:
        """Return a signed 32-bit integer."""
        return self.signed(32)

    def s33(self) -> int:
        """Return a signed 33-bit integer."""
        return self.signed(33)

    def s64(self) -> int:
        """Return a signed 64-bit integer."""
        return self.signed(64)

    def length(self) -> int:
        """Return a count or size, at most the number of bytes left.

        Raises Malformed (``length out of bounds``) for more.

        As every counted thing takes a byte at least, nothing is allocated for an absurd count.
        """
        start = self.pos
        size = self.u32()
        if size > self.end - start:
            raise Malformed("length out of bounds", start)
        return size

    def name(self) -> str:
        """Return a name: a length and as many bytes of UTF-8."""
        start = self.pos
        raw = self.take(self.length())
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise Malformed("malformed UTF-8 encoding", start) from None
