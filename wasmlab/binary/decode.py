"""Decoding of modules; function bodies follow when they are needed.

Source: core spec, binary/modules.html. Nothing is validated here, with one exception: types are
resolved, so that an unknown type index is ``Invalid`` at once.
"""

from __future__ import annotations

from contextlib import suppress

from wasmlab.binary.magic import MAGIC
from wasmlab.errors import Invalid, Malformed, Unsupported
from wasmlab.hints import TYPE_CHECKING, NoReturn
from wasmlab.syntax.instr import Span
from wasmlab.syntax.module import Custom, Func, Module

from .body import decode_body, read_body
from .custom import read_customs
from .reader import UNEXPECTED_END, Reader
from .sections import IN_ORDER, Sections

if TYPE_CHECKING:
    from wasmlab.errors import WasmlabError

__all__ = ["decode", "decode_as_far", "decode_body"]

VERSION = 1
EAGER_CODE = 1 << 20
"""Most bytes of function bodies that are searched to explain why a module is malformed."""

_COMPONENT_LAYER = 1
_CUSTOM = 0
_ORDER = {number: place for place, number in enumerate(IN_ORDER, 1)}


def decode(data: bytes) -> Module:
    """Return the module that data encodes; function bodies stay spans of it.

    Raises Malformed, Invalid for type indices that do not exist, and Unsupported for types of
    proposals that wasmlab does not know. Custom sections never raise: see ``Module.warnings``.
    """
    sections = Sections(Reader(data))
    _read(sections)
    return _module(sections)


def decode_as_far(data: bytes) -> tuple[Module, WasmlabError | None]:
    """Return what comes before the first error of a module, and that error if there is one.

    It is one that ``decode`` raises.
    """
    sections, found = Sections(Reader(data)), None
    try:
        _read(sections)
    except (Malformed, Invalid, Unsupported) as error:
        found = error
    return _module(sections), found


def _read(sections: Sections) -> None:
    _preamble(sections.reader)
    try:
        _read_sections(sections)
        _check_counts(sections, len(sections.reader.data))
    except Malformed:
        _blame_bodies(sections)
        raise


def _module(sections: Sections) -> Module:
    data = sections.reader.data
    names, warnings = read_customs(data, sections.customs)
    return Module(
        data=data,
        types=tuple(sections.types),
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


def _blame_bodies(sections: Sections) -> None:
    """Raise the error of the first malformed body, if the code is small enough to search.

    A body that is longer than its size makes the bytes after it meaningless.
    """
    bodies = sections.bodies
    if not bodies or bodies[-1].end - bodies[0].start > EAGER_CODE:
        return
    with suppress(Invalid, Unsupported):
        for body in bodies:
            read_body(sections.reader.data, body, sections.space, data_count=True)


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
        if _CUSTOM not in (number, last) and _ORDER[number] <= _ORDER[last]:
            raise Malformed(f"unexpected content after last section: section {number}", at)
        size = reader.u32()
        span = Span(reader.pos, reader.pos + size)
        if size > len(reader.data) - at - 1:
            _overlong(sections, number, at + 1)
        if number == _CUSTOM:
            sections.customs.append(_custom(reader, span, last))
        else:
            last = number
            IN_ORDER[number](sections)
        if reader.pos != span.end:
            raise Malformed("section size mismatch", span.start)
        sections.spans.append((number, span))


def _overlong(sections: Sections, number: int, at: int) -> NoReturn:
    """Raise the error of a section larger than the rest of the file, or that of its content."""
    with suppress(Invalid, Unsupported):
        try:
            IN_ORDER.get(number, _nothing)(sections)
        except Malformed as error:
            if not error.message.startswith(UNEXPECTED_END):
                raise
    raise Malformed("length out of bounds", at)


def _nothing(sections: Sections) -> None:
    """Read nothing of a custom section."""
    del sections


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
