"""The loop over a store's arenas: rows of what it may touch, cells of bodies, runs."""

from __future__ import annotations

import ctypes
from array import array

from wasmlab.exec.host_step import call_host_from
from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.cache.body_cache import StoreBodies
from wasmlab.native.callee import RETURNS, CallSite, finders
from wasmlab.native.hooks import Arenas, Hooks, begin_trace, end_trace
from wasmlab.native.layout import (
    CELL_SHIFT,
    FRAME_SHIFT,
    FUNC_ROW,
    FUNC_SHIFT,
    WORD,
    WORDS_IN_CELL,
    FuncWord,
    MemoryWord,
    Reason,
    StateWord,
    Symbol,
    SymbolKind,
)
from wasmlab.native.loop import load_loop
from wasmlab.native.relocate import Cells, relocate
from wasmlab.native.store_rows import StoreRows, address_of
from wasmlab.runtime.frame import FP, FRAME_WORDS, FUNC, PC

if TYPE_CHECKING:
    from wasmlab.native.encode.encoder import EncodedBody
    from wasmlab.runtime.frame import FrameLayout
    from wasmlab.runtime.observer import Observer
    from wasmlab.runtime.store import Code, FuncInst, ModuleInst, Store

_WORDS_IN_FUNC = FUNC_ROW // WORD
_FIRST_FUNCS = 1024
_PATCHED_AT_ONCE = 1000
"""Cells between two looks at whether to go on: some milliseconds."""
_MOST_LOCALS = 1024
"""Slots of locals of a function that the loop calls. Clearing more would delay a pause: the
reference enters such functions."""


class NativeMachine:
    """What the loop knows of a store. One thread at a time, as for the store itself."""

    def __init__(self, store: Store, bodies: StoreBodies | None = None) -> None:
        self.store = store
        self._loop = loop = load_loop()
        self._run, self._handlers = loop.run, loop.handlers
        self._leave = self._handlers["leave"]
        self._state = array("Q", bytes(WORD * len(StateWord)))
        self._state_address = self._state.buffer_info()[0]
        agent = store.agent
        self._stack, self._frames = address_of(agent.stack), address_of(agent.frames)
        self._globals = address_of(store.global_slots)
        self._funcs = array("Q")
        self._typed = 0
        """Number of functions, from address 0, whose rows have their types."""
        self._cells: dict[int, Cells] = {}
        self._rows = StoreRows(store, self._state)
        self._finders = finders(self._handlers)
        self._executable = {self._handlers["call_direct"]: self._call_host} | {
            self._handlers[name]: self._end_invocation for name in RETURNS
        }
        self._bodies = bodies or StoreBodies()
        self._hooks: dict[int, Hooks] = {}
        self._stale: dict[int, Hooks] = {}
        """Those whose probes have changed since the cells were patched."""
        self._arenas = Arenas(self._stack, self._frames, self._globals)
        self._observer: Observer | None = None
        for word, name in ((StateWord.COPY, "memmove"), (StateWord.FILL, "memset")):
            # What ctypes calls, although its stubs know them as plain functions.
            self._state[word] = ctypes.cast(vars(ctypes)[name], ctypes.c_void_p).value or 0
        limits = agent.limits
        self._state[StateWord.STACK] = self._stack
        self._state[StateWord.STACK_END] = self._stack + WORD * limits.slots
        self._state[StateWord.FRAMES_END] = self._frames + (limits.frames << FRAME_SHIFT)

    def must_leave(self, limit: int) -> bool:
        """Run until tick == limit, a probe, or an instruction that the reference must execute.

        Returns whether it is the last of these. The innermost frame is one of a module's
        function, and tick < limit. The state is exact afterwards. A probe at the first
        instruction stops at once. Raises what ``Store.poll`` does while cells are patched.
        """
        store, state, agent = self.store, self._state, self.store.agent
        if store.observer is not self._observer:
            self._observe(store.observer)
        word = (agent.depth - 1) * FRAME_WORDS
        addr, pc = agent.frames[word + FUNC], agent.frames[word + PC]
        cells = self._cells_of(addr)
        if self._stale:
            self._catch_up()
        if cells.words[pc * WORDS_IN_CELL] == self._leave:
            return True
        self._rows.refresh()
        state[StateWord.MOVED] = 0
        state[StateWord.PC] = cells.base + (pc << CELL_SHIFT)
        state[StateWord.FP] = self._stack + WORD * agent.frames[word + FP]
        memory = self._funcs[addr * _WORDS_IN_FUNC + FuncWord.MEMORY]
        words = ctypes.c_uint64 * len(MemoryWord)
        data, size, dirty, *_ = words.from_address(memory)
        state[StateWord.MEM], state[StateWord.SIZE], state[StateWord.DIRTY] = data, size, dirty
        state[StateWord.FUEL] = limit - store.tick
        state[StateWord.FRAME] = self._frames + word * WORD
        state[StateWord.FIRST_FRAME] = self._frames + (agent.base << FRAME_SHIFT)
        begin_trace(self._observer, state)
        self._run(self._state_address)
        self._rows.write_back()
        store.tick = limit - state[StateWord.FUEL] - state[StateWord.MOVED]
        store.moved += state[StateWord.MOVED]
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

        None for functions of the host, and for calls that trap.
        """
        site = self._site()
        find = self._finders.get(site.cells.alone[site.pc])
        found = None if find is None else find(site)
        if found is None or found in self._cells or self.store.funcs[found].host is not None:
            return None
        return self.store.funcs[found]

    def executed(self) -> bool:
        """Execute the next instruction if no decoded body is needed for it; return whether it was.

        Such are direct calls of host functions, and the return that ends the invocation. Nothing
        observes the store. Raises what ``exec.host_step.call_host_from`` does.
        """
        site = self._site()
        execute = self._executable.get(site.cells.alone[site.pc])
        return execute is not None and execute(site)

    def _call_host(self, site: CallSite) -> bool:
        agent, callee = self.store.agent, self.store.funcs[site.direct_callee]
        if callee.host is None:
            return False
        number = agent.depth - 1
        at = agent.record(number, FP) + site.first_slot
        if call_host_from(self._code_of(number), callee, at):
            agent.frames[number * FRAME_WORDS + PC] = site.after
        return True

    def _end_invocation(self, site: CallSite) -> bool:
        agent, number = self.store.agent, self.store.agent.depth - 1
        if number > agent.base:
            return False
        count, fp = self._code_of(number).result_slots, agent.record(number, FP)
        source = fp + site.first_slot
        agent.stack[fp : fp + count] = agent.stack[source : source + count]
        agent.depth = number
        self.store.tick += 1
        return True

    def _code_of(self, number: int) -> Code:
        """Return the body of the frame with a number."""
        return self.store.funcs[self.store.agent.record(number, FUNC)].bound_code

    def _site(self) -> CallSite:
        """Return the next instruction's cell."""
        agent, number = self.store.agent, self.store.agent.depth - 1
        addr, pc, slot = (agent.record(number, word) for word in (FUNC, PC, FP))
        fp, funcs = self._stack + WORD * slot, self._state[StateWord.FUNCS]
        return CallSite(self._cells[addr], pc, fp, funcs)

    def learn(self, func: FuncInst) -> FrameLayout | None:
        """Encode a bound body; return its frame's layout if the body is not needed any more."""
        self._encoded(func.bound_code)
        return self._bodies.layout(func) if self._observer is None else None

    def prepare(self, func: FuncInst) -> None:
        """Make the cells of a bound function, so that the loop can enter it."""
        self._cells_of(func.addr)

    def _cells_of(self, addr: int) -> Cells:
        if len(self.store.funcs) * _WORDS_IN_FUNC > len(self._funcs):
            self._make_room()
        elif len(self.store.funcs) > self._typed:
            self._type_functions()
        cells = self._cells.get(addr)
        if cells is None:
            code = self.store.funcs[addr].bound_code
            cells = self._cells[addr] = self._relocated(code, self._encoded(code))
            self._describe(addr, code, cells)
            self._add_hooks(code, cells)
        return cells

    def _make_room(self) -> None:
        """Move the rows of functions; all cells point to them, so these go."""
        room = max(_FIRST_FUNCS, 2 * len(self.store.funcs))
        self._funcs = array("Q", bytes(FUNC_ROW * room))
        self._state[StateWord.FUNCS] = self._funcs.buffer_info()[0]
        self._collect()
        for addr in self._cells:
            self.store.funcs[addr].bound_code.watchers.clear()
        self._cells.clear()
        self._hooks.clear()
        self._stale.clear()
        self._typed = 0
        self._type_functions()

    def _type_functions(self) -> None:
        """Write the types of functions that are new into their rows."""
        for func in self.store.funcs[self._typed :]:
            at = func.addr * _WORDS_IN_FUNC + FuncWord.TYPE
            self._funcs[at] = self._rows.type_number(func.type)
        self._typed = len(self.store.funcs)

    def _encoded(self, code: Code) -> EncodedBody:
        body = self._bodies.get(code.func)
        if body is not None:
            return body.encoded
        from wasmlab.native.encode.body import encode  # with the whole table of instructions

        encoded = encode(code, self._loop.numbers)
        self._bodies.put(code, encoded)
        return encoded

    def _relocated(self, code: Code, encoded: EncodedBody) -> Cells:
        symbols = array("Q", [self._value(code.instance, symbol) for symbol in encoded.symbols])
        return relocate(encoded, symbols, self._loop.relocate)

    def _value(self, instance: ModuleInst, symbol: Symbol) -> int:
        """Return what a symbol stands for."""
        if symbol.kind is SymbolKind.FUNC:
            func = instance.funcs[symbol.number]
            return self._state[StateWord.FUNCS] + (func.addr << FUNC_SHIFT)
        return self._rows.value(instance, symbol)

    def _describe(self, addr: int, code: Code, cells: Cells) -> None:
        """Write a function's row."""
        row = {
            FuncWord.CODE: cells.base if code.local_slots <= _MOST_LOCALS else 0,
            FuncWord.PARAM_BYTES: WORD * code.param_slots,
            FuncWord.LOCAL_BYTES: WORD * code.local_slots,
            FuncWord.FRAME_BYTES: WORD * code.frame_slots,
            FuncWord.MEMORY: self._rows.first_memory(code.instance),
            FuncWord.ADDR: addr,
        }
        for word, value in row.items():
            self._funcs[addr * _WORDS_IN_FUNC + word] = value

    def _add_hooks(self, code: Code, cells: Cells) -> None:
        """Follow what is to be patched into the cells of a function."""

        def set_base(base: int) -> None:
            self._funcs[code.addr * _WORDS_IN_FUNC + FuncWord.HOOKS] = base

        def note_stale() -> None:
            self._stale[code.addr] = hooks

        hooks = Hooks(code, cells, self._handlers, self._arenas, set_base, note_stale)
        self._hooks[code.addr] = hooks
        code.watchers.append(hooks.watch)
        hooks.watch(code.probes)
        if self._observer is not None:
            hooks.watch_observer(self._observer)

    def _catch_up(self) -> None:
        """Patch cells whose probes have changed; raises what ``Store.poll`` does in between."""
        while self._stale:
            addr, hooks = next(iter(self._stale.items()))
            if hooks.catch_up(_PATCHED_AT_ONCE):
                del self._stale[addr]
            if self.store.poll is not None:
                self.store.poll()

    def _observe(self, observer: Observer | None) -> None:
        """Note from now on for another observer what is executed."""
        if self._observer is not None:
            self._observer.sources.remove(self._collect)
        self._observer = observer
        for hooks in self._hooks.values():
            hooks.watch_observer(observer)
        if observer is not None:
            observer.sources.append(self._collect)

    def _collect(self) -> None:
        for hooks in self._hooks.values():
            hooks.collect()
