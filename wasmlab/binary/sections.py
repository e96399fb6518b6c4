"""Decoding of sections. Source: core spec, binary/modules.html."""

from __future__ import annotations

from wasmlab.errors import Malformed, Unsupported
from wasmlab.hints import TYPE_CHECKING, TypeVar
from wasmlab.isa.index import END, REF_FUNC
from wasmlab.records import dataclass, field
from wasmlab.syntax.initial import SegmentMode
from wasmlab.syntax.instr import Expr, Instr, Span
from wasmlab.syntax.module import Custom, Data, Elem, Export, ExternKind, Global, Import, Table
from wasmlab.syntax.types import (
    FUNC,
    FUNCREF,
    DefType,
    ExternType,
    FuncIdx,
    MemIdx,
    MemType,
    RefType,
    TableIdx,
    TagType,
)

from .immediates import DecodingContext
from .instructions import read_expr
from .types import (
    TypeSpace,
    read_functype,
    read_globaltype,
    read_memtype,
    read_rectype,
    read_reftype,
    read_tabletype,
    read_tagtype,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .reader import Reader

T = TypeVar("T")

_KINDS = tuple(ExternKind)
"""Kinds of imports and exports in the order of their codes."""
_EXACT_FUNC = 0x20
_SHARED_NAME, _SHARED_TYPE = 0x7F, 0x7E
"""In place of the kind of an import without name: a list of imports from one module follows."""
_TABLE_WITH_INIT = 0x40
_HAS_INDEX, _HAS_EXPRS = 2, 4
_ELEM_FLAGS, _DATA_FLAGS = 8, 3
_FUNCTIONS = RefType(nullable=False, heap=FUNC)


@dataclass(slots=True)
class Sections:
    """What the sections read so far contain."""

    reader: Reader
    types: list[DefType] = field(default_factory=list[DefType])
    space: TypeSpace = field(init=False)
    """The types of the module, as decoding sees them."""
    group_sizes: list[int] = field(default_factory=list[int])
    imports: list[Import] = field(default_factory=list[Import])
    func_types: list[DefType] = field(default_factory=list[DefType])
    tables: list[Table] = field(default_factory=list[Table])
    mems: list[MemType] = field(default_factory=list[MemType])
    tags: list[TagType] = field(default_factory=list[TagType])
    globals: list[Global] = field(default_factory=list[Global])
    exports: list[Export] = field(default_factory=list[Export])
    start: FuncIdx | None = None
    elems: list[Elem] = field(default_factory=list[Elem])
    data_count: int | None = None
    bodies: list[Span] = field(default_factory=list[Span])
    datas: list[Data] = field(default_factory=list[Data])
    customs: list[Custom] = field(default_factory=list[Custom])
    spans: list[tuple[int, Span]] = field(default_factory=list[tuple[int, Span]])

    def __post_init__(self) -> None:
        self.space = TypeSpace(self.types)


def _list(sections: Sections, read: Callable[[Sections], T]) -> list[T]:
    return [read(sections) for _ in range(sections.reader.length())]


def _fill(sections: Sections, found: list[T], read: Callable[[Sections], T]) -> None:
    """Add the items of a section to those found: what comes before an error stays."""
    for _ in range(sections.reader.length()):
        found.append(read(sections))  # noqa: PERF401 - a comprehension would lose them all


def _types(sections: Sections) -> None:
    _fill(sections, sections.group_sizes, _rectype)


def _rectype(sections: Sections) -> int:
    group = read_rectype(sections.reader, sections.space)
    sections.types.extend(group.types)
    return len(group.types)


def _externtype(sections: Sections) -> ExternType:
    reader, space = sections.reader, sections.space
    code = reader.byte()
    if code >= len(_KINDS):
        if code == _EXACT_FUNC:
            raise Unsupported(
                "the custom-descriptors proposal is not supported",
                place=f"at offset 0x{reader.pos - 1:x}",
            )
        raise Malformed("malformed import kind", reader.pos - 1)
    match _KINDS[code]:
        case ExternKind.FUNC:
            return read_functype(reader, space)
        case ExternKind.TABLE:
            return read_tabletype(reader, space)
        case ExternKind.MEMORY:
            return read_memtype(reader)
        case ExternKind.GLOBAL:
            return read_globaltype(reader, space)
        case ExternKind.TAG:
            return read_tagtype(reader, space)


def _import(sections: Sections) -> list[Import]:
    reader = sections.reader
    start = reader.pos
    module, name = reader.name(), reader.name()
    code = -1 if name else reader.peek()
    if code == _SHARED_NAME:
        reader.pos += 1
        return _list(sections, lambda s: _item(s, module))
    if code == _SHARED_TYPE:
        reader.pos += 1
        shared = _externtype(sections)
        return _list(sections, lambda s: _item(s, module, shared))
    return [Import(module, name, _externtype(sections), start)]


def _item(sections: Sections, module: str, shared: ExternType | None = None) -> Import:
    start = sections.reader.pos
    name = sections.reader.name()
    return Import(module, name, shared or _externtype(sections), start)


def _imports(sections: Sections) -> None:
    for _ in range(sections.reader.length()):
        sections.imports.extend(_import(sections))


def _funcs(sections: Sections) -> None:
    _fill(sections, sections.func_types, lambda s: read_functype(s.reader, s.space))


def _expr(sections: Sections) -> Expr:
    return read_expr(DecodingContext(sections.reader, sections.space))


def _table(sections: Sections) -> Table:
    reader, space = sections.reader, sections.space
    start = reader.pos
    if reader.peek() != _TABLE_WITH_INIT:
        return Table(read_tabletype(reader, space), None, start)
    reader.pos += 1
    if reader.byte() != 0:
        raise Malformed("zero byte expected", reader.pos - 1)
    return Table(read_tabletype(reader, space), _expr(sections), start)


def _tables(sections: Sections) -> None:
    _fill(sections, sections.tables, _table)


def _mems(sections: Sections) -> None:
    _fill(sections, sections.mems, lambda s: read_memtype(s.reader))


def _tags(sections: Sections) -> None:
    _fill(sections, sections.tags, lambda s: read_tagtype(s.reader, s.space))


def _global(sections: Sections) -> Global:
    start = sections.reader.pos
    kind = read_globaltype(sections.reader, sections.space)
    return Global(kind, _expr(sections), start)


def _globals(sections: Sections) -> None:
    _fill(sections, sections.globals, _global)


def _export(sections: Sections) -> Export:
    reader = sections.reader
    start = reader.pos
    name = reader.name()
    code = reader.byte()
    if code >= len(_KINDS):
        raise Malformed("malformed export kind", reader.pos - 1)
    return Export(name, _KINDS[code], reader.u32(), start)


def _exports(sections: Sections) -> None:
    _fill(sections, sections.exports, _export)


def _start(sections: Sections) -> None:
    sections.start = FuncIdx(sections.reader.u32())


def _func_ref(sections: Sections) -> Expr:
    reader = sections.reader
    start = reader.pos
    return (Instr(REF_FUNC, (reader.u32(),), start), Instr(END, (), start))


def _elem_type(reader: Reader, space: TypeSpace, *, exprs: bool) -> RefType:
    if exprs:
        return read_reftype(reader, space)
    if reader.byte() != 0:
        raise Malformed("malformed element kind", reader.pos - 1)
    return _FUNCTIONS


def _elem(sections: Sections) -> Elem:
    reader = sections.reader
    start = reader.pos
    flags = reader.u32()
    if flags >= _ELEM_FLAGS:
        raise Malformed("malformed elements segment kind", start)
    exprs = bool(flags & _HAS_EXPRS)
    mode, table, at = SegmentMode.ACTIVE, 0, ()
    if flags & 1:
        mode = SegmentMode.DECLARATIVE if flags & _HAS_INDEX else SegmentMode.PASSIVE
    else:
        table = reader.u32() if flags & _HAS_INDEX else 0
        at = _expr(sections)
    if flags & (_HAS_INDEX | 1):
        kind = _elem_type(reader, sections.space, exprs=exprs)
    else:
        kind = FUNCREF if exprs else _FUNCTIONS
    init = tuple(_list(sections, _expr if exprs else _func_ref))
    return Elem(kind, init, mode, TableIdx(table), at, start)


def _elems(sections: Sections) -> None:
    _fill(sections, sections.elems, _elem)


def _data_count(sections: Sections) -> None:
    sections.data_count = sections.reader.u32()


def _body(sections: Sections) -> Span:
    reader = sections.reader
    size = reader.length()
    start = reader.pos
    reader.skip(size)
    return Span(start, start + size)


def _code(sections: Sections) -> None:
    _fill(sections, sections.bodies, _body)


def _data(sections: Sections) -> Data:
    reader = sections.reader
    start = reader.pos
    flags = reader.u32()
    if flags >= _DATA_FLAGS:
        raise Malformed("malformed data segment kind", start)
    if flags == 1:
        return Data(_body(sections), SegmentMode.PASSIVE, offset=start)
    mem = MemIdx(reader.u32() if flags else 0)
    at = _expr(sections)
    return Data(_body(sections), SegmentMode.ACTIVE, mem, at, start)


def _datas(sections: Sections) -> None:
    _fill(sections, sections.datas, _data)


IN_ORDER: dict[int, Callable[[Sections], None]] = {
    1: _types,
    2: _imports,
    3: _funcs,
    4: _tables,
    5: _mems,
    13: _tags,
    6: _globals,
    7: _exports,
    8: _start,
    9: _elems,
    12: _data_count,
    10: _code,
    11: _datas,
}
"""Readers of the sections by id, in the order in which a module has them."""
