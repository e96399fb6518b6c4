"""What a module consists of, and what lies where in its first memory: views to browse."""

from __future__ import annotations

from wasmlab.binary.body import decode_body
from wasmlab.counted import counted
from wasmlab.debug.views.symbols import func_name, global_name
from wasmlab.escape import escaped, escaped_name
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.syntax.initial import SegmentMode
from wasmlab.syntax.module import ExternKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmlab.debug.views.model import Variable
    from wasmlab.module import Module
    from wasmlab.syntax.instr import Expr
    from wasmlab.syntax.module import Data
    from wasmlab.syntax.types import ExternType, MemType, TableType

_PREVIEW = 32
"""Bytes of a data segment that are shown."""


@dataclass(frozen=True, slots=True)
class ModuleItem:
    """One thing in a module: ``section`` is the heading it stands under."""

    section: str
    index: int
    text: str
    func: int | None = None
    """The function it is, or names; counted with imports."""
    address: int | None = None
    """Where an active data segment is written."""


@dataclass(frozen=True, slots=True)
class MemoryRegion:
    """A part of linear memory, start to end (exclusive), with what it is for."""

    start: int
    end: int
    text: str


def module_items(module: Module) -> Iterator[ModuleItem]:
    """Yield everything in a module, section by section, in the order of the binary format."""
    yield from _described(module)
    yield from _defined(module)
    yield from _segments(module)
    for index, custom in enumerate(module.custom_sections):
        yield ModuleItem(
            "custom", index, f"{escaped_name(custom.name)}  {counted(len(custom.data), 'byte')}"
        )


def _described(module: Module) -> Iterator[ModuleItem]:
    syntax = module.syntax
    for index, t in enumerate(syntax.types):
        yield ModuleItem("types", index, escaped(str(t)))
    func = 0
    for index, found in enumerate(module.imports):
        text = f"{escaped_name(found.module)}.{escaped_name(found.name)}  {type_text(found.type)}"
        is_func = found.kind is ExternKind.FUNC
        yield ModuleItem("imports", index, text, func if is_func else None)
        func += is_func


def _defined(module: Module) -> Iterator[ModuleItem]:
    syntax = module.syntax
    for function in module.functions[syntax.imported_funcs :]:
        name = func_name(syntax, function.index)
        text = f"{name}  {function.type}  {counted(function.size, 'byte')}"
        yield ModuleItem("functions", function.index, text, function.index)
    for index, table in enumerate(syntax.table_types):
        yield ModuleItem("tables", index, type_text(table))
    for index, memory in enumerate(syntax.mem_types):
        yield ModuleItem("memories", index, type_text(memory))
    for index, t in enumerate(syntax.global_types):
        yield ModuleItem("globals", index, f"{global_name(syntax, index)}  {t}")
    for index, tag in enumerate(syntax.tag_types):
        yield ModuleItem("tags", index, type_text(tag))
    for index, export in enumerate(module.exports):
        is_func = export.kind is ExternKind.FUNC
        name = func_name(syntax, export.index) if is_func else str(export.index)
        text = f'"{escaped_name(export.name)}"  {export.kind.value} {name}'
        yield ModuleItem("exports", index, text, export.index if is_func else None)
    if syntax.start is not None:
        yield ModuleItem("start", 0, func_name(syntax, syntax.start), syntax.start)


def _segments(module: Module) -> Iterator[ModuleItem]:
    syntax = module.syntax
    for index, elem in enumerate(syntax.elems):
        where = f"table {elem.table} from {_constant(elem.at)}" if elem.at else elem.mode.value
        yield ModuleItem("elements", index, f"{len(elem.init):,} references  {where}")
    for index, data in enumerate(syntax.datas):
        yield _data_item(module, index, data)


def _data_item(module: Module, index: int, data: Data) -> ModuleItem:
    start, end = data.init
    shown = ascii(module.data[start : min(end, start + _PREVIEW)])[2:-1]
    more = " ..." if end - start > _PREVIEW else ""
    where, address = data.mode.value, None
    if data.mode is SegmentMode.ACTIVE:
        address = _constant(data.at)
        where = f"memory {data.mem} from " + ("a global" if address is None else f"0x{address:x}")
    text = f'{counted(end - start, "byte")}  {where}  "{shown}"{more}'
    return ModuleItem("data", index, text, address=address)


def type_text(t: ExternType) -> str:
    """Return a type as text; limits as ``1 to 4`` pages or elements."""
    limits = getattr(t, "limits", None)
    if limits is None:
        return escaped(str(getattr(t, "type", t)))
    most = "" if limits.maximum is None else f" to {limits.maximum:,}"
    return f"{limits.minimum:,}{most} {_unit(t)}"  # type: ignore[arg-type] - only these have limits


def _unit(t: MemType | TableType) -> str:
    element = getattr(t, "element", None)
    return "pages" if element is None else str(getattr(element, "heap", element))


def _constant(expr: Expr) -> int | None:
    """Return the value of an expression that is one constant."""
    found = expr[0].imms[0] if expr and expr[0].imms and not expr[0].row.params else None
    constant = bool(expr) and expr[0].row.mnemonic.endswith(".const")
    return found if constant and isinstance(found, int) else None


def first_offset(module: Module, func: int) -> int | None:
    """Return the offset of a function's first instruction; None if it is imported."""
    place = func - module.syntax.imported_funcs
    if place < 0:
        return None
    return decode_body(module.syntax, module.syntax.funcs[place]).instrs[0].offset


def memory_regions(
    module: Module, size: int, globals_: Sequence[Variable] = ()
) -> tuple[MemoryRegion, ...]:
    """Return what is known of the first memory, by address: data, bss, C stack, heap.

    Bss, stack and heap are told by the globals that LLVM's linker names ``__stack_pointer``,
    ``__data_end`` and ``__heap_base``. size: bytes of the memory now; globals_: their values now.
    """
    data = list(_data_regions(module))
    regions = [*data, *_bss(module, data), *_stack_regions(module, globals_)]
    base = _named(module).get("__heap_base")
    if base is not None and base < size:
        regions.append(MemoryRegion(base, size, "heap, from __heap_base"))
    return tuple(sorted(regions, key=lambda region: (region.start, region.end)))


def _data_regions(module: Module) -> Iterator[MemoryRegion]:
    for index, data in enumerate(module.syntax.datas):
        start = _constant(data.at) if data.mode is SegmentMode.ACTIVE and data.mem == 0 else None
        if start is not None:
            name = module.syntax.names.datas.get(index, "")
            length = data.init.end - data.init.start
            yield MemoryRegion(start, start + length, f"data {index} {escaped_name(name)}".rstrip())


def _bss(module: Module, data: list[MemoryRegion]) -> Iterator[MemoryRegion]:
    """Yield what static data there is after the segments, which is zero at the start."""
    last, end = max((found.end for found in data), default=0), _named(module).get("__data_end", 0)
    if data and last < end:
        yield MemoryRegion(last, end, "bss, up to __data_end")


def _stack_regions(module: Module, globals_: Sequence[Variable]) -> Iterator[MemoryRegion]:
    named = _named(module)
    top = named.get("__stack_pointer")
    if top is None:
        return
    end_of_data = named.get("__data_end", 0)
    bottom = end_of_data if end_of_data <= top else 0
    now = next((v.bits for v in globals_ if v.name == "$__stack_pointer"), top)
    if bottom < now <= top:
        yield MemoryRegion(bottom, now, "C stack, free")
    if now < top:
        yield MemoryRegion(now, top, "C stack, in use")


def _named(module: Module) -> dict[str, int]:
    """Return the first values of globals by their name or export, where they are constants."""
    syntax = module.syntax
    names = dict(syntax.names.globals)
    names.update({e.index: e.name for e in module.exports if e.kind is ExternKind.GLOBAL})
    first = len(syntax.global_types) - len(syntax.globals)
    values = {first + n: _constant(g.init) for n, g in enumerate(syntax.globals)}
    return {names[n]: v for n, v in values.items() if n in names and v is not None}
