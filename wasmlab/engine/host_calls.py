"""How a program calls its host: one way, for runs, sessions and recordings.

``HostCalls`` calls the function and makes one ``RawHostCall`` of what came of it, also if it
failed, tells its listeners (a log, strace), and then returns the results or raises what the
function raised. A recording sets ``recorder``: that gives the recorded calls again instead of
calling the host, as long as it has any, and keeps every new one.
"""

from __future__ import annotations

from wasmlab.errors import Interrupted, TimelineEnd, WasmlabError, WouldBlock
from wasmlab.exec.hostcall import call_python, result_bits
from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.records import dataclass, field
from wasmlab.runtime.host import HostFunc, RawHostCall, RecordedCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wasmlab.runtime.store import Store

    Function = Callable[[HostFunc, RecordedCaller, tuple[int, ...]], Sequence[int]]
    Listener = Callable[[RawHostCall], None]

NOT_MADE = (WouldBlock, Interrupted, TimelineEnd)
"""Errors after which a call has not happened: it is made again, or never."""


class CallRecorder(Protocol):
    """Keeps calls, and gives them again."""

    def replay(
        self, host: HostFunc, caller: RecordedCaller, args: tuple[int, ...], /
    ) -> RawHostCall | None:
        """Have the next recorded call happen again and return it; None after the last one."""
        ...

    def begin(self, host: HostFunc, caller: RecordedCaller, /) -> OpenCall:
        """Note the state before a new call."""
        ...


class OpenCall(Protocol):
    """A call that has begun: one of its methods is called when the function is left."""

    def end(self, call: RawHostCall, /) -> None:
        """Keep the call."""
        ...

    def abandon(self) -> None:
        """Forget the call: it was not made after all."""
        ...


@dataclass(slots=True)
class HostCalls:
    """Calls host functions; set as ``Store.host_calls``."""

    store: Store
    listeners: list[Listener] = field(default_factory=list["Listener"])
    """Told of every call at once, also of one that failed; not of replayed calls."""
    recorder: CallRecorder | None = None
    function: Function = call_python
    """Takes the place of the host's own functions."""

    def __call__(
        self, host: HostFunc, caller: RecordedCaller, args: tuple[int, ...]
    ) -> Sequence[int]:
        """Return the results of a call; raises what the function raises."""
        recorder = self.recorder
        if recorder is None and not self.listeners:
            return result_bits(host, self.function(host, caller, args))
        call = None if recorder is None else recorder.replay(host, caller, args)
        if call is None:
            call = self._make(host, caller, args)
            for listener in self.listeners:
                listener(call)
        if call.error is not None:
            raise call.error.with_traceback(None)
        return call.results

    def _make(self, host: HostFunc, caller: RecordedCaller, args: tuple[int, ...]) -> RawHostCall:
        """Call the function, have the call recorded and return it; raises only ``NOT_MADE``."""
        begun = None if self.recorder is None else self.recorder.begin(host, caller)
        tick, error, results = self.store.tick + 1, None, ()
        try:
            results = result_bits(host, self.function(host, caller, args))
        except NOT_MADE:
            if begun is not None:
                begun.abandon()
            raise
        except WasmlabError as raised:
            error = raised
        call = raw_call(tick, host, caller, args, results, error)
        if begun is not None:
            begun.end(call)
        return call


def raw_call(
    tick: int,
    host: HostFunc,
    caller: RecordedCaller,
    args: tuple[int, ...],
    results: tuple[int, ...],
    error: WasmlabError | None = None,
) -> RawHostCall:
    """Return the record of a call; ``caller`` knows what memory was touched."""
    reads, writes = tuple(caller.reads), tuple(caller.writes)
    return RawHostCall(tick, host.module, host.name, args, results, reads, writes, host.type, error)
