"""Encoded bodies on disk: a large program starts sooner the second time.

There is one file for each module, named by its bytes and by the sources that made the bodies, so
so that a body that is found is valid. Small modules are not kept.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from typing import TYPE_CHECKING

from wasmlab.cache import read, write
from wasmlab.native.cache.object_cache import digest_of
from wasmlab.native.encode.encoder import EncodedBody
from wasmlab.native.layout import CELL, WORD, Symbol, SymbolKind
from wasmlab.records import NamedTuple
from wasmlab.runtime.frame import FrameLayout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.syntax.module import Module

WORTH_KEEPING = 20_000
"""Instructions that must be new in a run before the file is written again."""
_SUFFIX = ".bodies"
_SOURCES = ("syntax", "isa", "binary", "valid", "runtime", "exec", "native")
_COUNT = struct.Struct("<I")
_HEAD = struct.Struct("<8I")
"""Function index, four numbers of slots, then how many cells, words of the pool and symbols."""
_SYMBOL = struct.Struct("<2I")


def is_worth_keeping(module: Module) -> bool:
    """Return whether a module may have so many instructions."""
    return len(module.data) > WORTH_KEEPING


class Body(NamedTuple):
    """An encoded body, and the frame that it needs."""

    layout: FrameLayout
    encoded: EncodedBody


class BodyCache:
    """The encoded bodies of a module: those that were on disk, and those of this run."""

    def __init__(self, module: Module) -> None:
        self._key = _key(module)
        self._stored: Mapping[int, memoryview] = _entries(read(self._key + _SUFFIX))
        self._new: dict[int, Body] = {}

    def get(self, index: int) -> Body | None:
        """Return the body of a function, None if it is not known."""
        found = self._new.get(index)
        if found is None and index in self._stored:
            return _body(self._stored[index])
        return found

    def put(self, index: int, body: Body) -> None:
        """Keep the body of a function."""
        self._new[index] = body

    def save(self) -> None:
        """Write what is new, if it is worth it; another process' bodies stay."""
        new = sum(len(body.encoded.cells) * WORD // CELL for body in self._new.values())
        if new < WORTH_KEEPING:
            return
        parts = {**self._stored, **_entries(read(self._key + _SUFFIX))}
        parts.update((index, memoryview(_entry(index, body))) for index, body in self._new.items())
        write(self._key + _SUFFIX, b"".join((_COUNT.pack(len(parts)), *parts.values())))
        self._new.clear()


def _key(module: Module) -> str:
    digest = hashlib.sha256(digest_of(_SOURCES))
    digest.update(module.data)
    return digest.hexdigest()


def _entries(content: bytes | None) -> dict[int, memoryview]:
    """Return the entries of a file by function index."""
    if content is None:
        return {}
    view, found, at = memoryview(content), dict[int, memoryview](), _COUNT.size
    for _ in range(_COUNT.unpack_from(view)[0]):
        index, *_, cells, pool, symbols = _HEAD.unpack_from(view, at)
        end = at + _HEAD.size + cells * CELL + pool * (WORD + 1) + symbols * _SYMBOL.size
        found[index] = view[at:end]
        at = end
    return found


def _entry(index: int, body: Body) -> bytes:
    cells, pool, relocations, symbols = body.encoded
    counts = len(cells) * WORD // CELL, len(pool), len(symbols)
    named = (_SYMBOL.pack(kind, number) for kind, number in symbols)
    head = _HEAD.pack(index, *body.layout, *counts)
    return b"".join((head, cells.tobytes(), pool.tobytes(), relocations, *named))


def _body(entry: memoryview) -> Body:
    _, *layout, cells, pool, symbols = _HEAD.unpack_from(entry)
    at = _HEAD.size
    parts: list[memoryview] = []
    for nbytes in (cells * CELL, pool * WORD, pool, symbols * _SYMBOL.size):
        parts.append(entry[at : at + nbytes])
        at += nbytes
    named = tuple(
        [Symbol(SymbolKind(kind), number) for kind, number in _SYMBOL.iter_unpack(parts[3])]
    )
    words = [array("Q", bytes(part)) for part in parts[:2]]
    return Body(FrameLayout(*layout), EncodedBody(words[0], words[1], bytes(parts[2]), named))
