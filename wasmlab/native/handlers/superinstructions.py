"""Superinstructions: frequent sequences of instructions, executed by one handler.

The cells stay one for each instruction. The handler of a sequence sits in the first one's cell; it
pays for every instruction, steps from cell to cell, and leaves at the one that cannot go on, so
that it cannot be told from the handlers one by one. It only saves the jumps between them.
"""

from __future__ import annotations

from itertools import product

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import ROWS
from wasmlab.native.handler_names import JOIN, is_hot
from wasmlab.native.handlers import control
from wasmlab.native.handlers.straight import body_of
from wasmlab.syntax.row import Kind
from wasmlab.syntax.types import F32, I32

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.native.handlers.handler import Handler
    from wasmlab.syntax.row import Row

    Body = Callable[[Handler], None]

_PUSHES = ("copy", "const")
_COPY, _BRANCH = "copy", "if_set"


def sequences() -> Iterator[tuple[str, Body]]:
    """Yield names, joined by ``JOIN``, with what writes their handlers."""
    rows = {row.mnemonic: row for row in ROWS if _is_common(row)}
    for names in _chosen(rows):
        yield JOIN.join(names), _in_turn([_body(name, rows) for name in names])


def _is_common(row: Row) -> bool:
    """Tell whether sequences have a row: what compilers make most of, and little more."""
    params, results = row.params or (), row.results or ()
    if row.llvm is None or not is_hot(row) or F32 in (*params, *results):
        return False
    if row.kind is Kind.PURE:
        return len(params) == 2 or (params == (I32,) and results == (I32,))  # noqa: PLR2004 - binary
    return row.kind in {Kind.LOAD, Kind.STORE}


def _chosen(rows: dict[str, Row]) -> Iterator[tuple[str, ...]]:
    binary = [name for name, row in rows.items() if len(row.params or ()) > 1]
    tests = [name for name, row in rows.items() if row.results == (I32,) and row.kind is Kind.PURE]
    yield from product(_PUSHES, (*_PUSHES, *rows, _BRANCH))
    yield from product((_COPY,), _PUSHES, binary)
    yield from product(rows, (_COPY,))
    yield from product(tests, (_BRANCH,))
    yield from product(_PUSHES, tests, (_BRANCH,))
    yield from product(("const",), binary, (_COPY,))


def _body(name: str, rows: dict[str, Row]) -> tuple[Body, bool]:
    """Return what writes one handler, and whether that goes on by itself."""
    if name in control.JUMPS:
        return control.JUMPS[name], True
    return control.STRAIGHT.get(name) or body_of(rows[name]), False


def _in_turn(parts: list[tuple[Body, bool]]) -> Body:
    def write(h: Handler) -> None:
        *first, (last, goes_on) = parts
        for body, _ in first:
            body(h)
            h.step()
        last(h)
        if not goes_on:
            h.jump(h.next_cell)

    return write
