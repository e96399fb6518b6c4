"""Answers from a file, checked where the program is given them: only there their types are known.

A session's own host log is true to the run. One from a file may say anything: that another function
was called, at another step, that it returned what is no value of its type, or that it moved objects
which the frames still refer to.
"""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.errors import BadRecording, Trap, WasmException
from wasmlab.exec.lazy_code import code_of
from wasmlab.exec.roots import typed_slots
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.fits import fits
from wasmlab.runtime.frame import FP, FUNC, PC
from wasmlab.runtime.heap import object_starts, shape_at
from wasmlab.syntax.types import RefType

if TYPE_CHECKING:
    from wasmlab.exec.hostcall import RecordedCaller
    from wasmlab.runtime.heap import Shape
    from wasmlab.runtime.host import HostFunc, RawHostCall
    from wasmlab.runtime.store import Store


def need_same_call(store: Store, call: RawHostCall, host: HostFunc, args: tuple[int, ...]) -> None:
    """Raise BadRecording unless a recorded call is the one that the program makes."""
    if (call.module, call.name, call.args) != (host.module, host.name, args):
        raise BadRecording(
            f"the program calls {host.module}.{host.name} at step {store.tick:,}, "
            f"the recording has a call of {call.module}.{call.name}"
        )
    if call.tick != store.tick + 1:
        raise BadRecording(
            f"the program calls {host.module}.{host.name} at step {store.tick:,}, "
            f"the recording says {call.tick - 1:,}"
        )


def write_again(call: RawHostCall, caller: RecordedCaller) -> None:
    """Write what a recorded call wrote; BadRecording where that is outside the memory."""
    try:
        for addr, data in call.writes:
            caller.memory.write(addr, data)
    except Trap as error:
        raise BadRecording(f"the recording has a write that cannot be: {error}") from error


def need_fitting_end(store: Store, call: RawHostCall, host: HostFunc) -> None:
    """Raise BadRecording unless a call's results, or its exception, have their types.

    To be called when the heap is that after the call.
    """
    if isinstance(call.error, WasmException):
        shape = _Objects(store).shape_at(call.error.reference)
        if shape is None or not isinstance(shape.type, int):
            raise BadRecording("the recording has an exception that is no object")
    if call.error is None:
        need_fitting(store, call.results, host)


def need_fitting(store: Store, results: tuple[int, ...], host: HostFunc) -> None:
    """Raise BadRecording unless these can be the results of a host function."""
    types, objects = host.type.results, _Objects(store)
    if len(results) != len(types):
        raise BadRecording(
            f"the recording has {counted(len(results), 'result')} of {host.module}.{host.name}, "
            f"whose type has {len(types)}"
        )
    for t, bits in zip(types, results, strict=True):
        if not fits(store, t, bits, objects.shape_at):
            raise BadRecording(f"a result of {host.module}.{host.name} in the recording is no {t}")


def need_fitting_frames(store: Store) -> None:
    """Raise BadRecording unless all references in frames are to what they should be to.

    To be called in a host call that has put other objects in the heap.
    """
    agent, objects = store.agent, _Objects(store)
    for number in range(agent.depth):
        func = store.funcs[agent.record(number, FUNC)]
        if func.host is None:
            fp = agent.record(number, FP)
            for at, t in typed_slots(code_of(func), agent.record(number, PC), waits=True):
                bits = agent.stack[fp + at] if isinstance(t, RefType) else 0
                if bits and not fits(store, t, bits, objects.shape_at):
                    raise BadRecording(
                        f"a reference of a frame is no {t} after a call in the recording"
                    )


class _Objects:
    """The objects of a store's heap as it is now, found once they are asked for."""

    def __init__(self, store: Store) -> None:
        self._heap = store.heap
        self._starts: frozenset[int] | None = None

    def shape_at(self, ref: int) -> Shape | None:
        """Return the layout of the object that begins at a reference, None if none does."""
        if self._starts is None:
            self._starts = frozenset(object_starts(self._heap))
        return shape_at(self._heap, ref) if ref >> 3 in self._starts and not ref & 7 else None
