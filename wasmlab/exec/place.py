"""Where a store stands: the places of its frames, for traps and backtraces."""

from __future__ import annotations

from wasmlab.errors import Trap, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FUNC, PC

if TYPE_CHECKING:
    from wasmlab.runtime.store import FuncInst, Store


def place(store: Store, error: WasmlabError) -> None:
    """Say where a trap happened, if it does not know: at the next instruction."""
    if isinstance(error, Trap) and error.offset is None:
        places = backtrace(store)
        error.at(places[0][1], [f"{func.index}@0x{offset:x}" for func, offset in places])


def backtrace(store: Store) -> list[tuple[FuncInst, int]]:
    """Return function and offset of each frame of a module's function, innermost first."""
    agent, places = store.agent, list[tuple["FuncInst", int]]()
    for number in range(agent.depth - 1, -1, -1):
        func = store.funcs[agent.record(number, FUNC)]
        if func.host is None:
            pc = agent.record(number, PC)
            code = func.bound_code
            places.append((func, code.instrs[min(pc, len(code.instrs) - 1)].offset))
    return places
