"""Giving an encoded body its place: a native function turns offsets and symbols into addresses."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from wasmlab.native.encode.encoder import HANDLER_BITS, LINK_SHIFT, NEXT_LINK_SHIFT, Template
from wasmlab.native.layout import CELL, NEXT, WORD, C, Link

if TYPE_CHECKING:
    from collections.abc import Callable

PLACE = "place"
HANDLERS = "handlers"
"""The name of the table of all handlers."""
_LINKS = 3
_NUMBERS = (1 << HANDLER_BITS) - 1


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


def placed(template: Template, symbols: array[int], place: Callable[..., None]) -> Cells:
    """Return the cells of a template in which symbols stand for what they are in a store."""
    words, pool = array("Q", template.cells), array("Q", template.pool)
    count = len(words) * WORD // CELL
    alone, joined = (array("Q", bytes(WORD * count)) for _ in range(2))
    links = (array("B", template.links), symbols, alone, joined)
    base = words.buffer_info()[0]
    addresses = [part.buffer_info()[0] for part in links]
    place(base, count, pool.buffer_info()[0], len(pool), *addresses)
    return Cells(words, pool, base, alone, joined)


_IR = f"""
define internal i64 @linked(i64 %word, i64 %link, i64 %cells, i64 %pool, ptr %symbols) {{
  switch i64 %link, label %none [ i64 {Link.CELL:d}, label %cell i64 {Link.POOL:d}, label %pooled
                                  i64 {Link.SYMBOL:d}, label %symbol ]
none:
  ret i64 %word
cell:
  %in_cells = add i64 %word, %cells
  ret i64 %in_cells
pooled:
  %in_pool = add i64 %word, %pool
  ret i64 %in_pool
symbol:
  %at = getelementptr i64, ptr %symbols, i64 %word
  %value = load i64, ptr %at
  ret i64 %value
}}

define void @{PLACE}(i64 %cells, i64 %count, i64 %pool, i64 %words,
                     ptr %links, ptr %symbols, ptr %alone, ptr %joined) {{
  br label %next_cell
next_cell:
  %i = phi i64 [ 0, %0 ], [ %i.behind, %cell ]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %cell, label %next_word
cell:
  %at = mul i64 %i, {CELL}
  %address = add i64 %cells, %at
  %first = inttoptr i64 %address to ptr
  %packed = load i64, ptr %first
  %number = and i64 %packed, {_NUMBERS}
  %joined.from = getelementptr [HANDLERS x ptr], ptr @{HANDLERS}, i64 0, i64 %number
  %joined.handler = load i64, ptr %joined.from
  store i64 %joined.handler, ptr %first
  %joined.to = getelementptr i64, ptr %joined, i64 %i
  store i64 %joined.handler, ptr %joined.to
  %alone.bits = lshr i64 %packed, {HANDLER_BITS}
  %alone.number = and i64 %alone.bits, {_NUMBERS}
  %alone.from = getelementptr [HANDLERS x ptr], ptr @{HANDLERS}, i64 0, i64 %alone.number
  %alone.handler = load i64, ptr %alone.from
  %alone.to = getelementptr i64, ptr %alone, i64 %i
  store i64 %alone.handler, ptr %alone.to
  %c.bits = lshr i64 %packed, {LINK_SHIFT}
  %c.link = and i64 %c.bits, {_LINKS}
  %c.at = getelementptr i8, ptr %first, i64 {C}
  %c = load i64, ptr %c.at
  %c.linked = call i64 @linked(i64 %c, i64 %c.link, i64 %cells, i64 %pool, ptr %symbols)
  store i64 %c.linked, ptr %c.at
  %next.link = lshr i64 %packed, {NEXT_LINK_SHIFT}
  %next.at = getelementptr i8, ptr %first, i64 {NEXT}
  %next = load i64, ptr %next.at
  %next.linked = call i64 @linked(i64 %next, i64 %next.link, i64 %cells, i64 %pool, ptr %symbols)
  store i64 %next.linked, ptr %next.at
  %i.behind = add i64 %i, 1
  br label %next_cell
next_word:
  %k = phi i64 [ 0, %next_cell ], [ %k.behind, %word ]
  %k.more = icmp ult i64 %k, %words
  br i1 %k.more, label %word, label %done
word:
  %link.at = getelementptr i8, ptr %links, i64 %k
  %link.byte = load i8, ptr %link.at
  %link = zext i8 %link.byte to i64
  %offset = shl i64 %k, 3
  %word.address = add i64 %pool, %offset
  %word.at = inttoptr i64 %word.address to ptr
  %value = load i64, ptr %word.at
  %linked.value = call i64 @linked(i64 %value, i64 %link, i64 %cells, i64 %pool, ptr %symbols)
  store i64 %linked.value, ptr %word.at
  %k.behind = add i64 %k, 1
  br label %next_word
done:
  ret void
}}
"""


def place_ir(count: int) -> str:
    """Return the function as LLVM IR; count is that of the handlers in their table."""
    return _IR.replace("HANDLERS", str(count))
