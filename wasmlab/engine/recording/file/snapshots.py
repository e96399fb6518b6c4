"""Snapshots in a recording's file, and calls that are still to be made.

A snapshot is a tuple: tick, host calls made before it, calls by hand made before it, an image of
the arenas, stack and frames as bytes, the wait for a notification (memory, address, timeout,
outcome) or None, the calls to come, the current one or None, and the slot of its arguments. A call
is a tuple: address of the function in the store, name, arguments.
"""

from __future__ import annotations

from wasmlab.engine.program import Call
from wasmlab.engine.recording.file.encoding import data, each, fields, number, optional, shown_text
from wasmlab.engine.recording.snapshots.snapshot import Snapshot, WaitState
from wasmlab.errors import BadRecording
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.waiting import TIMED_OUT, WOKEN
from wasmlab.syntax.types import func_type

if TYPE_CHECKING:
    from wasmlab.engine.program import Program
    from wasmlab.engine.recording.file.images import ImageReader, ImageWriter
    from wasmlab.host.wasi.wasi import WasiSnapshot

_BITS = (1 << 128) - 1
_OVERHEAD = 1000
MOST_TICKS = 1 << 60
"""No program gets there: 30 years at a thousand million instructions a second."""


def call_value(call: Call) -> tuple[object, ...]:
    """Return a call as a value."""
    return (call.func.addr, call.name, call.args)


def call_in(program: Program, value: object) -> Call:
    """Return the call that a value describes; BadRecording if the program has no such function."""
    addr, name, args = fields(value, 3)
    funcs = program.store.funcs
    func = funcs[number(addr, 0, len(funcs) - 1)]
    bits = each(args, lambda arg: number(arg, 0, _BITS))
    if len(bits) != len(func_type(func.type).params):
        raise BadRecording("a call in the recording has other arguments than its function")
    return Call(func, shown_text(name), bits)


def snapshot_value(snapshot: Snapshot, images: ImageWriter) -> tuple[object, ...]:
    """Return a snapshot as a value."""
    return (
        snapshot.tick, snapshot.answered, snapshot.entered, images.value(snapshot.arenas),
        snapshot.stack, snapshot.frames,
        None if snapshot.wait is None else tuple(snapshot.wait),
        tuple(map(call_value, snapshot.calls)),
        None if snapshot.current is None else call_value(snapshot.current),
        snapshot.at,
    )  # fmt: skip


def snapshot_in(
    program: Program, images: ImageReader, wasi: WasiSnapshot, value: object
) -> Snapshot:
    """Return the snapshot that a value describes; wasi: the state of WASI at that tick."""
    tick, answered, entered, arenas, stack, frames, wait, calls, current, at = fields(value, 10)
    image, new = images.arenas(arenas)
    number(at, 0, 0)  # the first frame begins at slot 0
    entered_call = optional(current, lambda call: call_in(program, call))
    return Snapshot(
        tick=number(tick, 0, MOST_TICKS),
        arenas=image,
        stack=data(stack),
        frames=data(frames),
        wait=optional(wait, lambda value: _wait(value, len(images.taker.mems))),
        wasi=wasi,
        calls=each(calls, lambda call: call_in(program, call)),
        current=entered_call if data(frames) else None,
        at=0,
        answered=number(answered),
        entered=number(entered),
        cost=new + len(data(stack)) + len(data(frames)) + _OVERHEAD,
    )


def _wait(value: object, memories: int) -> WaitState:
    memory, addr, timeout, outcome = fields(value, 4)
    return WaitState(
        optional(memory, lambda index: number(index, 0, memories - 1)),
        number(addr),
        optional(timeout, number),
        optional(outcome, lambda value: number(value, WOKEN, TIMED_OUT)),
    )
