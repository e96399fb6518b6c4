"""Where a session stands: everything that it shows, and what changed since the last command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.debug.stops.expression import evaluate, parse
from wasmlab.debug.stops.scope import FrameScope, ModuleScope
from wasmlab.debug.views.files import Files
from wasmlab.debug.views.frames import (
    ROW,
    frame_position,
    frames_view,
    global_values,
    globals_view,
    kept_operands,
    labels_view,
    local_values,
    locals_view,
    memory_view,
    stack_size,
    stack_view,
)
from wasmlab.debug.views.heap import object_view
from wasmlab.debug.views.instruction import instruction_view
from wasmlab.debug.views.model import (
    Frame,
    HeapObject,
    HostCall,
    Instruction,
    Label,
    Location,
    MemoryRow,
    Output,
    StackSlot,
    State,
    Stop,
    StopReason,
    Value,
    Variable,
)
from wasmlab.debug.views.skipped import Crossing, crossed
from wasmlab.debug.views.source import Source, source_of
from wasmlab.debug.views.target import Position, Target, here, position
from wasmlab.engine.embed import MemorySlice
from wasmlab.errors import DebugError
from wasmlab.runtime.store import FuncInst

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.views.frames import Operands
    from wasmlab.debug.views.host_calls import HostLog
    from wasmlab.module import Module
    from wasmlab.runtime.store import ModuleInst


class Standing:
    """What a session shows, for ``Session``."""

    module: Module
    _control: Control
    _target: Target
    _log: HostLog
    _sources: dict[int, Source]
    _before: Before
    _viewed: set[tuple[int, int]]

    @property
    def state(self) -> State:
        """What the program is doing."""
        return self._control.state

    @property
    def stop(self) -> Stop:
        """How the last command ended."""
        return self._control.stop

    @property
    def tick(self) -> int:
        """Instructions completed so far."""
        return self._target.store.tick

    @property
    def location(self) -> Location | None:
        """Where the next instruction is; None if there is none."""
        return here(self._target)

    @property
    def instruction(self) -> Instruction | None:
        """The next instruction, explained; None if there is none."""
        at = position(self._target)
        return None if at is None else instruction_view(self._target, at)

    @property
    def stack(self) -> tuple[StackSlot, ...]:
        """The operands of the innermost frame, top first."""
        return self.stack_rows(0, self.stack_size)

    @property
    def stack_size(self) -> int:
        """How many operands the innermost frame has."""
        return self.stack_size_of(0)

    def stack_size_of(self, frame: int) -> int:
        """Return how many operands a frame has, without the arguments of a call it waits for."""
        at = self._frame(frame)
        return 0 if at is None else stack_size(self._target, at)

    def stack_rows(self, start: int, count: int, frame: int = 0) -> tuple[StackSlot, ...]:
        """Return count operands of a frame, top first, from number start on."""
        at = self._frame(frame)
        if at is None:
            return ()
        before = self._before.operands.get(_frame_key(at))
        return stack_view(self._target, at, before, start, count)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The structured instructions that are open, outermost first."""
        return self.labels_of(0)

    def labels_of(self, frame: int) -> tuple[Label, ...]:
        """Return the structured instructions that are open in a frame, outermost first."""
        at = self._frame(frame)
        return () if at is None else labels_view(self._target, at)

    def _frame(self, number: int) -> Position | None:
        """Return a frame of a module's function; number 0 is the innermost of these."""
        return frame_position(self._target, number) if number else position(self._target)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The call frames, innermost first."""
        return self.frame_rows(0, self.depth)

    @property
    def depth(self) -> int:
        """How many call frames there are."""
        return self._target.store.agent.depth

    def frame_rows(self, start: int, count: int) -> tuple[Frame, ...]:
        """Return count call frames, innermost first, from number start on."""
        return frames_view(self._target, start, count)

    def locals(self, frame: int = 0) -> tuple[Variable, ...]:
        """Return the locals of a frame; none for a host frame."""
        at = frame_position(self._target, frame)
        if at is None:
            return ()
        return locals_view(self._target, at, self._before.locals.get(_frame_key(at)))

    @property
    def globals(self) -> tuple[Variable, ...]:
        """The globals of the instance that is running."""
        instance = self._instance
        return globals_view(self._target, instance, self._before.globals.get(id(instance)))

    def object(self, ref: int, start: int = 0) -> HeapObject:
        """Return the object in the GC heap behind a reference (the bits of a value).

        Of an array the view has up to 256 elements from start on. Raises DebugError if it is no
        reference to an object.
        """
        return object_view(self._target.store, ref, start)

    @property
    def memory_sizes(self) -> tuple[int, ...]:
        """Sizes in bytes of the memories of the instance that is running."""
        return tuple(m.size for m in self._instance.mems)

    @property
    def memory(self) -> MemorySlice:
        """The first memory of the instance that is running; DebugError if it has none."""
        if not self._instance.mems:
            raise DebugError("the module has no memory")
        return MemorySlice(self._instance.mems[0])

    def memory_rows(self, start: int, count: int, memory: int = 0) -> tuple[MemoryRow, ...]:
        """Return count rows of 16 bytes from address start (rounded down) on."""
        if memory >= len(self._instance.mems):
            return ()
        mem = self._instance.mems[memory]
        last = self._log.last
        touched = list[tuple[int, int]]()
        if last is not None and memory == 0 and last.tick == self.tick:
            touched = [(addr, len(data)) for addr, data in (*last.reads, *last.writes)]
        rows = memory_view(mem, start, count, self._before.rows.get(id(mem), {}), touched)
        self._viewed.update((memory, row.address) for row in rows)
        return rows

    def find_bytes(self, data: bytes, start: int = 0, memory: int = 0) -> int | None:
        """Return the address of data at start or behind it in a memory; None if it is not there."""
        if memory >= len(self._instance.mems):
            return None
        mem = self._instance.mems[memory]
        found = mem.data.find(data, start, mem.size)
        return None if found < 0 else found

    @property
    def host_calls(self) -> tuple[HostCall, ...]:
        """Every host call so far, decoded."""
        return self.host_calls_from(0)

    @property
    def host_call_count(self) -> int:
        """How many host calls were made so far."""
        return self._log.count

    def next_host_call(self, tick: int) -> int | None:
        """Return the first tick, from this one on, at which a host call is recorded."""
        return self._log.next_call(tick)

    def host_calls_from(self, first: int) -> tuple[HostCall, ...]:
        """Return the host calls from a number on, decoded; the recording may have lost old ones."""
        return tuple(self._log.shown(first))

    @property
    def output(self) -> tuple[Output, ...]:
        """What the program printed, in order."""
        return self.output_from(0)

    @property
    def output_size(self) -> tuple[int, int]:
        """In how many pieces the program has printed how many bytes."""
        state = self._target.program.wasi.output_state
        return len(state.events), state.size

    def output_from(self, first: int) -> tuple[Output, ...]:
        """Return what the program printed, from the piece of a number on."""
        events = self._target.program.wasi.output_state.events
        pieces = (events.get(number) for number in range(first, len(events)))
        return tuple(Output(p.tick + 1, p.stream, p.data) for p in pieces if p is not None)

    @property
    def files(self) -> Files:
        """What the program changed in the directories that it was given."""
        return Files(self._target.program.wasi)

    @property
    def source(self) -> Source:
        """The text of the module whose function is next."""
        return self.source_of(0)

    def source_of(self, frame: int) -> Source:
        """Return the text of the module that a frame's function is of."""
        at = frame_position(self._target, frame) or position(self._target)
        module = self.module
        if at is not None:
            module = self._target.modules.get(id(at.code.instance.module), module)
        if id(module) not in self._sources:
            self._sources[id(module)] = source_of(module)
        return self._sources[id(module)]

    def evaluate(self, expression: str) -> int | float:
        """Return the value of an expression in the innermost frame; raises BadExpression.

        Where no function is being called it has the program's globals and memory.
        """
        at = position(self._target)
        if at is None:
            return evaluate(parse(expression), ModuleScope(self._target, self._instance))
        return evaluate(parse(expression), FrameScope(self._target, at))

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """Names and signatures of the exported functions."""
        exports = self._target.program.instance.exports
        return tuple((n, str(e.type)) for n, e in exports.items() if isinstance(e, FuncInst))

    @property
    def _instance(self) -> ModuleInst:
        at = position(self._target)
        return self._target.program.instance if at is None else at.code.instance

    @property
    def trail(self) -> tuple[Crossing, ...]:
        """What the last command went past without executing it, if it was one step, or one over."""
        at, before = position(self._target), self._before.at
        if at is None or before is None or self.stop.reason is not StopReason.STEP:
            return ()
        stepped = self.tick == self._before.tick + 1
        over = before.number == at.number and before.code.nexts[before.pc] == at.pc
        return crossed(self._target, before, at) if stepped or over else ()

    def _note(self) -> None:
        """Keep what is shown now, so that the next views can mark what changed."""
        before = Before()
        at = position(self._target)
        before.at, before.tick = at, self.tick
        if at is not None:
            before.operands[_frame_key(at)] = kept_operands(self._target, at)
            before.locals[_frame_key(at)] = local_values(self._target, at)
        instance = self._instance
        before.globals[id(instance)] = global_values(self._target, instance)
        for index, address in self._viewed:
            if index < len(instance.mems) and address < instance.mems[index].size:
                mem = instance.mems[index]
                row = bytes(mem.data[address : min(address + ROW, mem.size)])
                before.rows.setdefault(id(mem), {})[address] = row
        self._viewed.clear()
        self._before = before


class Before:
    """The stop before: where it was, and values by frame, instance and memory."""

    def __init__(self) -> None:
        self.at: Position | None = None
        self.tick = 0
        self.operands: dict[tuple[int, int], Operands] = {}
        self.locals: dict[tuple[int, int], list[Value]] = {}
        self.globals: dict[int, list[Value]] = {}
        self.rows: dict[int, dict[int, bytes]] = {}


def _frame_key(at: Position) -> tuple[int, int]:
    return at.number, at.func.addr
