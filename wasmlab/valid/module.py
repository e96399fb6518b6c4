"""Modules: types, imports, definitions, segments, exports.

Source: core spec, valid/modules.html.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial

from wasmlab.binary.decode import decode_body
from wasmlab.errors import Invalid, Malformed, Unsupported
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.initial import SegmentMode
from wasmlab.syntax.module import ExternKind
from wasmlab.syntax.types import (
    I32,
    PAGE_SIZE,
    CompType,
    DefType,
    ExternType,
    FuncType,
    GlobalType,
    Limits,
    MemType,
    NumType,
    TableType,
    TagType,
)
from wasmlab.valid.body import TypedBody, validate_body
from wasmlab.valid.const import validate_expr
from wasmlab.valid.context import expanded, lookup
from wasmlab.valid.matching import is_defaultable, matches_comp, matches_val

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from wasmlab.syntax.module import Data, Elem, Func, Module, Table

    Watch = Callable[[int, int], object]

_PAGE_SIZES = (1, PAGE_SIZE)
_TYPE_SECTION, _TABLE_SECTION, _MEMORY_SECTION, _START_SECTION, _TAG_SECTION = 1, 4, 5, 8, 13


def validate_module(module: Module, *, bodies: bool = True, watch: Watch | None = None) -> None:
    """Check a module. Raises Invalid for the first error in the order of the binary format.

    bodies: whether function bodies are checked too (see ``typed_bodies`` for lazy loading);
    decoding them may raise Malformed. watch: called before each body with the number of those that
    are done and of all; it may raise to stop the check.
    """
    for check in _checks(module, bodies=bodies, watch=watch):
        check()


def faults(
    module: Module, *, watch: Watch | None = None
) -> Iterator[Invalid | Malformed | Unsupported]:
    """Yield the first error of every body and of every other part of a module, in their order.

    If the types are wrong, that is the only error: the rest means nothing without them. watch: see
    ``validate_module``.
    """
    for number, check in enumerate(_checks(module, bodies=True, watch=watch)):
        try:
            check()
        except (Invalid, Malformed, Unsupported) as error:
            yield error
            if number == 0:
                return


def _checks(module: Module, *, bodies: bool, watch: Watch | None) -> Iterator[Callable[[], object]]:
    """Yield the checks of a module's parts, the types first."""
    yield partial(_check_types, module)
    yield partial(_check_heads, module)
    for check in (_check_tables, _check_memories_and_tags, _check_globals, _check_exports):
        yield partial(check, module)
    yield partial(_check_start, module)
    yield partial(_check_elems, module)
    if bodies:
        for index, func in enumerate(module.funcs, module.imported_funcs):
            if watch is not None:
                yield partial(watch, index - module.imported_funcs, len(module.funcs))
            yield partial(_typed_body, module, index, func)
    yield partial(_check_datas, module)


def typed_bodies(module: Module) -> Iterator[TypedBody]:
    """Yield the function bodies that the module defines, decoded and typed, one by one.

    Raises Malformed or Invalid for the first body that is wrong.
    """
    for index, func in enumerate(module.funcs, module.imported_funcs):
        yield _typed_body(module, index, func)


def _typed_body(module: Module, index: int, func: Func) -> TypedBody:
    return validate_body(module, index, decode_body(module, func))


@contextmanager
def _placed(offset: int | None) -> Generator[None]:
    """Give errors without a place this one."""
    try:
        yield
    except Invalid as error:
        if error.offset is not None:
            raise
        raise Invalid(error.message, offset, hint=error.hint) from None


def _section_start(module: Module, number: int) -> int | None:
    return next((span.start for found, span in module.sections if found == number), None)


def _check_types(module: Module) -> None:
    with _placed(_section_start(module, _TYPE_SECTION)):
        for x, t in enumerate(module.types):
            _check_order(x, t)
        for x, t in enumerate(module.types):
            for above in t.sub.supers:
                if isinstance(above, DefType):
                    _check_subtype(x, t.comp, above)


def _check_heads(module: Module) -> None:
    """Check the types of imports and of the functions that the module defines."""
    for imported in module.imports:
        with _placed(imported.offset):
            _check_extern(imported.type)
    for func in module.funcs:
        with _placed(func.body.start):
            expanded(func.type)


def _check_elems(module: Module) -> None:
    for elem in module.elems:
        with _placed(elem.offset):
            _check_elem(module, elem)


def _check_datas(module: Module) -> None:
    for data in module.datas:
        with _placed(data.offset):
            _check_data(module, data)


def _check_order(x: int, t: DefType) -> None:
    """Super types must come first, so that chains of them end."""
    supers = t.sub.supers
    if len(supers) > 1:
        raise Invalid(f"sub type {x} has {len(supers)} super types, expected at most one")
    for above in supers:
        if not isinstance(above, DefType) or (above.group is t.group and above.index >= t.index):
            raise Invalid(f"unknown type: sub type {x} names a super type that is not yet defined")


def _check_subtype(x: int, comp: CompType, above: DefType) -> None:
    if above.sub.final:
        raise Invalid(f"sub type {x} does not match its super type {above.comp}: that is final")
    if not matches_comp(comp, above.comp):
        raise Invalid(f"sub type {x} ({comp}) does not match its super type {above.comp}")


def _check_extern(t: ExternType) -> None:
    match t:
        case DefType():
            expanded(t)
        case TableType():
            _check_table_type(t)
        case MemType():
            _check_mem_type(t)
        case TagType():
            _check_tag_type(t)
        case _:
            pass


def _check_limits(limits: Limits, most: int, message: str) -> None:
    """Check both limits against the most that is possible."""
    for size in (limits.minimum, limits.maximum):
        if size is not None and size > most:
            raise Invalid(f"{message}: found {size}")
    if limits.maximum is not None and limits.minimum > limits.maximum:
        found = f"found {limits.minimum} and {limits.maximum}"
        raise Invalid(f"size minimum must not be greater than maximum: {found}")


def _bits(addr: NumType) -> int:
    return 32 if addr == I32 else 64


def _check_table_type(t: TableType) -> None:
    bits = _bits(t.addr)
    _check_limits(t.limits, (1 << bits) - 1, f"table size must be at most 2^{bits}-1")


def _check_mem_type(t: MemType) -> None:
    if t.page_size not in _PAGE_SIZES:
        raise Invalid(f"invalid custom page size: expected 1 or {PAGE_SIZE}, found {t.page_size}")
    bits = _bits(t.addr)
    most = min((1 << bits) // t.page_size, (1 << bits) - 1)
    unit = " (4GiB)" if bits == _bits(I32) and t.page_size == PAGE_SIZE else ""
    _check_limits(t.limits, most, f"memory size must be at most {most} pages{unit}")
    if t.shared and t.limits.maximum is None:
        raise Invalid("shared memory must have maximum")


def _check_tag_type(t: TagType) -> None:
    results = expanded(t.type).results
    if results:
        raise Invalid(f"non-empty tag result type: expected no results, found {len(results)}")


def _check_tables(module: Module) -> None:
    imported = module.global_types[: len(module.global_types) - len(module.globals)]
    for table in module.tables:
        with _placed(table.offset or _section_start(module, _TABLE_SECTION)):
            _check_table_type(table.type)
            _check_table_init(module, table, imported)


def _check_table_init(module: Module, table: Table, imported: tuple[GlobalType, ...]) -> None:
    element = table.type.element
    if table.init is not None:
        validate_expr(module, table.init, element, imported)
    elif not is_defaultable(element):
        raise Invalid(f"type mismatch: elements of type {element} need an initial value")


def _check_memories_and_tags(module: Module) -> None:
    with _placed(_section_start(module, _MEMORY_SECTION)):
        for mem in module.mems:
            _check_mem_type(mem)
    with _placed(_section_start(module, _TAG_SECTION)):
        for tag in module.tags:
            _check_tag_type(tag)


def _check_globals(module: Module) -> None:
    visible = list(module.global_types[: len(module.global_types) - len(module.globals)])
    for g in module.globals:
        with _placed(g.offset):
            validate_expr(module, g.init, g.type.value, visible)
        visible.append(g.type)


def _index_space(module: Module, kind: ExternKind) -> tuple[Sequence[object], str]:
    match kind:
        case ExternKind.FUNC:
            return module.func_types, "function"
        case ExternKind.TABLE:
            return module.table_types, "table"
        case ExternKind.MEMORY:
            return module.mem_types, "memory"
        case ExternKind.GLOBAL:
            return module.global_types, "global"
        case ExternKind.TAG:
            return module.tag_types, "tag"


def _check_exports(module: Module) -> None:
    names: set[str] = set()
    for export in module.exports:
        with _placed(export.offset):
            space, what = _index_space(module, export.kind)
            lookup(space, export.index, what)
            if export.name in names:
                raise Invalid(f'duplicate export name "{export.name}"')
        names.add(export.name)


def _check_start(module: Module) -> None:
    if module.start is None:
        return
    with _placed(_section_start(module, _START_SECTION)):
        ft = expanded(lookup(module.func_types, module.start, "function"))
        if ft != FuncType((), ()):
            raise Invalid(f"start function: expected type [] -> [], found {ft}")


def _check_elem(module: Module, elem: Elem) -> None:
    for expr in elem.init:
        validate_expr(module, expr, elem.type)
    if elem.mode is SegmentMode.ACTIVE:
        table = lookup(module.table_types, elem.table, "table")
        if not matches_val(elem.type, table.element):
            expected = f"expected {table.element} like table {elem.table}"
            raise Invalid(f"type mismatch: elem segment {expected}, found {elem.type}")
        validate_expr(module, elem.at, table.addr)


def _check_data(module: Module, data: Data) -> None:
    if data.mode is SegmentMode.ACTIVE:
        memory = lookup(module.mem_types, data.mem, "memory")
        validate_expr(module, data.at, memory.addr)
