"""Instantiation: link imports, allocate, initialise; the start function is the caller's to run.

Source: core spec, exec/modules.html#instantiation.
"""

from __future__ import annotations

from functools import partial

from wasmlab.errors import Exhaustion, TrapCode, Unlinkable, unknown_import
from wasmlab.exec.const import evaluate
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.memory_budget import taken_by
from wasmlab.runtime.store import (
    Extern,
    FuncInst,
    GlobalInst,
    ModuleInst,
    Store,
    TagInst,
    alloc_func,
    alloc_global,
)
from wasmlab.runtime.table import Table
from wasmlab.syntax.initial import SegmentMode
from wasmlab.syntax.module import ExternKind, Import, extern_kind
from wasmlab.syntax.types import Limits, MemType, TableType
from wasmlab.valid.matching import matches_extern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wasmlab.syntax.initial import DataInit, ElemInit
    from wasmlab.syntax.module import Module
    from wasmlab.syntax.types import ExternType


def instantiate(
    store: Store,
    module: Module,
    imports: Mapping[tuple[str, str], Extern],
    *,
    name: str = "",
) -> ModuleInst:
    """Return an instance of a valid module, all but its start function run.

    Raises Unlinkable for imports, Trap if an active segment does not fit (what came before it stays
    written), Exhaustion for memory. All this happens at the tick it is called.
    """
    _check_size(store, module)
    instance = ModuleInst(module, store, name)
    store.roots = partial(_roots, store)
    store.heap.frozen = True
    for wanted in module.imports:
        _link(instance, wanted, imports.get((wanted.module, wanted.name)))
    _allocate(instance)
    if store.budget.sparse:
        from wasmlab.exec.sparse import bound_pages  # for memories larger than the machine's

        bound_pages(store)
    instance.exports = {
        export.name: _space(instance, export.kind)[export.index] for export in module.exports
    }
    store.instances.append(instance)
    for x, elem in enumerate(module.initial.elems):
        _run_elem(instance, x, elem)
    for x, data in enumerate(module.initial.datas):
        _run_data(instance, x, data)
    store.heap.frozen = False
    return instance


def _roots(store: Store) -> Iterable[int]:
    from wasmlab.exec.roots import roots  # a program may never need a collection

    return roots(store)


def _space(instance: ModuleInst, kind: ExternKind) -> list[Extern]:
    spaces = {
        ExternKind.FUNC: instance.funcs,
        ExternKind.TABLE: instance.tables,
        ExternKind.MEMORY: instance.mems,
        ExternKind.GLOBAL: instance.globals,
        ExternKind.TAG: instance.tags,
    }
    return cast("list[Extern]", spaces[kind])


def extern_type(extern: Extern) -> ExternType:
    """Return the type of an external value as it is now: sizes count as minima."""
    match extern:
        case FuncInst():
            return extern.type
        case Table():
            t = extern.type
            return TableType(t.element, Limits(extern.size, t.limits.maximum), t.addr)
        case Memory():
            m = extern.type
            return MemType(Limits(extern.pages, m.limits.maximum), m.addr, m.shared, m.page_size)
        case GlobalInst():
            return extern.type
        case TagInst():
            return extern.type


def _link(instance: ModuleInst, wanted: Import, extern: Extern | None) -> None:
    if extern is None:
        raise unknown_import(wanted.kind.value, wanted.module, wanted.name)
    found = extern_type(extern)
    if not matches_extern(found, wanted.type):
        raise Unlinkable(
            f"incompatible import type: expected {wanted.kind.value} {wanted.type}, "
            f"found {extern_kind(found).value} {found}",
            wanted.module,
            wanted.name,
        )
    _space(instance, wanted.kind).append(extern)


MOST = 100
"""Memories, and tables, that a module may define and import: as many as in other engines."""
_OBJECT_BYTES = 300
"""About how much memory a function, a global, a type, a segment or an export takes."""
_REFERENCE_BYTES = 40
"""Likewise, an element of a segment."""


def _check_size(store: Store, module: Module) -> None:
    """Raise Exhaustion for a module with more parts than the budget has room for."""
    for what, count in (("memories", len(module.mem_types)), ("tables", len(module.table_types))):
        if count > MOST:
            raise Exhaustion(TrapCode.MEMORY_EXHAUSTED, f"{count:,} {what}, at most {MOST} can be")
    funcs, initial = len(module.func_types) - module.imported_funcs, module.initial
    spaces = (module.types, initial.globals, initial.elems, initial.datas, module.exports)
    nbytes = taken_by((funcs, *map(len, spaces)), _OBJECT_BYTES)
    nbytes += taken_by((len(elem.refs) for elem in initial.elems), _REFERENCE_BYTES)
    if not store.budget.take(nbytes):
        raise store.budget.exhausted(nbytes)


def _allocate(instance: ModuleInst) -> None:
    module, store = instance.module, instance.store
    first = module.imported_funcs
    for index, deftype in enumerate(module.func_types[first:], first):
        defined = alloc_func(store, deftype)
        defined.index, defined.instance = index, instance
        instance.funcs.append(defined)
    for memtype in module.mems:
        memory = Memory(memtype, store.budget)
        store.mems.append(memory)
        instance.mems.append(memory)
    for tagtype in module.tags:
        tag = TagInst(tagtype, len(store.tags))
        store.tags.append(tag)
        instance.tags.append(tag)
    initial = module.initial
    globaltypes = module.global_types[len(instance.globals) :]
    for globaltype, init in zip(globaltypes, initial.globals, strict=True):
        instance.globals.append(alloc_global(store, globaltype, evaluate(instance, init)))
    tabletypes = module.table_types[len(instance.tables) :]
    for tabletype, init in zip(tabletypes, initial.tables, strict=True):
        table = Table(tabletype, evaluate(instance, init), store.budget)
        store.tables.append(table)
        instance.tables.append(table)
    for elem in initial.elems:
        instance.elems.append(tuple([evaluate(instance, expr) for expr in elem.refs]))


def _run_elem(instance: ModuleInst, x: int, elem: ElemInit) -> None:
    if elem.mode is SegmentMode.ACTIVE:
        at = evaluate(instance, elem.at)
        refs = instance.elems[x]
        instance.tables[elem.table].init(at, refs, 0, len(refs))
    if elem.mode is not SegmentMode.PASSIVE:
        instance.drop_elem(x)


def _run_data(instance: ModuleInst, x: int, data: DataInit) -> None:
    if data.mode is SegmentMode.ACTIVE:
        at = evaluate(instance, data.at)
        content = instance.data(x)
        instance.store.budget.need(len(content))
        instance.mems[data.mem].init(at, content, 0, len(content))
        instance.drop_data(x)
