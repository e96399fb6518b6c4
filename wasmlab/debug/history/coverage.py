"""What ran in the recorded history: how often each instruction, and which in turn.

Both are found by replaying: nothing has to be asked for before a program runs, and a run that is
never asked about costs nothing.
"""

from __future__ import annotations

from wasmlab.debug.views.target import location
from wasmlab.engine.recording.recorder import restore_at, run_until
from wasmlab.errors import WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import Location
    from wasmlab.runtime.observer import Observer

_ROOM = 1 << 16
"""Records that are handed over at once: as many as caches hold."""


@dataclass(frozen=True, slots=True)
class Covered:
    """An instruction that was executed, and how often."""

    location: Location
    mnemonic: str
    count: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often instructions were executed from the first recorded step up to a tick."""

    tick: int
    instructions: tuple[Covered, ...]
    """Those that were, in order of functions and offsets."""

    def at(self, offset: int, module: str = "") -> int:
        """Return how often the instruction at an offset was executed.

        module: its name, where several are loaded.
        """
        for covered in self.instructions:
            if (covered.location.offset, covered.location.module) == (offset, module):
                return covered.count
        return 0

    def lines(self, module: str = "") -> dict[int, int]:
        """Return how often each line of a module's text was reached, if it was.

        That is the count of the instruction on it that was executed most.
        """
        found: dict[int, int] = {}
        for covered in self.instructions:
            line = covered.location.line
            if line is not None and covered.location.module == module:
                found[line] = max(found.get(line, 0), covered.count)
        return found


def coverage(control: Control) -> Coverage:
    """Return how often each instruction was executed from the first recorded step up to here.

    It is found by replaying; the program stays where it is. What a host function called back
    is not counted.
    """
    from wasmlab.runtime.observer import Observer

    end, observer = control.tick, Observer()
    _replay(control, end, observer)
    found: list[Covered] = []
    for addr, counts in sorted(observer.counts().items()):
        func = control.store.funcs[addr]
        for instr, count in zip(func.bound_code.instrs, counts, strict=False):
            if count:
                place = location(control.target, func, instr.offset)
                found.append(Covered(place, instr.row.mnemonic, count))
    return Coverage(end, tuple(found))


def trace_records(control: Control, sink: Callable[[memoryview], None]) -> None:
    """Give the sink a record of every step up to here, thousands at a time, in order.

    A record has three 64-bit words: the function's number in the store << 32 | offset of the
    instruction in its module; the topmost slot of the operand stack before it, or 0; the
    effective address that it accesses first, or 0. Sinks copy what they want to keep. The program
    stays where it is.

    >>> session.step(3)
    <Stop step, step 3, $fac @0x33 line 13>
    >>> records = []
    >>> session.trace_records(lambda piece: records.append(len(piece)))
    """
    from wasmlab.runtime.observer import Observer

    _replay(control, control.tick, Observer(_ROOM, sink))


def _replay(control: Control, end: int, observer: Observer) -> None:
    """Execute the recorded history up to a tick under observation, without stops."""
    from wasmlab.debug.history.reverse import undisturbed
    from wasmlab.debug.stops.probes import probing
    from wasmlab.exec.observe import observed

    recorder, target = control.recorder, control.target
    with undisturbed(control), probing(target, {}):
        restore_at(recorder, 0)
        expecting = control.work.expecting(end - recorder.tick)
        with expecting, observed(target.store, observer):
            try:
                run_until(recorder, end, control.work)
            except WasmlabError:
                if recorder.tick < recorder.timeline.last:
                    raise
