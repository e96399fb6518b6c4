"""The loop over a store's arenas: records of what it may touch, cells of bodies, runs."""

from __future__ import annotations

import ctypes
from array import array
from typing import TYPE_CHECKING, cast

from wasmlab.exec.probe import Site, callee
from wasmlab.native.encode import Cells, encode
from wasmlab.native.hooks import Arenas, Hooks, begin_trace, end_trace
from wasmlab.native.layout import (
    CELL_SHIFT,
    FRAME_SHIFT,
    FUNC_RECORD,
    FUNC_SHIFT,
    WORD,
    FuncWord,
    MemoryWord,
    Reason,
    StateWord,
    TableWord,
)
from wasmlab.native.loop import load_loop
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC

if TYPE_CHECKING:
    from wasmlab.exec.code import Code
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.observer import Observer
    from wasmlab.runtime.store import FuncInst, GlobalInst, Store
    from wasmlab.runtime.table import Table
    from wasmlab.syntax.types import DefType

_WORDS_IN_FUNC = FUNC_RECORD // WORD
_WORDS_IN_CELL = 1 << CELL_SHIFT >> 3
_FIRST_FUNCS = 1024


def address_of(buffer: object) -> int:
    """Return where a writable buffer is; it must neither move nor go away."""
    return ctypes.addressof(ctypes.c_char.from_buffer(cast("bytearray", buffer)))


class NativeMachine:
    """What the loop knows of a store. One thread at a time, as for the store itself."""

    def __init__(self, store: Store) -> None:
        self.store = store
        loop = load_loop()
        self._run, self._handlers = loop.run, loop.handlers
        self._leave = self._handlers["leave"]
        self._state = array("Q", bytes(WORD * len(StateWord)))
        self._state_address = self._state.buffer_info()[0]
        agent = store.agent
        self._stack, self._frames = address_of(agent.stack), address_of(agent.frames)
        self._globals = address_of(store.global_slots)
        self._funcs = array("Q")
        self._cells: dict[int, Cells] = {}
        self._type_numbers: dict[int, tuple[int, DefType]] = {}
        self._memories: dict[int, _MemoryRecord] = {}
        self._tables: dict[int, _TableRecord] = {}
        self._no_memory = array("Q", bytes(WORD * len(MemoryWord)))
        self._hooks: dict[int, Hooks] = {}
        self._arenas = Arenas(self._stack, self._frames, self._globals)
        self._observer: Observer | None = None
        limits = agent.limits
        self._state[StateWord.STACK] = self._stack
        self._state[StateWord.STACK_END] = self._stack + WORD * limits.slots
        self._state[StateWord.FRAMES_END] = self._frames + (limits.frames << FRAME_SHIFT)

    def must_leave(self, limit: int) -> bool:
        """Run until tick == limit, a probe, or an instruction that the reference must execute.

        Returns whether it is the last of these. The innermost frame is one of a module's
        function, and tick < limit. The state is exact afterwards. A probe at the first
        instruction stops at once.
        """
        store, state, agent = self.store, self._state, self.store.agent
        if store.observer is not self._observer:
            self._observe(store.observer)
        word = (agent.depth - 1) * FRAME_WORDS
        addr, pc = agent.frames[word + FUNC], agent.frames[word + PC]
        cells = self._cells_of(addr)
        if cells.words[pc * _WORDS_IN_CELL] == self._leave:
            return True
        self._refresh()
        state[StateWord.PC] = cells.base + (pc << CELL_SHIFT)
        state[StateWord.FP] = self._stack + WORD * agent.frames[word + FP]
        memory = self._funcs[addr * _WORDS_IN_FUNC + FuncWord.MEMORY]
        words = ctypes.c_uint64 * len(MemoryWord)
        data, size, dirty, _ = words.from_address(memory)
        state[StateWord.MEM], state[StateWord.SIZE], state[StateWord.DIRTY] = data, size, dirty
        state[StateWord.FUEL] = limit - store.tick
        state[StateWord.FRAME] = self._frames + word * WORD
        state[StateWord.FIRST_FRAME] = self._frames + (agent.base << FRAME_SHIFT)
        begin_trace(self._observer, state)
        self._run(self._state_address)
        store.tick = limit - state[StateWord.FUEL]
        number = (state[StateWord.FRAME] - self._frames) >> FRAME_SHIFT
        agent.depth = number + 1
        word = number * FRAME_WORDS
        addr = agent.frames[word + FUNC]
        pc = (state[StateWord.PC] - self._cells[addr].base) >> CELL_SHIFT
        agent.frames[word + PC] = pc
        if self._observer is not None:
            end_trace(self._observer, state, self._hooks[addr], pc)
        return state[StateWord.REASON] == Reason.LEAVE

    # ---- functions ----
    def unbound_callee(self) -> FuncInst | None:
        """Return the function that the next instruction calls, if that has no cells yet.

        None for host functions, and for calls that trap.
        """
        agent = self.store.agent
        word = (agent.depth - 1) * FRAME_WORDS
        code = cast("Code", self.store.funcs[agent.frames[word + FUNC]].code)
        func = callee(Site(self.store, code, agent.frames[word + PC], agent.frames[word + FP]))
        return None if func is None or func.host is not None or func.addr in self._cells else func

    def prepare(self, func: FuncInst) -> None:
        """Make the cells of a bound function, so that the loop can enter it."""
        self._cells_of(func.addr)

    def _cells_of(self, addr: int) -> Cells:
        if len(self.store.funcs) * _WORDS_IN_FUNC > len(self._funcs):
            self._make_room()
        cells = self._cells.get(addr)
        if cells is None:
            code = cast("Code", self.store.funcs[addr].code)
            cells = self._cells[addr] = encode(code, self, self._handlers)
            self._describe(addr, code, cells)
            self._add_hooks(code, cells)
        return cells

    def _make_room(self) -> None:
        """Move the records of functions; all cells point to them, so these go."""
        room = max(_FIRST_FUNCS, 2 * len(self.store.funcs))
        self._funcs = array("Q", bytes(FUNC_RECORD * room))
        self._state[StateWord.FUNCS] = self._funcs.buffer_info()[0]
        self._collect()
        for addr in self._cells:
            cast("Code", self.store.funcs[addr].code).watchers.clear()
        self._cells.clear()
        self._hooks.clear()

    def _describe(self, addr: int, code: Code, cells: Cells) -> None:
        """Write a function's record."""
        mems = code.instance.mems
        memory = self.memory(mems[0]) if mems else self._no_memory.buffer_info()[0]
        record = {
            FuncWord.CODE: cells.base,
            FuncWord.TYPE: self.type_number(code.func.type),
            FuncWord.PARAM_BYTES: WORD * code.param_slots,
            FuncWord.LOCAL_BYTES: WORD * code.local_slots,
            FuncWord.FRAME_BYTES: WORD * code.frame_slots,
            FuncWord.MEMORY: memory,
            FuncWord.ADDR: addr,
        }
        for word, value in record.items():
            self._funcs[addr * _WORDS_IN_FUNC + word] = value

    def _add_hooks(self, code: Code, cells: Cells) -> None:
        """Follow what is to be patched into the cells of a function."""

        def moved(base: int) -> None:
            self._funcs[code.addr * _WORDS_IN_FUNC + FuncWord.HOOKS] = base

        hooks = self._hooks[code.addr] = Hooks(code, cells, self._handlers, self._arenas, moved)
        code.watchers.append(hooks.watch)
        for pc in code.probes:
            hooks.watch(pc, True)  # noqa: FBT003 - there is one
        if self._observer is not None:
            hooks.observe(self._observer)

    def _observe(self, observer: Observer | None) -> None:
        """Note from now on for another observer what is executed."""
        if self._observer is not None:
            self._observer.sources.remove(self._collect)
        self._observer = observer
        for hooks in self._hooks.values():
            hooks.observe(observer)
        if observer is not None:
            observer.sources.append(self._collect)

    def _collect(self) -> None:
        for hooks in self._hooks.values():
            hooks.collect()

    # ---- records ----
    def func(self, addr: int) -> int:
        """Return the address of a function's record."""
        return self._state[StateWord.FUNCS] + (addr << FUNC_SHIFT)

    def memory(self, memory: Memory) -> int:
        """Return the address of a memory's record."""
        record = self._memories.get(id(memory))
        if record is None:
            record = self._memories[id(memory)] = _MemoryRecord(memory)
        return record.words.buffer_info()[0]

    def table(self, table: Table) -> int:
        """Return the address of a table's record."""
        record = self._tables.get(id(table))
        if record is None:
            record = self._tables[id(table)] = _TableRecord(table)
        return record.words.buffer_info()[0]

    def variable(self, variable: GlobalInst) -> int:
        """Return the address of a global's first slot."""
        return self._globals + WORD * variable.slot

    def type_number(self, deftype: DefType) -> int:
        """Return the number of a type; types are interned."""
        number, _ = self._type_numbers.setdefault(
            id(deftype), (len(self._type_numbers) + 1, deftype)
        )
        return number

    def _refresh(self) -> None:
        for record in self._memories.values():
            record.refresh()
        for record in self._tables.values():
            record.refresh()


class _MemoryRecord:
    """A memory's words, and what they were made from."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.words = array("Q", bytes(WORD * len(MemoryWord)))
        self.words[MemoryWord.PAGE_BYTES] = memory.type.page_size
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


class _TableRecord:
    """A table's words."""

    def __init__(self, table: Table) -> None:
        self.table = table
        cells = address_of(table.cells)
        self.words = array("Q", (cells, table.size, address_of(table.dirty)))

    def refresh(self) -> None:
        """Follow a table that grew."""
        self.words[TableWord.SIZE] = self.table.size
