"""Recorded answers for another program: the inputs of one run given to a changed text.

The n-th call of a function gets what its n-th call got in the recording. Functions of WASI are
carried out anew, on a host that begins as the recorded one did, so that changed text prints
what it prints; only the time, random bytes and whether a poll found input are the recorded ones.
Python functions are not called as long as the recording has answers. After the last recorded answer
of a function its calls are made as in a fresh run.
"""

from __future__ import annotations

from collections import Counter

from wasmlab.errors import HostError
from wasmlab.exec.hostcall import call_python
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.flags import EventType
from wasmlab.host.wasi.layout import event_types
from wasmlab.records import dataclass, field
from wasmlab.syntax.types import NumType, VecType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wasmlab.engine.recording.hosts.host_log import HostAnswer, HostLog
    from wasmlab.engine.recording.hosts.host_recorder import HostRecorder
    from wasmlab.runtime.host import HostFunc, RecordedCaller

    _Key = tuple[str, str]

_EVENTS_AT = 1
"""Index of the argument that says where poll_oneoff writes its events."""
_INPUTS = {"clock_time_get": 2, "random_get": 0}
"""Functions of WASI whose recorded output is an input, and the index of the argument that says
where they write it."""


@dataclass(slots=True)
class ReplayInputs:
    """Recorded answers by (module, name) of the function, and how many of each were given."""

    answers: dict[_Key, list[HostAnswer]]
    log: HostLog | None = None
    """The log whose calls were counted; another one once the program is on another branch."""
    counted: int = 0
    counts: Counter[_Key] = field(default_factory=Counter["_Key"])


def replay_inputs(answers: Iterable[HostAnswer]) -> ReplayInputs:
    """Return the answers of a recording as inputs for another program."""
    found: dict[_Key, list[HostAnswer]] = {}
    for answer in answers:
        found.setdefault((answer.call.module, answer.call.name), []).append(answer)
    return ReplayInputs(found)


@dataclass(frozen=True, slots=True)
class InputFunction:
    """Stands for the host's functions in ``HostCalls``: gives recorded inputs to a program."""

    inputs: ReplayInputs
    recorder: HostRecorder

    def __call__(
        self, host: HostFunc, caller: RecordedCaller, args: tuple[int, ...]
    ) -> Sequence[int]:
        """Return the results of the program's next host call; raises what the recorded one raised.

        HostError where a recorded answer has no meaning for another program.
        """
        recorded = _recorded(self.inputs, self.recorder.log, (host.module, host.name))
        if recorded is None:
            return call_python(host, caller, args)
        if host.snapshotted:
            wasi = self.recorder.taker.program.wasi
            wasi.stdin.silent = host.name == "poll_oneoff" and not _had_input(recorded)
            results = call_python(host, caller, args)
            _put_input(host, caller, args, recorded)
            return results
        _check(recorded)
        for addr, data in recorded.call.writes:
            caller.memory.write(addr, data)
        if recorded.call.error is not None:
            raise recorded.call.error.with_traceback(None)
        return recorded.call.results


def _recorded(inputs: ReplayInputs, log: HostLog, key: _Key) -> HostAnswer | None:
    """Return the answer to the next call of a function; None after the last one."""
    if log is not inputs.log or log.cursor < inputs.counted:
        inputs.log, inputs.counted, inputs.counts = log, log.forgotten, Counter()
    new = log.answers[inputs.counted - log.forgotten : log.cursor - log.forgotten]
    inputs.counts.update((answer.call.module, answer.call.name) for answer in new)
    inputs.counted = log.cursor
    answers, number = inputs.answers.get(key, []), inputs.counts[key]
    return answers[number] if number < len(answers) else None


def _put_input(
    host: HostFunc, caller: RecordedCaller, args: tuple[int, ...], recorded: HostAnswer
) -> None:
    """Write the recorded time or random bytes where this program wants them."""
    place = _INPUTS.get(host.name)
    if place is None or any(recorded.call.results):
        return
    data = b"".join(bytes(data) for _, data in recorded.call.writes)
    if len(data) == sum(len(written) for _, written in caller.writes):
        caller.writes.clear()
        caller.memory.write(args[place], data)


def _had_input(recorded: HostAnswer) -> bool:
    """Return whether a recorded poll_oneoff found that something can be read."""
    out = recorded.call.args[_EVENTS_AT]
    events = b"".join(bytes(data) for addr, data in recorded.call.writes if addr == out)
    return EventType.FD_READ in event_types(events)


def _check(recorded: HostAnswer) -> None:
    call = recorded.call
    name = f"{call.module}.{call.name}"
    if recorded.arenas is not None:
        raise HostError(f"{name} changed the recorded program; that does not fit another text")
    results = () if call.type is None else call.type.results
    if not all(isinstance(t, NumType | VecType) for t in results):
        raise HostError(f"{name} returned a reference; it has no meaning in another text")
