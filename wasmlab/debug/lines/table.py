"""Which line table a function has, and where its statements begin."""

from __future__ import annotations

from wasmlab.debug.stops.skips import is_skipped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.row import Flow
from wasmlab.text.line_table import written_table

if TYPE_CHECKING:
    from wasmlab.debug.control import Control
    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.store import Code
    from wasmlab.text.line_table import LineTable


def line_table(target: Target, code: Code) -> LineTable | None:
    """Return the line table of a function; None if every instruction has a line of its own.

    That is so in a disassembly.
    """
    if code.addr not in target.line_tables:
        target.line_tables[code.addr] = _made(target, code)
    return target.line_tables[code.addr]


def _made(target: Target, code: Code) -> LineTable | None:
    module = target.modules.get(id(code.instance.module))
    if module is None or module.source is None or module.line_map is None:
        return None
    body = code.typed.body.instrs
    return written_table(body, code.instrs, module.source, module.name, module.line_map)


def statement_starts(target: Target, code: Code) -> frozenset[int]:
    """Return the pcs at which stepping by lines stops in a function."""
    table = line_table(target, code)
    if table is None:
        return frozenset(range(len(code.instrs)))
    return table.starts(code.instrs)


def calls_entered(control: Control, code: Code) -> frozenset[int]:
    """Return the pcs of calls that may enter a function which is not skipped; tail calls too.

    Those of the host's functions enter none.
    """
    skips, funcs = control.preferences.skips, code.instance.funcs

    def may_enter(pc: int) -> bool:
        instr = code.instrs[pc]
        if not instr.row.is_direct_call or instr.row.flow is Flow.TAIL_CALL:
            return instr.row.is_call
        called = funcs[instr.idx(0)]
        return called.host is None and not is_skipped(skips, called)

    return frozenset(filter(may_enter, range(len(code.instrs))))
