"""The format of an image: a header, the code, then names and where they are, as text."""

from __future__ import annotations

import struct

from wasmlab.records import NamedTuple

_HEADER = struct.Struct("<8sII")
"""Magic, length of the code, offset in it of the table of handlers."""
_MAGIC = b"wlabimg\x01"
EXPORTS = ("run", "relocate", "keep", "put", "supported")
"""What is called in an image."""
_BETWEEN = "\n\n"
_DISTANCE = 4
"""Bytes of an entry in the table of handlers."""


class Image(NamedTuple):
    """Code and constants that run wherever they are put, if that is the start of a page."""

    code: bytes
    exports: dict[str, int]
    """What can be called: offsets in the code by name."""
    table: int
    """Offset of the table of handlers: for each its distance from the table, in 32 bits."""
    handlers: tuple[str, ...]
    """Names of the handlers, in the order of the table."""


def packed(image: Image) -> bytes:
    """Return the bytes of an image's file."""
    exports = "\n".join(f"{name} {offset}" for name, offset in image.exports.items())
    head = _HEADER.pack(_MAGIC, len(image.code), image.table)
    return head + image.code + (exports + _BETWEEN + "\n".join(image.handlers)).encode()


def unpacked(data: bytes) -> Image:
    """Return the image of a file that ``packed`` made. Raises ValueError if it is none."""
    if not data.startswith(_MAGIC) or len(data) < _HEADER.size:
        raise ValueError("no image of this version")
    _, length, table = _HEADER.unpack_from(data)
    code = data[_HEADER.size : _HEADER.size + length]
    exports, _, listed = data[_HEADER.size + length :].decode().partition(_BETWEEN)
    handlers = tuple(listed.split("\n"))
    offsets = dict[str, int]()
    for line in exports.split("\n"):
        name, _, offset = line.partition(" ")
        offsets[name] = int(offset)
    end = table + _DISTANCE * len(handlers)
    if len(code) != length or max(end, *offsets.values()) > length or min(offsets.values()) < 0:
        raise ValueError("parts of the image are not in it")
    return Image(code, offsets, table, handlers)
