"""Calls of host functions as instructions: what is thrown is caught, what traps has its place."""

from __future__ import annotations

from wasmlab.errors import WasmException, WasmlabError
from wasmlab.exec.hostcall import call_host
from wasmlab.exec.place import place
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.runtime.store import Code, FuncInst


def call_host_from(code: Code, func: FuncInst, at: int, *, is_tail: bool = False) -> bool:
    """Make the call of a host function that is the next instruction; it has completed then.

    code: the caller's; at: slot of the arguments, later of the results. Returns False if the
    function threw an exception, which has been caught: execution goes on there. Raises what the
    function raises, a trap with its place.
    """
    store = code.instance.store
    try:
        call_host(store, func, at, code.instance)
    except WasmException as exception:
        from wasmlab.exec.exception import throw  # looks for handlers in decoded bodies

        throw(store, exception.reference, passing=1 if is_tail else 0)
        store.tick += 1
        return False
    except WasmlabError as error:
        place(store, error)
        raise
    store.tick += 1
    return True
