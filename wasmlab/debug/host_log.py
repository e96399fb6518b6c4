"""The record of host calls, and how they read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wasmlab.debug.symbols import escaped
from wasmlab.debug.view import HostCall
from wasmlab.errors import ProcExit
from wasmlab.host.wasi.strace import decode_record
from wasmlab.runtime.host import HostRecord
from wasmlab.runtime.values import signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.exec.hostcall import HostCaller
    from wasmlab.runtime.host import HostFunc
    from wasmlab.runtime.store import Store


@dataclass(slots=True)
class HostLog:
    """Every host call of a session, in order."""

    records: list[HostRecord] = field(default_factory=list[HostRecord])

    def attach(self, store: Store) -> None:
        """Record the calls of a store from now on."""

        def port(host: HostFunc, caller: HostCaller, args: tuple[int, ...]) -> Sequence[int]:
            try:
                results = host.call(caller, *args)
            except ProcExit:
                self.records.append(_record(store, host, caller, args, ()))
                raise
            self.records.append(_record(store, host, caller, args, tuple(results)))
            return results

        store.port = port  # type: ignore[assignment]


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
    )


def shown_call(record: HostRecord) -> HostCall:
    """Return a host call as people read it: WASI decoded, others with plain numbers."""
    decoded = decode_record(record)
    ranges = {
        "reads": tuple((addr, len(data)) for addr, data in record.reads),
        "writes": tuple((addr, len(data)) for addr, data in record.writes),
    }
    if decoded is not None:
        return HostCall(
            tick=record.tick,
            module=record.module,
            name=record.name,
            text=decoded.text,
            args=decoded.args,
            result=decoded.result,
            error=decoded.error,
            **ranges,
        )
    args = tuple((str(i), str(signed(a, 64))) for i, a in enumerate(record.args))
    result = ", ".join(str(signed(r, 64)) for r in record.results)
    name = escaped(f"{record.module}.{record.name}")
    text = f"{name}({', '.join(value for _, value in args)})" + (f" -> {result}" if result else "")
    return HostCall(record.tick, record.module, name, text, args, result, **ranges)
