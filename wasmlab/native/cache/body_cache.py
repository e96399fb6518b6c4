"""Encoded bodies on disk: a program that ran before starts without decoding what it ran.

There is one file for each module, named by its bytes and by the sources that made the bodies, so
that a body that is found is valid.
"""

from __future__ import annotations

import struct
import weakref
from array import array

from wasmlab.cache import read, write
from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.encode.encoder import EncodedBody
from wasmlab.native.layout import CELL, WORD, Symbol, SymbolKind
from wasmlab.records import NamedTuple
from wasmlab.runtime.frame import FrameLayout
from wasmlab.sources import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.runtime.store import Code, FuncInst
    from wasmlab.syntax.module import Module

WORTH_KEEPING = 20_000
"""New instructions for which a file is written although it was not asked for."""
_PART = 8
"""Where it was: one of so many must be new, so that a large file is not written for each."""
_SUFFIX = ".bodies"
_SOURCES = ("syntax", "isa", "binary", "valid", "runtime", "exec", "native")
_COUNT = struct.Struct("<I")
_HEAD = struct.Struct("<8I")
"""Function index, four numbers of slots, then how many cells, words of the pool and symbols."""
_SYMBOL = struct.Struct("<2I")


class Body(NamedTuple):
    """An encoded body, and the frame that it needs."""

    layout: FrameLayout
    encoded: EncodedBody


class StoreBodies:
    """The encoded bodies of all modules of a store; what is new is written when it goes away."""

    def __init__(self) -> None:
        self._caches: dict[int, BodyCache] = {}
        """By the module's identity."""
        weakref.finalize(self, _save_large, self._caches)

    def get(self, func: FuncInst) -> Body | None:
        """Return the body of a function, None if it is not known."""
        cache = self._cache(func)
        return None if cache is None else cache.get(func.index)

    def layout(self, func: FuncInst) -> FrameLayout | None:
        """Return the layout of a function's frame if its body is known: then it is valid."""
        cache = self._cache(func)
        return None if cache is None else cache.layout(func.index)

    def put(self, code: Code, encoded: EncodedBody) -> None:
        """Keep the encoded body of a function."""
        cache = self._cache(code.func)
        if cache is not None:
            cache.put(code.func.index, Body(code.layout, encoded))

    def save(self) -> None:
        """Write what is new."""
        for cache in self._caches.values():
            cache.save(max(1, min(cache.stored // _PART, WORTH_KEEPING)))

    def _cache(self, func: FuncInst) -> BodyCache | None:
        if func.instance is None:
            return None
        module = func.instance.module
        cache = self._caches.get(id(module))
        if cache is None:
            cache = self._caches[id(module)] = BodyCache(module)
        return cache


def _save_large(caches: dict[int, BodyCache]) -> None:
    for cache in caches.values():
        cache.save(WORTH_KEEPING)


class BodyCache:
    """The encoded bodies of a module: those that were on disk, and those of this run."""

    def __init__(self, module: Module) -> None:
        self._name = key_of(_SOURCES, module.data) + _SUFFIX
        self._stored: Mapping[int, memoryview] = _entries(read(self._name))
        self._new: dict[int, Body] = {}

    def get(self, index: int) -> Body | None:
        """Return the body of a function, None if it is not known."""
        found = self._new.get(index)
        if found is None and index in self._stored:
            return _body(self._stored[index])
        return found

    def layout(self, index: int) -> FrameLayout | None:
        """Return the layout of a function's frame, None if its body is not known."""
        found = self._new.get(index)
        if found is None and index in self._stored:
            return FrameLayout(*_HEAD.unpack_from(self._stored[index])[1:5])
        return None if found is None else found.layout

    def put(self, index: int, body: Body) -> None:
        """Keep the body of a function."""
        self._new[index] = body

    @property
    def stored(self) -> int:
        """How many instructions were on disk, at most."""
        return sum(map(len, self._stored.values())) // CELL

    def save(self, least: int) -> None:
        """Write what is new if it has so many instructions; another process' bodies stay."""
        if sum(len(body.encoded.cells) * WORD // CELL for body in self._new.values()) < least:
            return
        parts = {**self._stored, **_entries(read(self._name))}
        parts.update((index, memoryview(_entry(index, body))) for index, body in self._new.items())
        write(self._name, b"".join((_COUNT.pack(len(parts)), *parts.values())))
        self._new.clear()


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
