"""Decoding of modules and, when they are needed, of function bodies.

Source: core spec, binary/modules.html. Nothing is validated here, with one exception: types are
resolved, so that an unknown type index is ``Invalid`` at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wasmlab.errors import Malformed, Unsupported
from wasmlab.syntax.module import Body, Custom, Func, Module, Span

from .custom import read_customs
from .immediates import Context
from .instructions import read_expr
from .reader import Reader
from .sections import IN_ORDER, Sections
from .types import TypeSpace, read_valtype

if TYPE_CHECKING:
    from wasmlab.syntax.types import ValType

MAGIC = b"\0asm"
VERSION = 1
MAX_LOCALS = 50_000
"""Limit on the locals of a function, as other engines have it (the spec allows one)."""

_COMPONENT_LAYER = 1
_CUSTOM = 0
_ORDER = {number: place for place, number in enumerate(IN_ORDER, 1)}


def decode(data: bytes) -> Module:
    """Return the module that data encodes; function bodies stay spans of it.

    Raises Malformed, Invalid for type indices that do not exist, and Unsupported for types of
    proposals that wasmlab does not know. Custom sections never raise: see ``Module.warnings``.
    """
    reader = Reader(data)
    _preamble(reader)
    sections = Sections(reader)
    _read_sections(sections)
    _check_counts(sections, len(data))
    names, warnings = read_customs(data, sections.customs)
    return Module(
        data=data,
        types=tuple(sections.space.types),
        group_sizes=tuple(sections.group_sizes),
        imports=tuple(sections.imports),
        funcs=tuple(map(Func, sections.func_types, sections.bodies)),
        tables=tuple(sections.tables),
        mems=tuple(sections.mems),
        tags=tuple(sections.tags),
        globals=tuple(sections.globals),
        exports=tuple(sections.exports),
        start=sections.start,
        elems=tuple(sections.elems),
        datas=tuple(sections.datas),
        data_count=sections.data_count,
        customs=tuple(sections.customs),
        sections=tuple(sections.spans),
        names=names,
        warnings=warnings,
    )


def _preamble(reader: Reader) -> None:
    if reader.take(len(MAGIC)) != MAGIC:
        raise Malformed("magic header not detected", 0)
    version = reader.little_endian(2)
    layer = reader.little_endian(2)
    if layer == _COMPONENT_LAYER:
        raise Malformed(
            "unknown binary version: this is a component, not a core module",
            len(MAGIC),
            hint="wasmlab runs the core modules inside it: extract one first",
        )
    if (version, layer) != (VERSION, 0):
        raise Malformed(f"unknown binary version 0x{layer << 16 | version:x}", len(MAGIC))


def _read_sections(sections: Sections) -> None:
    reader, last = sections.reader, _CUSTOM
    while reader.pos < len(reader.data):
        at = reader.pos
        number = reader.byte()
        if number != _CUSTOM and number not in _ORDER:
            raise Malformed("malformed section id", at)
        if number != _CUSTOM and last != _CUSTOM and _ORDER[number] <= _ORDER[last]:
            raise Malformed(f"unexpected content after last section: section {number}", at)
        size = reader.length()
        span = Span(reader.pos, reader.pos + size)
        if number == _CUSTOM:
            sections.customs.append(_custom(reader, span, last))
        else:
            last = number
            IN_ORDER[number](sections)
        if reader.pos != span.end:
            raise Malformed("section size mismatch", span.start)
        sections.spans.append((number, span))


def _custom(reader: Reader, span: Span, after: int) -> Custom:
    name = reader.name()
    start = reader.pos
    reader.skip(span.end - start)
    return Custom(name, Span(start, span.end), after)


def _check_counts(sections: Sections, size: int) -> None:
    if len(sections.func_types) != len(sections.bodies):
        raise Malformed("function and code section have inconsistent lengths", size)
    if sections.data_count not in (None, len(sections.datas)):
        raise Malformed("data count and data section have inconsistent lengths", size)


def decode_body(module: Module, func: Func) -> Body:
    """Return the locals and instructions of a function of the module, offsets in the module.

    Blocks are nested properly and the last ``end`` is the last byte. Raises Malformed, Invalid
    for type indices that do not exist, and Unsupported beyond ``MAX_LOCALS`` locals or for
    instructions of proposals that wasmlab does not know.
    """
    reader = Reader(module.data, func.body.start)
    space = TypeSpace(list(module.types))
    local_types = _locals(reader, space)
    instrs = read_expr(Context(reader, space, data_count=module.data_count is not None))
    if reader.pos != func.body.end:
        raise Malformed("section size mismatch: function body", func.body.start)
    return Body(local_types, instrs)


def _locals(reader: Reader, space: TypeSpace) -> tuple[ValType, ...]:
    start = reader.pos
    runs = [(reader.u32(), read_valtype(reader, space)) for _ in range(reader.length())]
    total = sum(count for count, _ in runs)
    if total >> 32:
        raise Malformed("too many locals", start)
    if total > MAX_LOCALS:
        raise Unsupported(
            f"too many locals: {total}, at most {MAX_LOCALS}", place=f"at offset 0x{start:x}"
        )
    return tuple([kind for count, kind in runs for _ in range(count)])
