"""The calls of functions in history: when each was made, with what, and what came of it."""

from __future__ import annotations

from collections import deque
from functools import cache

from wasmlab.debug.views.target import location
from wasmlab.debug.views.values import shown_value
from wasmlab.errors import WasmException
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass, field, replace
from wasmlab.runtime.operand import offsets_of, read_operand
from wasmlab.syntax.row import Flow
from wasmlab.syntax.types import func_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmlab.debug.control import Control
    from wasmlab.debug.history.find import Findings
    from wasmlab.debug.views.model import Location, Value
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.runtime.store import Code, FuncInst
    from wasmlab.syntax.types import ValType


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call in history; ``goto(tick)`` stands before it."""

    tick: int
    location: Location
    args: tuple[Value, ...]
    returned: int | None = None
    """The tick at which its results were there; None if it did not return, or has not yet."""
    results: tuple[Value, ...] = ()


def calls(control: Control, func: str | int) -> Findings[FoundCall]:
    """Return the calls of a function in history, with arguments and results; NoSuchLocation.

    >>> session.run()
    <Stop returned, 120, step 50>
    >>> [(call.tick, call.args) for call in session.calls("fac")][:2]
    [(8, (<i64 4>,)), (17, (<i64 3>,))]
    """
    from wasmlab.debug.history.find import Findings, search_history
    from wasmlab.debug.stops.locations import resolve
    from wasmlab.debug.stops.probes import probes_where

    called = resolve(control.target, func).funcs

    def run() -> Iterator[list[FoundCall]]:
        looked_at = cache(_looked_at)
        probes = probes_where(control.target, lambda code, pc: pc in looked_at(code))
        found = _Calls(control, called)
        passing: Iterator[list[None]] = search_history(control, probes, found.look)
        deque(passing, maxlen=0)
        open_ = (opened.call for opened in found.open)
        yield sorted((*found.done, *open_), key=lambda call: call.tick)

    return Findings(control.work, run)


def _looked_at(code: Code) -> set[int]:
    """Return the pcs of a function that call or throw, and those where one of these leads."""
    called = {pc for pc, instr in enumerate(code.instrs) if instr.row.is_call}
    thrown = {pc for pc, instr in enumerate(code.instrs) if instr.row.flow is Flow.THROW}
    return called | {code.nexts[pc] for pc in called} | thrown | code.catch_pcs


class _Open(NamedTuple):
    """A call that has not returned yet."""

    depth: int
    """Frames that there are again once it has returned."""
    base: int
    """The slot where its results will be."""
    results: tuple[ValType, ...]
    """Their types."""
    call: FoundCall


@dataclass(slots=True)
class _Calls:
    """The calls of functions as far as they were found."""

    control: Control
    funcs: Sequence[FuncInst]
    open: list[_Open] = field(default_factory=list[_Open])
    """The innermost last."""
    done: list[FoundCall] = field(default_factory=list[FoundCall])
    thrown: int = -1
    """The tick after the last exception was thrown."""

    def look(self, at: Position) -> None:
        """Update open and finished calls by the instruction that is next, in order of ticks."""
        from wasmlab.debug.stops.accesses import callee

        target, tick = self.control.target, self.control.tick
        self._close(target.store.agent.depth, tick)
        if at.instr.row.flow is Flow.THROW or _host_throws(self.control, at):
            self.thrown = tick + 1
        called = callee(target, at)
        if called is not None and called in self.funcs:
            self._begin(at, called, tick)

    def _begin(self, at: Position, called: FuncInst, tick: int) -> None:
        from wasmlab.debug.stops.accesses import base_slot

        target, base = self.control.target, base_slot(at)
        args = values_at(target, base, func_type(called.type).params)
        call = FoundCall(tick, location(target, at.func, at.instr.offset), args)
        depth = target.store.agent.depth
        if at.instr.row.flow is Flow.TAIL_CALL:
            depth, base = depth - 1, at.fp
        self.open.append(_Open(depth, base, func_type(called.type).results, call))

    def _close(self, depth: int, tick: int) -> None:
        """Take note of calls that are over, now that there are so many frames."""
        while self.open and self.open[-1].depth >= depth:
            before, base, results, call = self.open.pop()
            if before == depth and tick != self.thrown:
                values = values_at(self.control.target, base, results)
                call = replace(call, returned=tick, results=values)
            self.done.append(call)


def _host_throws(control: Control, at: Position) -> bool:
    """Return whether the next instruction calls a host function that threw an exception."""
    from wasmlab.debug.stops.accesses import coming_answer

    answer = coming_answer(control.recorder) if at.instr.row.is_call else None
    return answer is not None and isinstance(answer.call.error, WasmException)


def values_at(target: Target, base: int, types: tuple[ValType, ...]) -> tuple[Value, ...]:
    """Return the values of these types from a slot of the stack on."""
    return tuple(
        shown_value(target.store, t, read_operand(target.store.agent.stack, base + offset, t))
        for offset, t in zip(offsets_of(types), types, strict=True)
    )
