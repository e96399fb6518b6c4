"""What the next instruction reads and writes: bytes of memories, slots of the stack, globals."""

from __future__ import annotations

from wasmlab.debug.views.target import position
from wasmlab.engine.recording.snapshots.pages import read_image
from wasmlab.exec.branch import branch_target
from wasmlab.exec.callee import callee_of
from wasmlab.exec.hostcall import HostCaller
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.operand import offsets_of
from wasmlab.syntax.row import Flow, Imm
from wasmlab.syntax.types import slot_count, slots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sized

    from wasmlab.debug.views.target import Position, Target
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.engine.recording.snapshots.snapshot import ArenaImages
    from wasmlab.runtime.store import Code, FuncInst
    from wasmlab.syntax.instr import Instr

STACK, GLOBALS = "stack", "globals"


class Area(NamedTuple):
    """A range of places that can be read or written: ``end`` is exclusive."""

    space: Memory | str
    """A memory (addresses), STACK or GLOBALS (slots of the arena)."""
    start: int
    end: int

    def overlaps(self, other: Area) -> bool:
        """Return whether the two have a place in common."""
        return self.space is other.space and self.start < other.end and other.start < self.end


def base_slot(at: Position) -> int:
    """Return the slot of the lowest operand that the next instruction takes."""
    return top_slot(at) - slot_count(at.code.signature(at.pc)[0])


def top_slot(at: Position) -> int:
    """Return the slot after the topmost operand."""
    return at.fp + at.code.local_slots + at.height


def local_area(code: Code, fp: int, index: int) -> Area:
    """Return the slots of a local."""
    offset = offsets_of(code.typed.locals)[index]
    return Area(STACK, fp + offset, fp + offset + slots(code.typed.locals[index]))


def global_area(code: Code, index: int) -> Area:
    """Return the slots of a global."""
    variable = code.instance.globals[index]
    return Area(GLOBALS, variable.slot, variable.slot + slots(variable.type.value))


def may_access(code: Code, pc: int, *, reads: bool, writes: bool) -> bool:
    """Return whether an instruction may touch memory, itself or by calling the host."""
    row = code.instrs[pc].row
    if row.is_call:
        return _may_reach_host(code, pc)
    return (writes and row.writes_memory) or (reads and row.reads_memory)


def _may_reach_host(code: Code, pc: int) -> bool:
    instr = code.instrs[pc]
    if instr.row.is_direct_call:
        return code.instance.funcs[instr.idx(0)].host is not None
    return True


def memory_reads(target: Target, at: Position) -> Iterator[Area]:
    """Yield the bytes that the next instruction loads."""
    row = at.instr.row
    stack, base = target.store.agent.stack, base_slot(at)
    if not row.reads_memory:
        return
    if row.bulk is None:
        yield _accessed(target, at)
    else:
        source = at.code.instance.mems[at.instr.idx(1)]
        yield Area(source, stack[base + 1], stack[base + 1] + stack[base + 2])


def memory_writes(target: Target, at: Position) -> Iterator[Area]:
    """Yield the bytes that the next instruction stores, if it does not trap."""
    row = at.instr.row
    stack, base = target.store.agent.stack, base_slot(at)
    if not row.writes_memory:
        return
    if row.bulk is None:
        area = _accessed(target, at)
    else:
        memory = at.code.instance.mems[written_memory(at.instr)]
        area = Area(memory, stack[base], stack[base] + stack[base + 2])
    if isinstance(area.space, Memory) and area.end <= area.space.size:
        yield area


def coming_access(target: Target) -> Area | None:
    """Return the bytes that the next instruction stores, else loads; None if it does neither."""
    at = position(target)
    if at is None:
        return None
    return next(memory_writes(target, at), None) or next(memory_reads(target, at), None)


def memory_growth(target: Target, at: Position) -> Area | None:
    """Return the bytes that the next instruction brings into memory; None if it brings none."""
    if not at.instr.row.grows_memory:
        return None
    memory, delta = at.code.instance.mems[at.instr.idx(0)], target.store.agent.stack[base_slot(at)]
    if not delta or not memory.can_grow(delta):
        return None
    return Area(memory, memory.size, memory.size + delta * memory.type.page_size)


def written_memory(instr: Instr) -> int:
    """Return the index of the memory that a bulk instruction writes."""
    return instr.idx(instr.row.imms.index(Imm.MEMIDX))


def _accessed(target: Target, at: Position) -> Area:
    arg = at.instr.memarg
    ea = target.store.agent.stack[base_slot(at)] + arg.offset
    nbytes = at.instr.row.access.nbytes if at.instr.row.access else 0
    return Area(at.code.instance.mems[arg.mem], ea, ea + nbytes)


def callee(target: Target, at: Position) -> FuncInst | None:
    """Return the function that the next instruction calls; None if it is no call, or will trap."""
    store = target.store
    return callee_of(store, at.code, at.pc, store.agent.stack[top_slot(at) - 1])


def coming_answer(recorder: Recorder) -> HostAnswer | None:
    """Return what the host will do if the next instruction calls it, as far as it is recorded."""
    answer = recorder.timeline.host_log.next
    return answer if answer is not None and answer.call.tick == recorder.tick + 1 else None


def tick_after(recorder: Recorder) -> int:
    """Return the tick after the next instruction, and after what its host function called back."""
    answer = coming_answer(recorder)
    return recorder.tick + 1 + (0 if answer is None else answer.ticks)


def host_areas(
    target: Target, at: Position, touched: Iterable[tuple[int, Sized]]
) -> Iterator[Area]:
    """Yield areas for what a host function that ``at`` calls read or wrote."""
    caller = HostCaller(target.store, at.code.instance)
    for addr, data in touched:
        yield Area(caller.memory.memory, addr, addr + len(data))


def host_writes(
    recorder: Recorder, target: Target, at: Position, answer: HostAnswer, area: Area
) -> bool:
    """Return whether a host function that ``at`` calls next writes to an area.

    If it called back, an area counts as written that is another one afterwards.
    """
    if any(map(area.overlaps, host_areas(target, at, answer.call.writes))):
        return True
    return answer.arenas is not None and _differs(recorder, answer.arenas, area)


def host_grows(recorder: Recorder, answer: HostAnswer, area: Area) -> bool:
    """Return whether a host function grew memory to have an area, by calling back."""
    if answer.arenas is None or not isinstance(area.space, Memory):
        return False
    number = next(n for n, m in enumerate(recorder.taker.mems) if m is area.space)
    return area.space.size < area.end and area.space.size < answer.arenas.sizes[number]


def _differs(recorder: Recorder, arenas: ArenaImages, area: Area) -> bool:
    """Return whether an area is not now as it is in an image."""
    taker = recorder.taker
    if isinstance(area.space, Memory):
        number = next(n for n, m in enumerate(taker.mems) if m is area.space)
        now = bytes(area.space.data[area.start : area.end]).ljust(area.end - area.start, b"\0")
        return read_image(arenas.pages[number], taker.pool, area.start, area.end) != now
    if area.space == GLOBALS:
        slots_now = taker.program.store.global_slots[area.start : area.end]
        return arenas.global_slots[8 * area.start : 8 * area.end] != slots_now.tobytes()
    return False


def slot_writes(target: Target, at: Position) -> Area:
    """Return the slots of the stack that the next instruction writes in its own frame.

    A call of a module's function writes its results when it returns.
    """
    row = at.instr.row
    if row.writes_local:
        return local_area(at.code, at.fp, at.instr.idx(0))
    if row.flow is Flow.BRANCH:
        return branch_operands(target, at)[1]
    base = base_slot(at)
    return Area(STACK, base, base + slot_count(at.code.signature(at.pc)[1]))


def branch_operands(target: Target, at: Position) -> tuple[Area, Area]:
    """Return the operands that a branch takes along, and where it puts them; empty if it does not.

    They are where they were if nothing lies between them and the label.
    """
    top = top_slot(at)
    goal = branch_target(at.code, at.pc, target.store.agent.stack[top - 1])
    if goal is None:
        return Area(STACK, top, top), Area(STACK, top, top)
    condition = at.instr.row.condition
    end = top if condition is None or condition.takes_along else top - 1
    to, n = at.fp + at.code.local_slots + goal.height, slot_count(goal.types)
    if goal.block < 0 or to + n == end:
        return Area(STACK, end, end), Area(STACK, to, to)
    return Area(STACK, end - n, end), Area(STACK, to, to + n)


def may_write_slot(code: Code, pc: int, slot: int) -> bool:
    """Return whether an instruction may write a slot relative to the FP of its frame."""
    instr = code.instrs[pc]
    if instr.row.writes_local:
        area = local_area(code, 0, instr.idx(0))
        return area.start <= slot < area.end
    if instr.row.flow is Flow.BRANCH:
        return slot >= code.local_slots
    params, results = code.signature(pc)
    base = code.local_slots + code.heights[pc] - slot_count(params)
    return base <= slot < base + slot_count(results)
