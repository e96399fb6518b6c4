"""The record of host calls, and how they read."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wasmlab.debug.views.model import HostCall
from wasmlab.debug.views.values import bare_text
from wasmlab.errors import ProcExit
from wasmlab.escape import escaped
from wasmlab.host.wasi.strace import decode
from wasmlab.runtime.host import HostRecord
from wasmlab.syntax.types import I64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wasmlab.engine.recording.hosts.journal import Answer
    from wasmlab.engine.recording.recorder import Recorder
    from wasmlab.exec.hostcall import HostCaller
    from wasmlab.runtime.host import HostFunc
    from wasmlab.runtime.store import Store
    from wasmlab.syntax.types import ValType


@dataclass(frozen=True, slots=True)
class HostLog:
    """The host calls of a session up to its present, in order: raw, and as people read it."""

    recorder: Recorder

    @property
    def count(self) -> int:
        """How many there were."""
        return self.recorder.timeline.journal.cursor

    @property
    def last(self) -> HostRecord | None:
        """The last one."""
        journal = self.recorder.timeline.journal
        at = journal.cursor - journal.forgotten - 1
        return journal.answers[at].record if at >= 0 else None

    def next_call(self, tick: int) -> int | None:
        """Return the tick of the first recorded call at or behind a tick, also of one ahead."""
        answers = self.recorder.timeline.journal.answers
        at = bisect_left(answers, tick, key=lambda answer: answer.record.tick)
        return answers[at].record.tick if at < len(answers) else None

    def shown(self, first: int = 0) -> list[HostCall]:
        """Return the calls from a number on as people read them."""
        journal = self.recorder.timeline.journal
        given = slice(max(first - journal.forgotten, 0), max(journal.cursor - journal.forgotten, 0))
        return [shown_answer(answer) for answer in journal.answers[given]]


def shown_answer(answer: Answer) -> HostCall:
    """Return a recorded call as people read it; descriptors have the names they had then."""
    if answer.shown is None:
        now, before = answer.wasi.descriptors, answer.before

        def fd_name(fd: int) -> str:
            found = now.get(fd) or before.get(fd)
            return found.label if found else ""

        answer.shown = shown_call(answer.record, fd_name)
    return answer.shown


def record_calls(store: Store, take: Callable[[HostRecord], None]) -> None:
    """Hand the record of every host call of a store, once it is done, to take."""

    def port(host: HostFunc, caller: HostCaller, args: tuple[int, ...]) -> Sequence[int]:
        results: Sequence[int] = ()
        try:
            results = host.call(caller, *args)
        except ProcExit:
            take(_record(store, host, caller, args, ()))
            raise
        take(_record(store, host, caller, args, tuple(results)))
        return results

    store.port = port


def _record(
    store: Store,
    host: HostFunc,
    caller: HostCaller,
    args: tuple[int, ...],
    results: tuple[int, ...],
) -> HostRecord:
    return HostRecord(
        tick=store.tick + 1,
        module=host.module,
        name=host.name,
        args=args,
        results=results,
        reads=tuple(caller.reads),
        writes=tuple(caller.writes),
        type=host.type,
    )


def _texts(values: tuple[int, ...], types: tuple[ValType, ...]) -> list[str]:
    known = types or (I64,) * len(values)
    return [bare_text(t, bits) for bits, t in zip(values, known, strict=False)]


def shown_call(record: HostRecord, fd_name: Callable[[int], str]) -> HostCall:
    """Return a host call as people read it: WASI decoded, others with plain values."""
    decoded = decode(record, fd_name)
    if decoded is not None:
        text, args, result, error = decoded.text, decoded.args, decoded.result, decoded.error
    else:
        params, results = (
            ((), ()) if record.type is None else (record.type.params, record.type.results)
        )
        args = tuple((str(i), text) for i, text in enumerate(_texts(record.args, params)))
        result, error = ", ".join(_texts(record.results, results)), False
        name = escaped(f"{record.module}.{record.name}")
        text = f"{name}({', '.join(value for _, value in args)})"
        text += f" = {result}" if result else ""
    return HostCall(
        tick=record.tick,
        module=record.module,
        name=record.name,
        text=text,
        args=args,
        result=result,
        reads=tuple((addr, len(data)) for addr, data in record.reads),
        writes=tuple((addr, len(data)) for addr, data in record.writes),
        error=error,
    )
