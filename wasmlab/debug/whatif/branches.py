"""Branches: a change by hand in the past begins a new history; the old one is kept."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.debug.views.model import State, Stop
from wasmlab.debug.views.target import Position, position
from wasmlab.debug.whatif.quoted import QUOTES, quoted_bytes
from wasmlab.engine.recording import recorder
from wasmlab.engine.recording.hosts.rewind import restore_hosts
from wasmlab.engine.recording.recorder import at_end, fork, snapshot_now
from wasmlab.engine.recording.timeline import ManualChange, Timeline
from wasmlab.errors import DebugError, UsageError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.records import dataclass
from wasmlab.runtime.operand import write_operand
from wasmlab.runtime.store import write_global
from wasmlab.syntax.types import EXTERN, I64, RefType, func_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.accesses import Area
    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import Store
    from wasmlab.runtime.values import PyValue
    from wasmlab.syntax.types import ValType

    _Write = Callable[[], None]

STDIN = "stdin"
"""What ``change`` calls the standard input that is not read yet."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One history of the program."""

    number: int
    parent: int | None
    fork: int
    """The tick at which it left its parent."""
    last: int
    changes: tuple[str, ...]
    """What was changed by hand on it, and before on its parents."""
    current: bool
    rewound: bool
    """False if the host did things after the fork that cannot be taken back."""

    def __str__(self) -> str:
        """Return ``2  steps 7 to 40  $n = 3``, with what was not taken back."""
        text = f"{self.number}  steps {self.fork:,} to {self.last:,}  {'; '.join(self.changes)}"
        return text.rstrip() + ("" if self.rewound else "  (host state not rewound)")


def branch(control: Control) -> int:
    """Begin a branch here and return its number; DebugError unless paused.

    >>> session.step(3)
    <Stop step, step 3, $fac @0x33 line 13>
    >>> session.branch()
    2
    >>> [branch.number for branch in session.branches]
    [1, 2]
    """
    from wasmlab.debug.stops.breakpoints import forget_after

    if control.state is not State.PAUSED:
        raise DebugError("a branch begins between two instructions", hint="step back first")
    old, hosts = control.timeline, control.recorder.host.hosts
    new = fork(control.recorder)
    new.rewound = not any(
        answer.barrier or (answer.call.module, answer.call.name) in hosts.others
        for answer in old.host_log.since(new.host_log.cursor)
    )
    _take_back_input(control, old)
    restore_hosts(hosts, new.host_log, new.host_log.cursor)
    forget_after(control.breakpoints, control.tick)
    return new.number


def _take_back_input(control: Control, old: Timeline) -> None:
    """Undo changes of standard input that lie after the fork."""
    now = control.tick
    before = next((c.stdin for c in old.changes if c.tick > now and c.stdin is not None), None)
    if before is not None:
        stdin = control.program.wasi.stdin
        stdin.received[:], stdin.ended = before


def branches(control: Control) -> tuple[Branch, ...]:
    """Return all branches, the first history being number 1."""
    present = control.timeline
    return tuple(_shown(t, current=t is present) for t in control.recorder.timelines.values())


def _shown(timeline: Timeline, *, current: bool) -> Branch:
    changes = tuple(change.text for change in timeline.changes)
    return Branch(
        timeline.number, timeline.parent, timeline.fork, timeline.last, changes, current,
        timeline.rewound,
    )  # fmt: skip


def switch(control: Control, number: int) -> Stop:
    """Go to the end of another branch; DebugError if no such number is known.

    >>> session.step(2)
    <Stop step, step 2, $fac @0x32 line 12>
    >>> session.branch()
    2
    >>> session.switch(1)
    <Stop arrived, step 2, $fac @0x32 line 12>
    """
    from wasmlab.debug.history.reverse import goto
    from wasmlab.debug.stops.breakpoints import forget_after

    if number not in control.recorder.timelines:
        raise DebugError(f"there is no branch {number}")
    recorder.switch(control.recorder, number)
    host = control.recorder.host
    restore_hosts(host.hosts, host.log, host.log.total)
    forget_after(control.breakpoints, control.timeline.fork)
    return goto(control, control.timeline.last)


def change(control: Control, what: str, value: PyValue) -> None:
    """Change ``$n``, ``global 0``, ``stack[0]``, ``memory[0x10:0x14]`` or ``i32[0x10]``.

    Of the selected frame; ``$n@1`` is a local of its caller, ``$n@2`` of that one's caller.
    ``result`` is what the host call that is next returns; the host is not called then.
    ``stdin`` (bytes) is what the program reads from here on, as standard input. While the program
    waits for a call, globals, memory and standard input can be changed.
    If anything is recorded after this step, that begins a branch; the old future is kept.
    Raises DebugError, BadExpression, UsageError.
    """
    at, waits = position(control.target), control.state is State.WAITING_FOR_CALL
    if not waits and (at is None or control.state is not State.PAUSED):
        raise DebugError("no instruction is next: no value can be changed", hint="go to a step")
    write = _writer(control, at, what, value)
    if not at_end(control.recorder) or control.timeline.ended:
        branch(control)
    stdin = control.program.wasi.stdin
    before = (bytes(stdin.received), stdin.ended) if what == STDIN else None
    write()
    in_caller = control.target.selected and _is_in_frame(control.target, what)
    where = f" in frame {control.target.selected}" if in_caller else ""
    text = f"{_lasting_name(control, what) if waits else what}{where} = {_shown_value(what, value)}"
    timeline = control.timeline
    timeline.changes.append(ManualChange(control.tick, text, before))
    snapshot_now(control.recorder)


def _lasting_name(control: Control, what: str) -> str:
    """Return a name that means the same in every function: a local may be called as a global is."""
    from wasmlab.debug.stops.watch_area import parse_watch_area

    variable = None if what == STDIN else parse_watch_area(control.target, what).variable
    known = control.program.instance.globals
    number = next((n for n, found in enumerate(known) if found is variable), None)
    return what if number is None else f"global {number}"


def _is_in_frame(target: Target, what: str) -> bool:
    """Return whether an operand or a local is named, which another frame may have too."""
    from wasmlab.debug.stops.watch_area import parse_watch_area

    if what in {"result", STDIN} or what.startswith("stack["):
        return what.startswith("stack[")
    return parse_watch_area(target, what).frame is not None


_SHOWN = 32
"""Bytes of a change by hand that its text shows."""


def _shown_value(what: str, value: PyValue) -> str:
    if what == STDIN and isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
        return f'"{escaped(value)}"'
    if isinstance(value, bytes):
        more = f" ... {counted(len(value), 'byte')}" if len(value) > _SHOWN else ""
        return f"{value[:_SHOWN].hex(' ')}{more}"
    return value if isinstance(value, str) else repr(value)


def _writer(control: Control, at: Position | None, what: str, value: PyValue) -> _Write:
    """Return what makes the change, its value checked; BadExpression, UsageError.

    at: the innermost frame, None while the program waits for a call.
    """
    from wasmlab.debug.history.provenance import operand_area
    from wasmlab.debug.stops.watch_area import in_memory, parse_watch_area

    store = control.store
    if what == "result":
        return _injected(control, at, value)
    if what == STDIN:
        return _new_input(control, value)
    if what.startswith("stack["):
        area, t = operand_area(control.target, what)
        bits = _bits(store, t, value)
        return lambda: write_operand(store.agent.stack, area.start, t, bits)
    found = parse_watch_area(control.target, what)
    if found.area is not None:
        data = _data(in_memory(found.area), value)
        memory, start = cast("Memory", found.area.space), found.area.start
        return lambda: memory.write(start, data)
    if found.frame is not None and found.type is not None:
        slot, t, bits = found.frame.fp + found.slot, found.type, _bits(store, found.type, value)
        return lambda: write_operand(store.agent.stack, slot, t, bits)
    variable = found.variable
    if variable is None or not variable.type.mutable:
        raise DebugError(f"{what} cannot be changed: it is not mutable")
    bits = _bits(store, variable.type.value, value)
    return lambda: write_global(store, variable, bits)


def _bits(store: Store, t: ValType, value: PyValue) -> int:
    """Return the bits of a value; of references only those that fit every type they are of."""
    from wasmlab.runtime.values import to_bits

    is_null = value is None or value == "null"
    if isinstance(t, RefType) and t.heap is not EXTERN and not is_null:
        raise UsageError(f"a value of type {t} can be set to null only")
    return to_bits(store, t, value)


def _injected(control: Control, at: Position | None, value: PyValue) -> _Write:
    """Return what gives the host call that is next its result; the host will not be called."""
    from wasmlab.debug.stops.accesses import callee

    func = None if at is None else callee(control.target, at)
    types = func_type(func.type).results if func is not None and func.host else ()
    if len(types) != 1:
        raise DebugError("no host call with one result is next", hint="goto the call first")
    bits = (_bits(control.store, types[0], value),)

    def write() -> None:
        host_log = control.timeline.host_log
        host_log.injected[host_log.cursor] = bits

    return write


def _new_input(control: Control, value: PyValue) -> _Write:
    """Return what puts bytes in place of the standard input that is not read yet."""
    if not isinstance(value, bytes):
        raise UsageError(f"bytes expected, found {value!r}", hint='set stdin to b"..."')
    stdin = control.program.wasi.stdin
    position = stdin.position

    def write() -> None:
        stdin.received[position:] = value

    return write


def _data(area: Area, value: PyValue) -> bytes:
    """Return the bytes for an area: bytes, or a text in quotes, or a number, little endian."""
    from wasmlab.runtime.values import parsed_number

    size = area.end - area.start
    if isinstance(value, str) and value.startswith(QUOTES):
        value = quoted_bytes(value)
        if len(value) != size:
            fits = f"memory[0x{area.start:x}:0x{area.start + len(value):x}] takes it"
            said = f"{counted(size, 'byte')} expected, the text has {counted(len(value), 'byte')}"
            raise UsageError(said, hint=fits)
    if isinstance(value, str):
        value = int(parsed_number(value, I64))
    if isinstance(value, int) and -(1 << 8 * size - 1) <= value < 1 << 8 * size:
        return (value & (1 << 8 * size) - 1).to_bytes(size, "little")
    if isinstance(value, bytes) and len(value) == size:
        return value
    raise UsageError(f"{counted(size, 'byte')} expected, found {value!r}")
