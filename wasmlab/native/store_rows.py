"""Rows: what the loop knows of a store's memories, tables, segments and types.

Each is a few words at an address that stays. ``refresh`` brings them up to date before a run, and
``write_back`` tells the store afterwards what the loop has changed.
"""

from __future__ import annotations

import ctypes
from array import array

from wasmlab.hints import TYPE_CHECKING, Protocol, cast
from wasmlab.native.layout import (
    WORD,
    MemoryWord,
    SegmentWord,
    StateWord,
    Symbol,
    SymbolKind,
    TableWord,
)
from wasmlab.native.type_numbers import TypeNumbers
from wasmlab.syntax.types import EXN, DefType

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import ModuleInst, Store
    from wasmlab.runtime.table import Table


def address_of(buffer: object) -> int:
    """Return where a writable buffer is; it must neither move nor go away."""
    return ctypes.addressof(ctypes.c_char.from_buffer(cast("bytearray", buffer)))


class _Row(Protocol):
    words: array[int]

    def refresh(self) -> None: ...

    def write_back(self) -> None: ...


class StoreRows:
    """The rows of a store, made when they are first asked for."""

    def __init__(self, store: Store, state: array[int]) -> None:
        self._store, self._state = store, state
        self._globals = address_of(store.global_slots)
        self._rows: dict[tuple[int, ...], _Row] = {}
        self._types = TypeNumbers()
        self._shapes = array("Q")
        self._none = array("Q", bytes(WORD * len(MemoryWord)))
        state[StateWord.HEAP] = address_of(store.heap.cells)
        state[StateWord.HEAP_DIRTY] = address_of(store.heap.dirty)
        self._find: dict[SymbolKind, Callable[[ModuleInst, int], int]] = {
            SymbolKind.FUNC_REF: lambda instance, x: instance.func_ref(x),
            SymbolKind.MEMORY: lambda instance, x: self.memory(instance.mems[x]),
            SymbolKind.TABLE: lambda instance, x: self._table(instance.tables[x]),
            SymbolKind.GLOBAL: self._variable,
            SymbolKind.DATA: self._data,
            SymbolKind.ELEM: self._elem,
            SymbolKind.TYPE: lambda instance, x: self._types.number(instance.module.types[x]),
        }

    def value(self, instance: ModuleInst, symbol: Symbol) -> int:
        """Return the address or number that a symbol stands for in an instance."""
        return self._find[symbol.kind](instance, symbol.number)

    def first_memory(self, instance: ModuleInst) -> int:
        """Return the address of the row of an instance's first memory; empty if it has none."""
        return self.memory(instance.mems[0]) if instance.mems else self._none.buffer_info()[0]

    def memory(self, memory: Memory) -> int:
        """Return the address of a memory's row."""
        return self._at((id(memory),), lambda: _MemoryRow(memory, self._store))

    def type_number(self, deftype: DefType) -> int:
        """Return the number of a type; equal types have equal numbers."""
        return self._types.number(deftype)

    def _table(self, table: Table) -> int:
        return self._at((id(table),), lambda: _TableRow(table, self._store))

    def _variable(self, instance: ModuleInst, x: int) -> int:
        return self._globals + WORD * instance.globals[x].slot

    def _data(self, instance: ModuleInst, x: int) -> int:
        return self._at((id(instance), 0, x), lambda: _DataRow(instance, x))

    def _elem(self, instance: ModuleInst, x: int) -> int:
        return self._at((id(instance), 1, x), lambda: _ElemRow(instance, x))

    def _at(self, key: tuple[int, ...], make: Callable[[], _Row]) -> int:
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = make()
        return row.words.buffer_info()[0]

    def refresh(self) -> None:
        """Follow what changed outside the loop."""
        state = self._state
        for row in self._rows.values():
            row.refresh()
        for shape in self._store.heap.shapes[len(self._shapes) :]:
            of = shape.type if isinstance(shape.type, DefType) else EXN
            self._shapes.append(self._types.number(of))
        state[StateWord.SHAPES] = self._shapes.buffer_info()[0]
        state[StateWord.SUPERS] = self._types.supers.buffer_info()[0]
        budget = self._store.budget
        state[StateWord.BUDGET] = budget.used
        state[StateWord.BUDGET_LIMIT] = 0 if budget.sparse else budget.most_used

    def write_back(self) -> None:
        """Tell the store what the loop has changed."""
        for row in self._rows.values():
            row.write_back()
        self._store.budget.used = self._state[StateWord.BUDGET]


class _MemoryRow:
    """A memory's words, and what they were made from."""

    def __init__(self, memory: Memory, store: Store) -> None:
        self.memory = memory
        self.words = array("Q", bytes(WORD * len(MemoryWord)))
        self.words[MemoryWord.PAGE_BYTES] = memory.type.page_size
        self._may_grow = memory.budget is store.budget
        self._most = 0
        self._data: object = None
        self._dirty: object = None
        self.refresh()

    def refresh(self) -> None:
        """Follow a memory that grew or moved."""
        memory, words = self.memory, self.words
        words[MemoryWord.SIZE] = memory.size
        if memory.data is not self._data or memory.dirty is not self._dirty:
            self._data, self._dirty = memory.data, memory.dirty
            words[MemoryWord.DATA] = address_of(memory.data)
            words[MemoryWord.DIRTY] = address_of(memory.dirty)
            most = min(memory.reserved, memory.max_pages * memory.type.page_size)
            self._most = most if self._may_grow else 0
        words[MemoryWord.MOST] = max(self._most, memory.size)

    def write_back(self) -> None:
        """Take over a new size."""
        self.memory.size = self.words[MemoryWord.SIZE]


class _TableRow:
    """A table's words."""

    def __init__(self, table: Table, store: Store) -> None:
        self.table = table
        self._may_grow = table.budget is store.budget
        self.words = array("Q", bytes(WORD * len(TableWord)))
        self._most = 0
        self._cells: object = None
        self.refresh()

    def refresh(self) -> None:
        """Follow a table that grew or moved."""
        table, words = self.table, self.words
        words[TableWord.SIZE] = table.size
        if table.cells is not self._cells:
            self._cells = table.cells
            words[TableWord.CELLS] = address_of(table.cells)
            words[TableWord.DIRTY] = address_of(table.dirty)
            self._most = min(table.max_elements, len(table.cells)) if self._may_grow else 0
        words[TableWord.MOST] = max(self._most, table.size)

    def write_back(self) -> None:
        """Take over a new size."""
        self.table.size = self.words[TableWord.SIZE]


class _DataRow:
    """A data segment's words."""

    def __init__(self, instance: ModuleInst, x: int) -> None:
        self._instance, self._x = instance, x
        self._span = instance.module.initial.datas[x].span
        self._bytes = ctypes.c_char_p(instance.module.data)
        start = ctypes.cast(self._bytes, ctypes.c_void_p).value or 0
        self.words = array("Q", (start + self._span.start, 0, 0))
        self.refresh()

    def refresh(self) -> None:
        """Follow a segment that was dropped, or is back after a step into the past."""
        dropped = self._x in self._instance.dropped_datas
        self.words[SegmentWord.LENGTH] = 0 if dropped else self._span.end - self._span.start
        self.words[SegmentWord.DROPPED] = 0

    def write_back(self) -> None:
        """Drop what was dropped."""
        if self.words[SegmentWord.DROPPED]:
            self._instance.drop_data(self._x)


class _ElemRow:
    """An element segment's words; the references are copied, they do not change."""

    def __init__(self, instance: ModuleInst, x: int) -> None:
        self._instance, self._x = instance, x
        self._refs = array("Q")
        self._made_of: object = None
        self.words = array("Q", bytes(WORD * len(SegmentWord)))
        self.refresh()

    def refresh(self) -> None:
        """Follow likewise."""
        refs = self._instance.elem(self._x)
        if refs is not self._made_of:
            self._made_of, self._refs = refs, array("Q", refs)
        self.words[SegmentWord.START] = self._refs.buffer_info()[0]
        self.words[SegmentWord.LENGTH] = len(self._refs)
        self.words[SegmentWord.DROPPED] = 0

    def write_back(self) -> None:
        """Drop what was dropped."""
        if self.words[SegmentWord.DROPPED]:
            self._instance.drop_elem(self._x)
