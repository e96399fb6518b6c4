"""Modules that ran before: what a run needs of them, kept by their bytes; the rest waits.

What is kept was decoded from the same bytes by the same sources, and validated. Only modules whose
initial values are plain are kept: a number, null, a global or a function, one instruction each.
"""

from __future__ import annotations

import marshal
from functools import partial

from wasmlab.cache import read, write
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.records import fields
from wasmlab.sources import key_of
from wasmlab.syntax import types
from wasmlab.syntax.initial import (
    FUNC,
    GLOBAL,
    NULL,
    NUMBER,
    DataInit,
    ElemInit,
    Initial,
    Plain,
    SegmentMode,
)
from wasmlab.syntax.instr import Span
from wasmlab.syntax.module import Export, ExternKind, Import, Module
from wasmlab.syntax.row import Imm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.syntax.instr import Expr
    from wasmlab.syntax.types import DefType

    Packed = tuple["Packed", ...] | list["Packed"] | str | int | None
    """A type as plain values: see ``_pack``."""

_SOURCES = ("syntax", "isa", "binary", "valid")
_SUFFIX = ".module"
_DEFINED = "defined"
"""Stands before the index of a defined type."""
_SIMPLE = (types.NumType, types.VecType, types.PackedType, types.AbsHeapType)
_SINGLE = {str(t): t for t in vars(types).values() if isinstance(t, _SIMPLE)}
"""Types without parts by their names: there is one object of each."""
_COMPOUND: dict[str, Any] = {
    t.__name__: t
    for t in (
        types.RefType, types.RecIdx, types.FieldType, types.FuncType, types.StructType,
        types.ArrayType, types.SubType, types.Limits, types.MemType, types.TableType,
        types.GlobalType, types.TagType,
    )
}  # fmt: skip
"""Types with parts by their names."""
_KINDS = {
    Imm.GLOBALIDX: GLOBAL, Imm.FUNCIDX: FUNC,
    Imm.I32: NUMBER, Imm.I64: NUMBER, Imm.F32: NUMBER, Imm.F64: NUMBER, Imm.V128: NUMBER,
}  # fmt: skip
"""What a plain expression is, by its immediate; that of ``ref.null`` is a type."""
_INSTRS = 2
"""Instructions of a plain expression, with its ``end``."""


class KnownModule(Module):
    """A module of which a run's part is there; the rest is decoded when it is asked for."""


class _Decoded:
    """A field of a known module: where it is not kept, the module is decoded for it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, module: KnownModule, _kind: type) -> object:
        from wasmlab.binary.decode import decode  # with the whole table of instructions

        there = vars(module)
        there.update({**vars(decode(module.data)), **there})
        return there[self._name]


for _field in fields(Module):
    setattr(KnownModule, _field.name, _Decoded(_field.name))


def is_known(module: Module) -> bool:
    """Return whether a module is one that ``known_module`` returned: it is valid."""
    return isinstance(module, KnownModule)


def known_module(data: bytes) -> Module | None:
    """Return the module with these bytes if it is known to be valid."""
    content = read(_name(data))
    return None if content is None else _unpacked(data, marshal.loads(content))  # noqa: S302 - this user's own, see ``cache.read``


def keep(module: Module) -> None:
    """Keep what a run needs of a valid module, unless that is known or a value is not plain."""
    initial = None if is_known(module) else plain_initial(module.initial)
    if initial is not None:
        write(_name(module.data), marshal.dumps(_packed(module, initial)))


def _name(data: bytes) -> str:
    return key_of(_SOURCES, data) + _SUFFIX


# ---- plain initial values ----


def plain_initial(initial: Initial) -> Initial | None:
    """Return initial values with plain ones in place of expressions; None where one is not."""
    exprs = [*initial.globals, *initial.tables]
    for elem in initial.elems:
        exprs += [elem.at or NULL, *elem.refs]
    exprs += [data.at or NULL for data in initial.datas]
    found = [_plain(expr) for expr in exprs]
    there = [value for value in found if value is not None]
    if len(there) < len(found):
        return None
    plain = iter(there)
    return Initial(
        tuple([next(plain) for _ in initial.globals]),
        tuple([next(plain) for _ in initial.tables]),
        tuple([
            elem._replace(at=next(plain), refs=tuple([next(plain) for _ in elem.refs]))
            for elem in initial.elems
        ]),
        tuple([data._replace(at=next(plain)) for data in initial.datas]),
    )  # fmt: skip


def _plain(expr: Expr | Plain) -> Plain | None:
    if isinstance(expr, Plain):
        return expr
    if len(expr) != _INSTRS:
        return None
    instr = expr[0]
    match instr.row.imms:
        case (Imm.HEAPTYPE,):
            return NULL
        case (imm,) if imm in _KINDS:
            return Plain(_KINDS[imm], instr.idx(0))
        case _:
            return None


# ---- packing ----


def _packed(module: Module, initial: Initial) -> tuple[Any, ...]:
    first = {t: x for x, t in reversed(list(enumerate(module.types)))}  # equal types are one
    pack = partial(_pack, first)
    groups = (t.group for t in module.types if t.index == 0)
    return (
        [pack(group.rolled) for group in groups],
        [(i.module, i.name, pack(i.type), i.offset) for i in module.imports],
        [pack(f.type) for f in module.funcs],
        pack(module.table_types),
        pack(module.mems),
        pack(module.tags),
        pack(module.global_types),
        [(e.name, e.kind.value, e.index, e.offset) for e in module.exports],
        module.start,
        module.warnings,
        list(map(tuple, initial.globals)),
        list(map(tuple, initial.tables)),
        [(e.mode.value, e.table, tuple(e.at), list(map(tuple, e.refs))) for e in initial.elems],
        [(d.mode.value, d.mem, tuple(d.at), tuple(d.span)) for d in initial.datas],
    )


def _unpacked(data: bytes, found: tuple[Any, ...]) -> Module:
    """Return a module of what ``_packed`` made of one."""
    groups, imports, funcs, tables, mems, tags, variables, exports, start, warnings, *initial = (
        found
    )
    defined = list[types.DefType]()
    unpack = partial(_unpack, defined)
    for rolled in groups:
        defined.extend(types.intern_group(unpack(rolled)).types)
    known = KnownModule.__new__(KnownModule)
    named = tuple([Import(module, name, unpack(t), at) for module, name, t, at in imports])
    of_funcs = tuple([i for i in named if isinstance(i.type, types.DefType)])
    of_mems = [i.type for i in named if isinstance(i.type, types.MemType)]
    of_tags = [i.type for i in named if isinstance(i.type, types.TagType)]
    own = unpack(mems), unpack(tags)
    vars(known).update(
        data=data, types=tuple(defined), imports=named, func_imports=of_funcs,
        func_types=(*[i.type for i in of_funcs], *map(unpack, funcs)),
        table_types=unpack(tables), mems=own[0], mem_types=(*of_mems, *own[0]),
        tags=own[1], tag_types=(*of_tags, *own[1]), global_types=unpack(variables),
        exports=tuple([Export(name, ExternKind(kind), x, at) for name, kind, x, at in exports]),
        start=start, warnings=warnings, initial=_initial(*initial),
    )  # fmt: skip
    return known


def _initial(globals_: list[Any], tables: list[Any], elems: list[Any], datas: list[Any]) -> Initial:
    return Initial(
        tuple(map(Plain._make, globals_)),
        tuple(map(Plain._make, tables)),
        tuple([
            ElemInit(SegmentMode(mode), x, Plain(*at), tuple(map(Plain._make, refs)))
            for mode, x, at, refs in elems
        ]),
        tuple([
            DataInit(SegmentMode(mode), x, Plain(*at), Span(*span)) for mode, x, at, span in datas
        ]),
    )  # fmt: skip


def _kind(value: object) -> type[object]:
    return type(value)


def _pack(indices: Mapping[DefType, int], value: Any) -> Packed:  # noqa: ANN401 - see _unpack
    """Return a type, a tuple of types, or a part of one that is no type as plain values.

    A type is its name, or a tuple that begins with it; a tuple is a list.
    """
    kind = _kind(value)
    if kind is types.DefType:
        return (_DEFINED, indices[value])
    if kind is tuple:
        return [_pack(indices, part) for part in value]
    if value is None or isinstance(value, int):
        return value
    if kind.__name__ not in _COMPOUND:
        return str(value)
    parts = (getattr(value, name) for name in kind.__annotations__)
    return (kind.__name__, *[_pack(indices, part) for part in parts])


def _unpack(defined: list[DefType], packed: Any) -> Any:  # noqa: ANN401 - whatever was packed
    """Return what ``_pack`` was given."""
    kind, parts = _kind(packed), packed
    if kind is str:
        return _SINGLE[parts]
    if kind is list:
        return tuple([_unpack(defined, part) for part in parts])
    if kind is not tuple:
        return parts
    if parts[0] == _DEFINED:
        return defined[int(parts[1])]
    return _made(parts[0], [_unpack(defined, part) for part in parts[1:]])


def _made(name: str, parts: list[Any]) -> object:
    return _COMPOUND[name](*parts)
