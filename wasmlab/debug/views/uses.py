"""What a function's own code uses its locals for: as addresses, or as indices of a table."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple
from wasmlab.syntax.row import Imm, Kind

if TYPE_CHECKING:
    from wasmlab.runtime.store import Code
    from wasmlab.syntax.row import Row

_LOOKED_AT = 20_000
"""Instructions of a body that are looked at."""


class LocalUses(NamedTuple):
    """Locals of a function by what reads them at once: what is computed from them says nothing."""

    addresses: frozenset[int]
    """Loads and stores take these as addresses."""
    tables: dict[int, int]
    """``call_indirect`` takes these as indices of a table, the value."""


def uses_of(known: dict[int, LocalUses], code: Code) -> LocalUses:
    """Return what a function uses its locals for; known: what was found out, by address."""
    found = known.get(code.func.addr)
    if found is None:
        found = known[code.func.addr] = _uses(code)
    return found


def _uses(code: Code) -> LocalUses:
    addresses, tables = set[int](), dict[int, int]()
    instrs = code.instrs[:_LOOKED_AT]
    for at, instr in enumerate(instrs):
        row = instr.row
        if row.kind is Kind.LOAD:
            source = at - 1
        elif row.kind is Kind.STORE:
            source = at - 2 if at and _pushes_alone(instrs[at - 1].row) else -1
        elif calls_through_table(row):
            source = at - 1
        else:
            continue
        if source < 0 or not instrs[source].row.reads_local:
            continue
        local = instrs[source].idx(0)
        if calls_through_table(row):
            tables[local] = instr.idx(1)
        else:
            addresses.add(local)
    return LocalUses(frozenset(addresses), tables)


def calls_through_table(row: Row) -> bool:
    """Return whether an instruction calls the function at an index of a table."""
    return row.is_call and Imm.TABLEIDX in row.imms


def _pushes_alone(row: Row) -> bool:
    """Return whether an instruction pushes one value and takes none."""
    return row.reads_local or row.reads_global or (row.params == () and bool(row.results))
