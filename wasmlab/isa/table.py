"""Table instructions; elements and operands are reference bit patterns."""

from __future__ import annotations

from wasmlab.isa.state import state
from wasmlab.records import replace
from wasmlab.syntax.row import Bulk, Imm, Row

_T = Imm.TABLEIDX

# Columns: opcode, mnemonic, immediates, Python semantics, doc.
# fmt: off
ROWS: tuple[Row, ...] = (
    state((0x25,), "table.get", (_T,), lambda m, x, i: m.tables[x].get(i), "Pushes the table's element at the index popped; traps outside."),
    state((0x26,), "table.set", (_T,), lambda m, x, i, ref: m.tables[x].set(i, ref), "Pops a reference into the table at the index; traps outside."),
    replace(state((0xFC, 12), "table.init", (Imm.ELEMIDX, _T), lambda m, y, x, d, s, n: m.tables[x].init(d, m.elem(y), s, n), "Copies n references of an element segment into the table."), bulk=Bulk(to=0, source=1, items=2)),
    state((0xFC, 13), "elem.drop", (Imm.ELEMIDX,), lambda m, y: m.drop_elem(y), "Empties the element segment."),
    replace(state((0xFC, 14), "table.copy", (_T, _T), lambda m, x, y, d, s, n: m.tables[x].copy(d, m.tables[y], s, n), "Copies n elements between tables, also where they overlap."), bulk=Bulk(to=0, source=1, items=2)),
    replace(state((0xFC, 15), "table.grow", (_T,), lambda m, x, ref, n: m.tables[x].grow(n, ref), "Grows the table by n elements; pushes the old size or -1."), grows=Imm.TABLEIDX, is_sized=True),
    state((0xFC, 16), "table.size", (_T,), lambda m, x: m.tables[x].size, "Pushes the table's number of elements."),
    replace(state((0xFC, 17), "table.fill", (_T,), lambda m, x, i, ref, n: m.tables[x].fill(i, ref, n), "Sets n elements of the table to the reference."), bulk=Bulk(to=0, items=2)),
)
# fmt: on
