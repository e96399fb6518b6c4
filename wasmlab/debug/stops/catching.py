"""What ``catch`` stops at: traps, exceptions, calls of the host that fail."""

from __future__ import annotations

from difflib import get_close_matches

from wasmlab.debug.stops.call_sites import call_sites, find_import
from wasmlab.debug.stops.probes import probes_where
from wasmlab.debug.stops.stop_point import AtInstructions, OnFailure
from wasmlab.errors import NoSuchLocation, UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.row import Flow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wasmlab.debug.views.target import Target
    from wasmlab.engine.recording.hosts.host_log import HostAnswer
    from wasmlab.runtime.host import RawHostCall
    from wasmlab.runtime.store import Code, FuncInst

TRAP, THROW, FAILS = "trap", "throw", "fails"


def instructions_of(target: Target, what: str) -> AtInstructions:
    """Return the instructions of a kind: those that throw an exception."""

    def throws(code: Code, pc: int) -> bool:
        return code.instrs[pc].row.flow is Flow.THROW

    return AtInstructions(what, probes_where(target, throws))


def called(target: Target, name: str) -> FuncInst:
    """Return the host function that a program imports by a name; NoSuchLocation."""
    func = find_import(target, name)
    if func is not None:
        return func
    known = target.names.imported
    close = get_close_matches(name, [n for n in known if not n.startswith("$")], n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else _imports(known)
    raise NoSuchLocation(f"the program imports no function {name}", hint=hint)


_LISTED = 5


def _imports(known: Iterable[str]) -> str:
    plain = [name for name in known if not name.startswith("$") and "." not in name]
    more = f" and {len(plain) - _LISTED:,} more" if len(plain) > _LISTED else ""
    return f"it imports {', '.join(plain[:_LISTED])}{more}" if plain else "trap or throw"


def on_failure(target: Target, name: str, wanted: str) -> OnFailure:
    """Return where calls of a host function fail with an errno, or with any (``fails``).

    Raises NoSuchLocation, UsageError.
    """
    func = called(target, name)
    sites = call_sites(target, func)
    if not sites:
        raise NoSuchLocation(f"{name} is imported, but nothing calls it")
    return OnFailure(func, sites, _errno(func, wanted))


def _errno(func: FuncInst, wanted: str) -> str:
    from wasmlab.host.wasi.abi import MODULES
    from wasmlab.host.wasi.errno import Errno

    upper = wanted.upper()
    if upper == FAILS.upper():
        return ""
    if func.host is None or func.host.module not in MODULES:
        hint = "fails stops where it raises an error"
        raise UsageError("only WASI functions return error numbers", hint=hint)
    known = [name for name in Errno.__members__ if name != "SUCCESS"]
    for name in (upper, f"E{upper}"):
        if name in known:
            return name
    close = get_close_matches(upper, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "one such as ENOENT, or fails"
    raise UsageError(f"not an error number: {wanted}", hint=hint)


def failed(at: OnFailure, answers: Iterable[HostAnswer]) -> str:
    """Return how the first of these calls failed that is one to stop at; empty if none is."""
    for answer in answers:
        how = _failure(answer.call)
        if _is_of(answer.call, at.func) and how and at.errno in {"", how}:
            return how
    return ""


def _is_of(call: RawHostCall, func: FuncInst) -> bool:
    host = func.host
    return host is not None and (call.module, call.name) == (host.module, host.name)


def _failure(call: RawHostCall) -> str:
    """Return the errno that a WASI function returned, or why a function of Python failed."""
    from wasmlab.host.wasi.abi import MODULES
    from wasmlab.host.wasi.errno import Errno

    if call.error is not None:
        return call.failure
    if call.module not in MODULES or not call.results or not call.results[0]:
        return ""
    return str(Errno(call.results[0]))
