"""One call of a function, from where it was entered to where its frame is gone.

Another call may have the same place on the stack later. Which ticks are whose is found out where
that matters: forward at the instructions that run when the frame has gone, backwards by looking for
the call.
"""

from __future__ import annotations

from wasmlab.debug.stops.probes import ConditionalProbes, add_probe
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.frame import FP, FUNC, PC, RESUME
from wasmlab.runtime.probe import InFrame
from wasmlab.syntax.row import Flow

if TYPE_CHECKING:
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.engine.recording.recorder import Recorder


@dataclass(slots=True)
class Activation:
    """A frame that exists at tick ``seen``, and what is known of when it began and ended."""

    addr: int
    number: int
    fp: int
    seen: int
    caller: tuple[int, int, InFrame] | None
    """Function address, pc and frame of the call that made it, unless the host did."""
    since: int | None = None
    until: int | None = None
    """The first tick at which it is gone."""
    ends: ConditionalProbes = field(default_factory=ConditionalProbes)
    """What runs when it has gone, or replaces it."""

    @property
    def frame(self) -> InFrame:
        """What a probe asks to stop in this frame, or in another one at its place."""
        return InFrame(self.number, self.fp)


def activation_of(target: Target, at: Position) -> Activation:
    """Return the activation that a frame is."""
    agent, funcs = target.store.agent, target.store.funcs
    caller = None
    if at.number and _is_wasm(target, at.number - 1):
        addr, pc, fp = (agent.record(at.number - 1, word) for word in (FUNC, PC, FP))
        caller = addr, pc, InFrame(at.number - 1, fp)
    found = Activation(at.func.addr, at.number, at.fp, target.store.tick, caller)
    for pc, instr in enumerate(at.code.instrs):
        if instr.row.flow is Flow.TAIL_CALL:
            add_probe(found.ends, at.func.addr, pc, found.frame)
    for number in range(at.number):
        if _is_wasm(target, number):
            frame = InFrame(number, agent.record(number, FP))
            code = funcs[agent.record(number, FUNC)].bound_code
            for pc in code.catch_pcs | {agent.record(number, RESUME)}:
                add_probe(found.ends, code.addr, pc, frame)
    return found


def _is_wasm(target: Target, number: int) -> bool:
    return target.store.funcs[target.store.agent.record(number, FUNC)].host is None


def is_alive(recorder: Recorder, activation: Activation) -> bool:
    """Return whether an activation exists at this tick, as far as that is known."""
    tick = recorder.tick
    first, last = sorted((activation.seen, tick))
    return (
        (activation.since is None or tick >= activation.since)
        and (activation.until is None or tick < activation.until)
        and not any(first < entry.tick <= last for entry in recorder.timeline.entries)
    )


def is_there(target: Target, activation: Activation) -> bool:
    """Return whether a frame is on the stack that has the place of an activation."""
    agent, number = target.store.agent, activation.number
    return number < agent.depth and (activation.addr, activation.fp) == (
        agent.record(number, FUNC),
        agent.record(number, FP),
    )


def is_frame(activation: Activation, at: Position) -> bool:
    """Return whether a frame is at the place of an activation."""
    mine = (activation.addr, activation.number, activation.fp)
    return mine == (at.func.addr, at.number, at.fp)


def note_end(activation: Activation, at: Position, tick: int) -> None:
    """Note that an activation ends, if the next instruction is one that says so.

    It has ended where a frame below it goes on, and ends where it makes a tail call itself.
    """
    if at.pc not in activation.ends.get(at.func.addr, ()) or tick <= activation.seen:
        return
    has_ended, is_tail = at.number < activation.number, at.instr.row.flow is Flow.TAIL_CALL
    if not has_ended and not (is_tail and at.number == activation.number):
        return
    end = tick if has_ended else tick + 1
    if activation.until is None or end < activation.until:
        activation.until = end


def forget_end(activation: Activation, tick: int) -> None:
    """Forget an end after a tick: it is of another timeline."""
    if activation.until is not None and activation.until > tick:
        activation.until = None
