"""Relocation of encoded bodies as LLVM IR: offsets and symbols become addresses."""

from __future__ import annotations

from wasmlab.native.encode.encoder import HANDLER_BITS, NEXT_RELOCATION_SHIFT, RELOCATION_SHIFT
from wasmlab.native.layout import CELL, NEXT, C, Relocation

RELOCATE = "relocate"
HANDLERS = "handlers"
"""The name of the table of all handlers: for each its distance from the table, in 32 bits."""
_RELOCATIONS = 3
_NUMBERS = (1 << HANDLER_BITS) - 1

_IR = f"""
define internal i64 @relocated(i64 %word, i64 %relocation, i64 %cells, i64 %pool, ptr %symbols) {{
  switch i64 %relocation, label %none [ i64 {Relocation.CELL:d}, label %cell
                                        i64 {Relocation.POOL:d}, label %pooled
                                        i64 {Relocation.SYMBOL:d}, label %symbol ]
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

define internal i64 @handler(i64 %number) {{
  %at = getelementptr [HANDLERS x i32], ptr @{HANDLERS}, i64 0, i64 %number
  %distance = load i32, ptr %at
  %wide = sext i32 %distance to i64
  %handler = getelementptr i8, ptr @{HANDLERS}, i64 %wide
  %address = ptrtoint ptr %handler to i64
  ret i64 %address
}}

define void @{RELOCATE}(i64 %cells, i64 %count, i64 %pool, i64 %words,
                     ptr %relocations, ptr %symbols, ptr %alone, ptr %joined) {{
  br label %next_cell
next_cell:
  %i = phi i64 [ 0, %0 ], [ %i.next, %cell ]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %cell, label %next_word
cell:
  %at = mul i64 %i, {CELL}
  %address = add i64 %cells, %at
  %first = inttoptr i64 %address to ptr
  %packed = load i64, ptr %first
  %number = and i64 %packed, {_NUMBERS}
  %joined.handler = call i64 @handler(i64 %number)
  store i64 %joined.handler, ptr %first
  %joined.to = getelementptr i64, ptr %joined, i64 %i
  store i64 %joined.handler, ptr %joined.to
  %alone.bits = lshr i64 %packed, {HANDLER_BITS}
  %alone.number = and i64 %alone.bits, {_NUMBERS}
  %alone.handler = call i64 @handler(i64 %alone.number)
  %alone.to = getelementptr i64, ptr %alone, i64 %i
  store i64 %alone.handler, ptr %alone.to
  %c.bits = lshr i64 %packed, {RELOCATION_SHIFT}
  %c.relocation = and i64 %c.bits, {_RELOCATIONS}
  %c.at = getelementptr i8, ptr %first, i64 {C}
  %c = load i64, ptr %c.at
  %c.relocated = call i64 @relocated(i64 %c, i64 %c.relocation, i64 %cells, i64 %pool, ptr %symbols)
  store i64 %c.relocated, ptr %c.at
  %next.relocation = lshr i64 %packed, {NEXT_RELOCATION_SHIFT}
  %next.at = getelementptr i8, ptr %first, i64 {NEXT}
  %next = load i64, ptr %next.at
  %next.relocated = call i64 @relocated(i64 %next, i64 %next.relocation, i64 %cells, i64 %pool,
                                    ptr %symbols)
  store i64 %next.relocated, ptr %next.at
  %i.next = add i64 %i, 1
  br label %next_cell
next_word:
  %k = phi i64 [ 0, %next_cell ], [ %k.next, %word ]
  %k.more = icmp ult i64 %k, %words
  br i1 %k.more, label %word, label %done
word:
  %relocation.at = getelementptr i8, ptr %relocations, i64 %k
  %relocation.byte = load i8, ptr %relocation.at
  %relocation = zext i8 %relocation.byte to i64
  %offset = shl i64 %k, 3
  %word.address = add i64 %pool, %offset
  %word.at = inttoptr i64 %word.address to ptr
  %value = load i64, ptr %word.at
  %relocated.value = call i64 @relocated(i64 %value, i64 %relocation, i64 %cells, i64 %pool,
                                     ptr %symbols)
  store i64 %relocated.value, ptr %word.at
  %k.next = add i64 %k, 1
  br label %next_word
done:
  ret void
}}
"""


def relocate_ir(count: int) -> str:
    """Return the function as LLVM IR; count is that of the handlers in their table."""
    return _IR.replace("HANDLERS", str(count))
