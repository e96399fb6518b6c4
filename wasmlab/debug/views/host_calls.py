"""Host calls as front ends show them: decoded, with the names that descriptors had then."""

from __future__ import annotations

from bisect import bisect_left

from wasmlab.debug.views.model import HostCall
from wasmlab.debug.views.values import bare_text
from wasmlab.escape import escaped_name
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.syntax.types import I64

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.runtime.host import RawHostCall
    from wasmlab.syntax.types import ValType


@dataclass(frozen=True, slots=True)
class HostCallViews:
    """The host calls of a session up to the present tick, in order."""

    recorder: Recorder

    @property
    def count(self) -> int:
        """How many calls were made."""
        return self.recorder.timeline.host_log.cursor

    @property
    def last(self) -> RawHostCall | None:
        """The call that was made last; None if none was."""
        answer = self.recorder.timeline.host_log.last
        return answer.call if answer is not None else None

    def next_call(self, tick: int) -> int | None:
        """Return the tick of the first recorded call at or after a tick; None if there is none."""
        answers = self.recorder.timeline.host_log.answers
        at = bisect_left(answers, tick, key=lambda answer: answer.call.tick)
        return answers[at].call.tick if at < len(answers) else None

    def shown(self, first: int = 0) -> list[HostCall]:
        """Return the calls from number ``first`` on, counted from 0, decoded."""
        log = self.recorder.timeline.host_log
        return [shown_answer(answer) for answer in log.given[max(first - log.forgotten, 0) :]]


def shown_answer(answer: HostAnswer) -> HostCall:
    """Return a recorded call, decoded; descriptors have the names that they had then."""
    if answer.shown is None:
        now, before = answer.wasi.descriptors, answer.before

        def fd_name(fd: int) -> str:
            found = now.get(fd) or before.get(fd)
            return found.label if found else ""

        answer.shown = shown_call(answer.call, fd_name)
    return answer.shown


def _texts(values: tuple[int, ...], types: tuple[ValType, ...]) -> list[str]:
    known = types or (I64,) * len(values)
    return [bare_text(t, bits) for bits, t in zip(values, known, strict=False)]


def shown_call(call: RawHostCall, fd_name: Callable[[int], str]) -> HostCall:
    """Return a host call, decoded: functions of WASI as strace does, others with plain values.

    A call that failed has the reason as its result.
    """
    from wasmlab.host.wasi.strace import decode, failure_text

    decoded = decode(call, fd_name)
    if decoded is not None:
        text, args, result, error = decoded.text, decoded.args, decoded.result, decoded.error
    else:
        params, results = ((), ()) if call.type is None else (call.type.params, call.type.results)
        args = tuple((str(i), text) for i, text in enumerate(_texts(call.args, params)))
        result, error = ", ".join(_texts(call.results, results)), bool(call.failure)
        if error:
            result = failure_text(call)
        name = escaped_name(f"{call.module}.{call.name}")
        text = f"{name}({', '.join(value for _, value in args)})"
        text += f" = {result}" if result else ""
    return HostCall(
        tick=call.tick,
        module=call.module,
        name=call.name,
        text=text,
        args=args,
        result=result,
        reads=tuple((addr, len(data)) for addr, data in call.reads),
        writes=tuple((addr, len(data)) for addr, data in call.writes),
        error=error,
    )
