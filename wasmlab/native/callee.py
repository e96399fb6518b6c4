"""Who is called by the instruction in a cell, read from the cell itself."""

from __future__ import annotations

import ctypes

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.layout import CELL, FUNC_SHIFT, WORD, A, B, C, IndirectWord, TableWord
from wasmlab.records import NamedTuple
from wasmlab.runtime.reference import payload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wasmlab.native.relocate import Cells


_HALF = 0xFFFF_FFFF


class CallSite(NamedTuple):
    """A cell that is next, and where the slots of its frame and the functions' rows are."""

    cells: Cells
    pc: int
    fp: int
    """Address of the frame's first slot."""
    funcs: int

    @property
    def operand(self) -> int:
        """The cell's operand C."""
        return self.cells.words[self.pc * CELL + C >> 3]

    @property
    def first_slot(self) -> int:
        """The slot of the first argument or result, relative to the frame's first."""
        return (self.cells.words[self.pc * CELL + A >> 3] & _HALF) // WORD

    @property
    def after(self) -> int:
        """The pc after a call that returns."""
        return self.cells.words[self.pc * CELL + A >> 3] >> 8 * (B - A)

    @property
    def direct_callee(self) -> int:
        """The address of the function that a direct call names."""
        return (self.operand - self.funcs) >> FUNC_SHIFT


def _direct(site: CallSite) -> int | None:
    return site.direct_callee


def _by_ref(site: CallSite) -> int | None:
    return _referenced(_word(site.fp + site.operand))


def _in_table(site: CallSite) -> int | None:
    call = site.operand
    index = _word(site.fp + _word(call + IndirectWord.INDEX * WORD))
    table = _word(call + IndirectWord.TABLE * WORD)
    if index >= _word(table + TableWord.SIZE * WORD):
        return None
    return _referenced(_word(_word(table + TableWord.CELLS * WORD) + index * WORD))


def _referenced(ref: int) -> int | None:
    return payload(ref) if ref else None


def _word(address: int) -> int:
    return ctypes.c_uint64.from_address(address).value


RETURNS = ("return0", "return1", "return_moving")
"""Handlers that return from a function."""
_BY_HANDLER: dict[str, Callable[[CallSite], int | None]] = {
    "call_direct": _direct,
    "call_by_ref": _by_ref,
    "call_in_table": _in_table,
    "tail_call": _direct,
    "tail_call_by_ref": _by_ref,
    "tail_call_in_table": _in_table,
}


def finders(handlers: Mapping[str, int]) -> dict[int, Callable[[CallSite], int | None]]:
    """Return by a handler's address what finds the address of the function that it calls.

    None stands for a call that traps, if the rows of tables are up to date.
    """
    return {handlers[name]: find for name, find in _BY_HANDLER.items()}
