"""Recordings whose checksums are right, and whose values are not."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, cast

from wasmlab.debug.recorded_session import recorded_session
from wasmlab.engine.recording.file.encoding import decode, encode
from wasmlab.engine.recording.file.parts import PartReader, PartWriter, pack, unpack
from wasmlab.engine.recording.file.reader import recording_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.session import Session

Path = tuple[int, ...]
PACKED = frozenset((b"MODU", b"CALL", b"SNAP"))
_LIMIT = 1 << 30


def opened(content: bytes, engine: str = "auto") -> Session:
    """Return a session over a file's content. Raises BadRecording."""
    return recorded_session(recording_in(BytesIO(content), len(content)), engine)


def values(content: bytes) -> list[tuple[bytes, object]]:
    """Return kind and value of every part."""
    return [
        (kind, decode(unpack(raw, _LIMIT) if kind in PACKED else raw))
        for kind, raw, _ in PartReader(BytesIO(content), len(content))
    ]


def value_of(content: bytes, part: bytes, number: int) -> object:
    """Return the value of the n-th part of a kind, counted from 0."""
    return [value for kind, value in values(content) if kind == part][number]


def rewritten(content: bytes, change: Callable[[bytes, object], object]) -> bytes:
    """Return a file with the value of every part changed, and new checksums."""
    out = BytesIO()
    writer = PartWriter(out)
    for kind, value in values(content):
        data = encode(change(kind, value))
        writer.put(kind, pack(data) if kind in PACKED else data)
    return out.getvalue()


def with_value(content: bytes, part: bytes, number: int, path: Path, new: object) -> bytes:
    """Return a file with something else at a path in the n-th part of a kind, counted from 0."""
    seen = iter(range(1 << 30))

    def change(kind: bytes, value: object) -> object:
        return put(value, path, new) if kind == part and next(seen) == number else value

    return rewritten(content, change)


def at(value: object, path: Path) -> object:
    """Return what is at a path."""
    for i in path:
        value = cast("tuple[object, ...]", value)[i]
    return value


def put(value: object, path: Path, new: object) -> object:
    """Return a value with something else at a path."""
    if not path:
        return new
    items = list(cast("tuple[object, ...]", value))
    items[path[0]] = put(items[path[0]], path[1:], new)
    return tuple(items)


def leaves(value: object, path: Path = ()) -> list[Path]:
    """Return where numbers, texts and bytes are in a value."""
    if not isinstance(value, tuple) or not value:
        return [path]
    items = cast("tuple[object, ...]", value)
    return [p for i, item in enumerate(items) for p in leaves(item, (*path, i))]


def slot(value: int) -> bytes:
    """Return a slot of a stack, a table or the heap."""
    return value.to_bytes(8, "little")
