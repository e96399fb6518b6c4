"""Where imported functions are called: what a breakpoint on one needs."""

from __future__ import annotations

import re
from bisect import bisect_right

from wasmlab.debug.views.target import bound_code
from wasmlab.errors import Trap
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import ROWS
from wasmlab.runtime.reference import func_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.store import Code, FuncInst, ModuleInst

Sites = dict[int, set[int]]
"""Pcs by function address."""
_LONGEST = 5
"""Bytes of an index: linkers leave room for any."""


def find_import(target: Target, text: str) -> FuncInst | None:
    """Return the host function that a module imports by a name; None if there is none.

    text: the import's name, ``module.name``, or what the name section says.
    """
    target.names.read(target.store)
    return target.names.imported.get(text)


def call_sites(target: Target, callee: FuncInst) -> Sites:
    """Return the instructions that may call a host function.

    Calls through tables and references are among them if the function is in a table now.
    """
    direct = not _is_in_a_table(target, callee)
    found: Sites = {}
    for instance in target.store.instances:
        indices = {i for i, func in enumerate(instance.funcs) if func is callee}
        for code in _callers(instance, indices) if direct else _bodies(instance):
            pcs = {pc for pc in range(len(code.instrs)) if _calls(code, pc, indices, direct=direct)}
            if pcs:
                found[code.addr] = pcs
    return found


def _calls(code: Code, pc: int, indices: set[int], *, direct: bool) -> bool:
    row, imms, _ = code.instrs[pc]
    if row.is_direct_call:
        return imms[0] in indices
    return row.is_call and not direct


def _is_in_a_table(target: Target, func: FuncInst) -> bool:
    ref = func_ref(func.addr)
    tables = (ref in table.cells[: table.size] for table in target.store.tables)
    segments = (ref in elem for i in target.store.instances for elem in i.elems)
    return any(tables) or any(segments)


def _bodies(instance: ModuleInst) -> Iterator[Code]:
    for func in instance.funcs:
        if func.func is not None and func.instance is instance:
            yield from _bound(func)


def _bound(func: FuncInst) -> Iterator[Code]:
    try:
        yield bound_code(func)
    except Trap:
        return  # a body that is not valid: it cannot run


def _callers(instance: ModuleInst, indices: set[int]) -> Iterator[Code]:
    """Yield the bodies that may call a function directly.

    The bytes of a call are looked for, so that not every body of a large module is decoded.
    """
    if not indices:
        return
    defined = [f for f in instance.funcs if f.func is not None and f.instance is instance]
    starts = [f.func.body.start for f in defined if f.func is not None]
    wanted = b"|".join(re.escape(call) for index in indices for call in _encodings(index))
    data = instance.module.data
    hits = (match.start() for match in re.finditer(wanted, data, re.DOTALL))
    places = {bisect_right(starts, hit) - 1 for hit in hits}
    for place in sorted(places - {-1}):
        yield from _bound(defined[place])


def _encodings(index: int) -> Iterator[bytes]:
    """Yield every encoding of a direct call of a function."""
    for row in ROWS:
        if row.is_direct_call:
            for length in range(1, _LONGEST + 1):
                groups = [index >> 7 * i & 0x7F for i in range(length)]
                if index >> 7 * length == 0:
                    more = bytes(group | 0x80 for group in groups[:-1])
                    yield bytes(row.opcode) + more + bytes(groups[-1:])
