"""Relocation of encoded bodies: a native function turns offsets and symbols into addresses."""

from __future__ import annotations

from array import array

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.layout import CELL, WORD
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.native.encode.encoder import EncodedBody


class Cells(NamedTuple):
    """A body that the loop can run; ``words`` must not be resized, ``pool`` is pointed to."""

    words: array[int]
    pool: array[int]
    base: int
    """Address of the cell of pc 0."""
    alone: array[int]
    """For each pc the handler of its instruction."""
    joined: array[int]
    """For each pc the handler in its cell: that, or one of a sequence that begins there."""


def relocate(encoded: EncodedBody, symbols: array[int], run: Callable[..., None]) -> Cells:
    """Return the cells of an encoded body, relocated.

    symbols: for each symbol of the body its address or number in the store; run: the function of
    ``handlers.relocate_ir``, compiled.
    """
    words, pool = array("Q", encoded.cells), array("Q", encoded.pool)
    count = len(words) * WORD // CELL
    alone, joined = (array("Q", bytes(WORD * count)) for _ in range(2))
    relocations = (array("B", encoded.relocations), symbols, alone, joined)
    base = words.buffer_info()[0]
    addresses = [part.buffer_info()[0] for part in relocations]
    run(base, count, pool.buffer_info()[0], len(pool), *addresses)
    return Cells(words, pool, base, alone, joined)
