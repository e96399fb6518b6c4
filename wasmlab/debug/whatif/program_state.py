"""The whole state of a program at a tick, to be compared with that of another run."""

from __future__ import annotations

from itertools import islice

from wasmlab.counted import counted
from wasmlab.debug.views.instruction import instruction_text
from wasmlab.debug.views.symbols import global_name, local_name
from wasmlab.debug.views.target import Position, location, operand_types, position
from wasmlab.debug.views.values import shown_value
from wasmlab.debug.whatif.memory_content import (
    MemoryContent,
    different_bytes,
    different_ranges,
    memory_content,
)
from wasmlab.escape import escaped, escaped_name
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass
from wasmlab.runtime.frame import FP, FUNC, PC
from wasmlab.runtime.operand import offsets_of, read_operand
from wasmlab.syntax.types import slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.debug.control import Control
    from wasmlab.debug.views.target import Target
    from wasmlab.host.wasi.wasi import WasiSnapshot
    from wasmlab.syntax.types import ValType

_MOST = 16
"""Ranges of one memory, and of the frames, that are told apart at most."""
_SHOWN = 16
"""Bytes of a range that are shown."""


class FrameAt(NamedTuple):
    """A call frame: its function and where it stands in it."""

    func: int
    """Address of the function."""
    pc: int
    fp: int


@dataclass(frozen=True, slots=True)
class StateDifference:
    """Something in which two states differ; an empty text means that there is none."""

    what: str
    """``$n``, ``stack[0]``, ``global $g``, ``memory[0x10:0x15]``, ``stdout``, ``next``."""
    a: str
    b: str

    def __str__(self) -> str:
        """Return ``$n: 3 | 4``."""
        return f"{self.what}: {self.a or '-'} | {self.b or '-'}"


@dataclass(frozen=True, slots=True, eq=False)
class ProgramState:
    """Everything that a program can observe at one tick."""

    target: Target
    tick: int
    frames: tuple[FrameAt, ...]
    """The outermost first."""
    stack: memoryview[int]
    globals: memoryview[int]
    memories: tuple[MemoryContent, ...]
    tables: tuple[bytes, ...]
    heap: bytes
    wasi: WasiSnapshot

    @property
    def next(self) -> str:
        """The next instruction with its place; empty where the program is over."""
        return next_text(self.target, self.frames)

    def position(self, number: int) -> Position | None:
        """Return a frame as a position; None for a host function."""
        return _position(self.target, number, self.frames[number])


def _position(target: Target, number: int, frame: FrameAt) -> Position | None:
    func = target.store.funcs[frame.func]
    return (
        Position(number, func, func.bound_code, frame.pc, frame.fp) if func.host is None else None
    )


def next_text(target: Target, frames: tuple[FrameAt, ...]) -> str:
    """Return the next instruction of the innermost frame with its place; empty without frames."""
    at = _position(target, 0, frames[-1]) if frames else None
    if at is None:
        return ""
    return f"{instruction_text(target, at)}  at {location(target, at.func, at.instr.offset)}"


def frames_now(target: Target, most: int | None = None) -> tuple[FrameAt, ...]:
    """Return the call frames, the outermost first; at most the innermost ``most``."""
    record, depth = target.store.agent.record, target.store.agent.depth
    first = 0 if most is None else max(depth - most, 0)
    return tuple(
        FrameAt(record(n, FUNC), record(n, PC), record(n, FP)) for n in range(first, depth)
    )


def program_state(control: Control) -> ProgramState:
    """Return a copy of the whole state at the current tick, to be compared with another run's."""
    target, taker = control.target, control.recorder.taker
    store = target.store
    at = position(target)
    live = 0 if at is None else at.fp + at.code.local_slots + at.height
    return ProgramState(
        target=target,
        tick=store.tick,
        frames=frames_now(target),
        stack=_copied(store.agent.stack[:live]),
        globals=_copied(store.global_slots[: store.global_count]),
        memories=tuple(map(memory_content, taker.mems, taker.trackers)),
        tables=tuple(t.cells[: t.size].tobytes() for t in taker.tables),
        heap=store.heap.cells[: store.heap.top].tobytes(),
        wasi=target.program.wasi.snapshot(),
    )


def _copied(slots_: memoryview[int]) -> memoryview[int]:
    return memoryview(slots_.tobytes()).cast("Q")


def differences(
    a: ProgramState, b: ProgramState, counterpart: Callable[[FrameAt], FrameAt | None] | None = None
) -> tuple[StateDifference, ...]:
    """Return what differs, control flow first.

    counterpart: for states of two modules, what a frame of ``a`` would be in ``b``'s module; None
    if nothing corresponds to it. References are not compared then.
    """
    found: list[StateDifference] = list(_in_flow(a, b, counterpart or _itself))
    if not found:
        found += islice(_in_frames(a, b), _MOST)
    found += _in_globals(a, b)
    for number, (old, new) in enumerate(zip(a.memories, b.memories, strict=False)):
        found += _in_memory(number, old, new)
    if counterpart is None:
        found += _in_tables(a, b)
        if a.heap != b.heap:
            found.append(
                StateDifference(
                    "heap", f"{counted(len(a.heap), 'byte')}", f"{counted(len(b.heap), 'byte')}"
                )
            )
    return (*found, *_in_host(a.wasi, b.wasi))


def _itself(frame: FrameAt) -> FrameAt:
    return frame


def same_flow(
    a: tuple[FrameAt, ...],
    b: tuple[FrameAt, ...],
    counterpart: Callable[[FrameAt], FrameAt | None] | None = None,
) -> bool:
    """Return whether the same calls are open, each at the same instruction."""
    if counterpart is None:
        return a == b
    return len(a) == len(b) and all(
        (there := counterpart(here)) is not None and there[:2] == other[:2]
        for here, other in zip(a, b, strict=True)
    )


def _in_flow(
    a: ProgramState, b: ProgramState, counterpart: Callable[[FrameAt], FrameAt | None]
) -> Iterator[StateDifference]:
    if same_flow(a.frames, b.frames, counterpart):
        return
    if a.next != b.next:
        yield StateDifference("next", a.next, b.next)
    elif len(a.frames) != len(b.frames):
        yield StateDifference("frames", f"{len(a.frames)} open", f"{len(b.frames)} open")
    else:
        yield StateDifference("next", a.next, f"{b.next}, called from elsewhere")


def _in_frames(a: ProgramState, b: ProgramState) -> Iterator[StateDifference]:
    """Yield locals and operands, the innermost frame first; the frames are the same."""
    if a.stack == b.stack:
        return
    for number in range(len(a.frames) - 1, -1, -1):
        old, new = _named_values(a, number), _named_values(b, number)
        inner = len(a.frames) - 1 - number
        suffix = f" in frame {inner}" if inner else ""
        for name in old | new:
            if old.get(name) != new.get(name):
                yield StateDifference(f"{name}{suffix}", old.get(name, ""), new.get(name, ""))


def _named_values(state: ProgramState, number: int) -> dict[str, str]:
    at = state.position(number)
    if at is None:
        return {}
    module, types = at.code.instance.module, at.code.typed.locals
    names = [local_name(module, at.func.index, index) for index in range(len(types))]
    names = [name if name.startswith("$") else f"local {name}" for name in names]
    values = dict(zip(names, _values(state, at.fp, types), strict=True))
    operands = operand_types(state.target, at)
    if number < len(state.frames) - 1:
        operands = operands[: len(operands) - len(at.code.signature(at.pc)[0])]
    found = list(_values(state, at.fp + at.code.local_slots, operands))
    return values | {f"stack[{n}]": text for n, text in enumerate(reversed(found))}


def _values(state: ProgramState, base: int, types: tuple[ValType, ...]) -> Iterator[str]:
    store = state.target.store
    for offset, t in zip(offsets_of(types), types, strict=True):
        yield shown_value(store, t, read_operand(state.stack, base + offset, t)).text


def _in_globals(a: ProgramState, b: ProgramState) -> Iterator[StateDifference]:
    if a.globals == b.globals:
        return
    of_b = dict(_named_globals(b))
    for name, text in _named_globals(a):
        if of_b.get(name, text) != text:
            yield StateDifference(name, text, of_b[name])


def _named_globals(state: ProgramState) -> Iterator[tuple[str, str]]:
    several = len(state.target.store.instances) > 1
    for instance in state.target.store.instances:
        for index, variable in enumerate(instance.globals):
            if variable.slot + slots(variable.type.value) > len(state.globals):
                continue
            bits = read_operand(state.globals, variable.slot, variable.type.value)
            text = shown_value(state.target.store, variable.type.value, bits).text
            where = f"{escaped_name(instance.name)}:" if several else ""
            yield f"global {where}{global_name(instance.module, index)}", text


def _in_memory(number: int, a: MemoryContent, b: MemoryContent) -> Iterator[StateDifference]:
    name = f"memory {number} " if number else "memory"
    ranges = list(islice(different_bytes(a, b), _MOST + 1))
    for start, end in ranges[:_MOST]:
        shown = slice(start, min(end, start + _SHOWN))
        more = " ..." if end > start + _SHOWN else ""
        yield StateDifference(
            f"{name}[0x{start:x}:0x{end:x}]", a[shown].hex(" ") + more, b[shown].hex(" ") + more
        )
    if len(ranges) > _MOST:
        yield StateDifference(name, f"more after 0x{ranges[_MOST - 1][1]:x}", "likewise")
    if a.size != b.size:
        yield StateDifference(f"{name} size", str(a.size), str(b.size))


def _in_tables(a: ProgramState, b: ProgramState) -> Iterator[StateDifference]:
    for number, (old, new) in enumerate(zip(a.tables, b.tables, strict=True)):
        if old != new:
            at = next((start // 8 for start, _ in different_ranges(old, new)), len(old) // 8)
            sizes = f"{counted(len(old) // 8, 'element')}", f"{counted(len(new) // 8, 'element')}"
            yield StateDifference(f"table {number}[{at}]", *sizes)


def _in_host(a: WasiSnapshot, b: WasiSnapshot) -> Iterator[StateDifference]:
    for stream, name in ((1, "stdout"), (2, "stderr")):
        old, new = printed_bytes(a, stream), printed_bytes(b, stream)
        if old != new:
            at = next((start for start, _ in different_ranges(old, new)), min(len(old), len(new)))
            line = old.rfind(b"\n", 0, at) + 1
            yield StateDifference(name, _quoted(old[line:]), _quoted(new[line:]))
    if a.stdin != b.stdin:
        yield StateDifference(
            "stdin", f"{counted(a.stdin, 'byte')} read", f"{counted(b.stdin, 'byte')} read"
        )
    if a.random != b.random:
        yield StateDifference(
            "random", f"{counted(a.random, 'byte')} taken", f"{counted(b.random, 'byte')} taken"
        )
    if a.clock != b.clock:
        yield StateDifference("clock", str(a.clock), str(b.clock))


def printed_bytes(wasi: WasiSnapshot, stream: int) -> bytes:
    """Return what was printed to a stream up to a state."""
    return b"".join(e.data for e in wasi.output.events.values() if e.stream == stream)


def _quoted(data: bytes) -> str:
    text = data[: 4 * _SHOWN].decode("utf-8", "surrogateescape")
    return f'"{escaped(text)}"{" ..." if len(data) > 4 * _SHOWN else ""}'
