"""The container of a recording's file: a header, then parts, each with its length and checksum.

::

    header    magic            8 bytes  89 77 6c 61 62 0d 0a 1a
              format           2 bytes  how parts are laid out: FORMAT
              semantics        2 bytes  what ticks and images mean: SEMANTICS
              zero             4 bytes
              checksum        16 bytes  of the 16 bytes above
    part      kind             4 bytes  letters
              length           8 bytes  of the content
              content
              checksum        16 bytes  of kind, length and content, keyed with the checksum before

Numbers are little endian. A checksum is BLAKE2b of 16 bytes; since each is keyed with the one
before, any change, omission, repetition or move of a part is found. A part is written at once and
only at the end of the file, so that a crash costs what was not written yet, and at most one part
that is not whole.

A checksum tells of damage. It cannot tell who wrote the file: what it says is checked again where
it is used.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from hashlib import blake2b

from wasmlab.engine.recording.file.encoding import TooMuch
from wasmlab.engine.recording.file.magic import MAGIC
from wasmlab.errors import BadRecording
from wasmlab.hints import TYPE_CHECKING, BinaryIO
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMAT = 1
SEMANTICS = 2
"""To be raised with every change after which the same module and answers come to another state at
some tick, or after which frames, slots or heap objects are laid out differently."""
_HEADER = struct.Struct("<8sHHI")
_HEAD = struct.Struct("<4sQ")
_SIZE = struct.Struct("<Q")
_DIGEST = 16
HEADER_SIZE = _HEADER.size + _DIGEST
_FAST = 1
"""The zlib level: the fastest, because the program waits meanwhile."""
_PACKED_AT_ONCE = 1 << 20
"""Bytes that are compressed in one go: some milliseconds."""


class FilePart(NamedTuple):
    """A whole part."""

    kind: bytes
    content: bytes
    at: int = 0
    """The byte of the file at which it begins."""

    def __str__(self) -> str:
        """Return ``SNAP at byte 1,234``, for messages."""
        return f"{self.kind.decode('ascii', 'backslashreplace')} at byte {self.at:,}"


class PartWriter:
    """Appends parts to a file that is open for writing; begins it with the header.

    Methods raise OSError, after which the file ends with its last whole part, if it can be cut.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._end = 0
        header = _HEADER.pack(MAGIC, FORMAT, SEMANTICS, 0)
        self._last = _checksum(header, b"")
        self._append(header + self._last)

    def put(self, kind: bytes, content: bytes) -> None:
        """Append a part and flush it to the operating system."""
        head = _HEAD.pack(kind, len(content))
        self._last = _checksum(head + content, self._last)
        self._append(b"".join((head, content, self._last)))

    def _append(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[self._file.write(left) :]
            self._file.flush()
        except OSError:
            with suppress(OSError):
                self._file.truncate(self._end)
            raise
        self._end += len(data)


class PartReader:
    """Reads a file's parts; BadRecording if the header is not that of a recording we know.

    ``damage``, after the last whole part, says what is wrong with the rest of the file; else empty.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size
        self.damage = ""
        self._at = 0
        self._last = _checked_header(self._take(min(HEADER_SIZE, size)))

    def _take(self, size: int) -> bytes:
        data = self._file.read(size)
        self._at += size
        self._left -= size
        return data

    def __iter__(self) -> Iterator[FilePart]:
        """Yield every whole part, up to the first that is not."""
        while self._left:
            start = self._at
            part = self._next()
            if part is None:
                self.damage = f"the file is cut or damaged at byte {start:,}"
                return
            yield part

    def _next(self) -> FilePart | None:
        start = self._at
        if self._left < _HEAD.size + _DIGEST:
            return None
        head = self._take(_HEAD.size)
        kind, length = _HEAD.unpack(head)
        if length > self._left - _DIGEST:
            return None
        content = self._take(length)
        expected = _checksum(head + content, self._last)
        if self._take(_DIGEST) != expected:
            return None
        self._last = expected
        return FilePart(kind, content, start)


def _checked_header(data: bytes) -> bytes:
    """Return the checksum of a header."""
    if data[: len(MAGIC)] != MAGIC:
        raise BadRecording("this is no recording", hint="wasmlab run --record FILE makes one")
    if len(data) < HEADER_SIZE:
        raise BadRecording("the recording is cut in its header")
    _, layout, semantics, zero = _HEADER.unpack(data[: _HEADER.size])
    if layout != FORMAT:
        raise BadRecording(
            f"the recording has format {layout}, this wasmlab reads {FORMAT}",
            hint="open it with the wasmlab that made it",
        )
    if data[_HEADER.size :] != _checksum(data[: _HEADER.size], b"") or zero:
        raise BadRecording("the header of the recording is damaged")
    if semantics != SEMANTICS:
        raise BadRecording(
            f"the recording has semantics version {semantics}, this wasmlab has {SEMANTICS}: "
            "the same steps would lead elsewhere",
            hint="open it with the wasmlab that made it",
        )
    return data[_HEADER.size :]


def _checksum(data: bytes, key: bytes) -> bytes:
    return blake2b(data, key=key, digest_size=_DIGEST).digest()


def pack(data: bytes, look: Callable[[], None] = lambda: None) -> bytes:
    """Return data compressed, with its size in front.

    ``look`` is called now and then; what it raises ends that.
    """
    packer, packed = zlib.compressobj(_FAST), [_SIZE.pack(len(data))]
    for start in range(0, len(data), _PACKED_AT_ONCE):
        look()
        packed.append(packer.compress(data[start : start + _PACKED_AT_ONCE]))
    return b"".join((*packed, packer.flush()))


def unpack(content: bytes, limit: int) -> bytes:
    """Return what was packed; BadRecording if it is not what it says.

    Raises TooMuch if it has more than ``limit`` bytes.
    """
    if len(content) < _SIZE.size:
        raise BadRecording("a part of the recording is too short")
    (size,) = _SIZE.unpack_from(content)
    if size > limit:
        raise TooMuch(f"a part of the recording has {size:,} bytes, at most {limit:,} can be")
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(content[_SIZE.size :], size + 1)
    except zlib.error as error:
        raise BadRecording("a part of the recording cannot be unpacked") from error
    if len(data) != size or not stream.eof or stream.unused_data:
        raise BadRecording("a part of the recording has another size than it says")
    return data
