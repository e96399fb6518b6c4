"""The name section. Source: core spec, appendix/custom.html#name-section.

Reading is forgiving: whatever can be read is kept, the rest becomes complaints.
"""

from __future__ import annotations

from wasmlab.errors import Malformed
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import replace
from wasmlab.syntax.module import Names

from .reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.syntax.instr import Span

_MODULE = 0
_ENOUGH = 100
"""Complaints after which disorder is no longer worth a new one."""
_MAPS: dict[int, Callable[[Names], dict[int, str]]] = {
    1: lambda names: names.funcs,
    4: lambda names: names.types,
    5: lambda names: names.tables,
    6: lambda names: names.mems,
    7: lambda names: names.globals,
    8: lambda names: names.elems,
    9: lambda names: names.datas,
    11: lambda names: names.tags,
}
_NESTED: dict[int, Callable[[Names], dict[int, dict[int, str]]]] = {
    2: lambda names: names.locals,
    3: lambda names: names.labels,
    10: lambda names: names.fields,
}


def read_names(data: bytes, span: Span) -> tuple[Names, list[Malformed]]:
    """Return the names of a name section whose payload is span, and the errors in it."""
    reader = Reader(data, span.start, span.end)
    names = Names()
    wrong: list[Malformed] = []
    last = -1
    while reader.pos < span.end:
        try:
            start = reader.pos
            number = reader.byte()
            part = Reader(data, 0, reader.length() + reader.pos)
            part.pos = reader.pos
            reader.skip(part.end - part.pos)
        except Malformed as error:
            wrong.append(error)
            break
        if number <= last:
            wrong.append(Malformed(f"name subsection {number} is out of order", start))
        last = max(last, number)
        try:
            names = _subsection(part, number, names, wrong)
        except Malformed as error:
            wrong.append(error)
    return names, wrong


def _subsection(reader: Reader, number: int, names: Names, wrong: list[Malformed]) -> Names:
    start = reader.pos
    if number == _MODULE:
        names = replace(names, module=reader.name())
    elif number in _MAPS:
        _name_map(reader, _MAPS[number](names), wrong)
    elif number in _NESTED:
        into = _NESTED[number](names)
        for _ in range(reader.length()):
            _name_map(reader, into.setdefault(reader.u32(), {}), wrong)
    else:  # from a later version or a proposal
        reader.pos = reader.end
    if reader.pos != reader.end:
        raise Malformed(f"section size mismatch: name subsection {number}", start)
    return names


def _name_map(reader: Reader, into: dict[int, str], wrong: list[Malformed]) -> None:
    """Add a name map to into; the first name of an index counts."""
    last = -1
    for _ in range(reader.length()):
        start = reader.pos
        index = reader.u32()
        name = reader.name()
        if index <= last and len(wrong) < _ENOUGH:
            wrong.append(Malformed(f"name index {index} is out of order", start))
        last = index
        into.setdefault(index, name)
