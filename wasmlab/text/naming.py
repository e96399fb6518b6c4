"""Identifiers and types of a module as its text shows them."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.syntax.types import (
    I32,
    ArrayType,
    CompType,
    DefType,
    ExternType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    MemType,
    RecIdx,
    RefType,
    StorageType,
    StructType,
    SubType,
    TableType,
    TagType,
    ValType,
)
from wasmlab.text.numerals import string_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wasmlab.syntax.module import Module

_PLAIN = re.compile(r"[0-9A-Za-z!#$%&'*+\-./:<=>?@\\^_`|~]+")

_SURROGATE = re.compile("[\ud800-\udfff]")


def identifier(name: str) -> str | None:
    """Return ``$name``, quoted where needed; None if no identifier can be made of it."""
    if _PLAIN.fullmatch(name):
        return "$" + name
    is_text = bool(name) and not _SURROGATE.search(name)
    return "$" + string_text(name) if is_text else None


def identifiers(names: Mapping[int, str]) -> dict[int, str]:
    """Return an identifier for every index whose name makes one that no lower index has."""
    taken: set[str] = set()
    result: dict[int, str] = {}
    for index in sorted(names):
        made = identifier(names[index])
        if made is not None and made not in taken:
            taken.add(made)
            result[index] = made
    return result


@dataclass(frozen=True)
class Naming:
    """What a module's text calls its parts; identifiers are worked out when first asked for."""

    module: Module

    @cached_property
    def types(self) -> dict[int, str]:
        """Identifiers of types."""
        return identifiers(self.module.names.types)

    @cached_property
    def funcs(self) -> dict[int, str]:
        """Identifiers of functions."""
        return identifiers(self.module.names.funcs)

    @cached_property
    def tables(self) -> dict[int, str]:
        """Identifiers of tables."""
        return identifiers(self.module.names.tables)

    @cached_property
    def mems(self) -> dict[int, str]:
        """Identifiers of memories."""
        return identifiers(self.module.names.mems)

    @cached_property
    def globals(self) -> dict[int, str]:
        """Identifiers of globals."""
        return identifiers(self.module.names.globals)

    @cached_property
    def tags(self) -> dict[int, str]:
        """Identifiers of tags."""
        return identifiers(self.module.names.tags)

    @cached_property
    def elems(self) -> dict[int, str]:
        """Identifiers of element segments."""
        return identifiers(self.module.names.elems)

    @cached_property
    def datas(self) -> dict[int, str]:
        """Identifiers of data segments."""
        return identifiers(self.module.names.datas)

    def fields(self, x: int) -> dict[int, str]:
        """Return the identifiers of the fields of structure type x."""
        return identifiers(self.module.names.fields.get(x, {}))

    def locals(self, func: int) -> dict[int, str]:
        """Return the identifiers of a function's parameters and locals."""
        return identifiers(self.module.names.locals.get(func, {}))

    def local_heads(self, func: int) -> dict[int, str]:
        """Return how a function's parameters and locals introduce themselves.

        That is by identifiers; a name that makes no identifier of its own is an annotation.
        """
        given, own = self.module.names.locals.get(func, {}), self.locals(func)
        return {
            x: own.get(x) or f"(@name {string_text(name)})" for x, name in given.items() if name
        }

    @cached_property
    def group_starts(self) -> tuple[int, ...]:
        """For every type, the index of the first type of its recursive group."""
        sizes = self.module.group_sizes or (1,) * len(self.module.types)
        starts = accumulate(sizes, initial=0)
        return tuple(start for start, size in zip(starts, sizes, strict=False) for _ in range(size))

    @cached_property
    def type_indices(self) -> dict[DefType, int]:
        """The lowest index of every type: equal types have several."""
        return {t: x for x, t in reversed(tuple(enumerate(self.module.types)))}

    def sub(self, x: int) -> SubType:
        """Return type x as written, with its own group's members as ``RecIdx``."""
        t = self.module.types[x]
        return t.group.rolled[t.index]

    def type_ref(self, x: int) -> str:
        """Return the identifier or index of type x."""
        return self.types.get(x) or str(x)

    def heap(self, heap: HeapType, base: int = 0) -> str:
        """Return a heap type; base is where the recursive group begins that it is written in."""
        match heap:
            case RecIdx(index):
                return self.type_ref(base + index)
            case DefType():
                x = self.type_indices.get(heap)
                return f"({heap.comp.keyword})" if x is None else self.type_ref(x)
            case _:
                return str(heap)

    def storage(self, t: StorageType, base: int = 0) -> str:
        """Return a value type or packed type."""
        if not isinstance(t, RefType) or not isinstance(t.heap, RecIdx | DefType):
            return str(t)
        return f"(ref {'null ' if t.nullable else ''}{self.heap(t.heap, base)})"

    def field(self, f: FieldType, base: int = 0) -> str:
        """Return a field type."""
        return (
            f"(mut {self.storage(f.storage, base)})" if f.mutable else self.storage(f.storage, base)
        )

    def signature(self, t: FuncType, base: int = 0, names: Mapping[int, str] | None = None) -> str:
        """Return ``(param ..) (result ..)``, with a leading space unless both are empty."""
        return self._params(t.params, base, names or {}) + self._group("result", t.results, base)

    def _params(self, params: Sequence[ValType], base: int, names: Mapping[int, str]) -> str:
        if not any(i in names for i in range(len(params))):
            return self._group("param", params, base)
        return "".join(
            f" (param {names[i]} {self.storage(t, base)})"
            if i in names
            else f" (param {self.storage(t, base)})"
            for i, t in enumerate(params)
        )

    def _group(self, word: str, types: Sequence[ValType], base: int) -> str:
        shown = " ".join(self.storage(t, base) for t in types)
        return f" ({word} {shown})" if types else ""

    def comp(self, x: int, t: CompType, base: int) -> str:
        """Return the composite type that type x is."""
        match t:
            case FuncType():
                return f"(func{self.signature(t, base)})"
            case ArrayType():
                return f"(array {self.field(t.element, base)})"
            case StructType():
                names = self.fields(x)
                fields = (
                    f" (field {names[i] + ' ' if i in names else ''}{self.field(f, base)})"
                    for i, f in enumerate(t.fields)
                )
                return f"(struct{''.join(fields)})"

    def type_def(self, x: int) -> str:
        """Return the definition of type x."""
        sub, base = self.sub(x), self.group_starts[x]
        comp = self.comp(x, sub.comp, base)
        if not sub.final or sub.supers:
            supers = "".join(f" {self.heap(s, base)}" for s in sub.supers)
            comp = f"(sub{' final' if sub.final else ''}{supers} {comp})"
        return f"(type {defined(self.types, x, self.module.names.types)} {comp})"

    def indexed_use(self, x: int) -> str:
        """Return ``(type x)`` with parameters and results; x alone if there is no such type."""
        if not 0 <= x < len(self.module.types):
            return f"(type {x})"
        return self._use(x, None)

    def type_use(self, t: DefType, names: Mapping[int, str] | None = None) -> str:
        """Return ``(type x)`` with parameters and results."""
        return self._use(self.type_indices[t], names)

    def _use(self, x: int, names: Mapping[int, str] | None) -> str:
        comp = self.sub(x).comp
        base = self.group_starts[x]
        inline = self.signature(comp, base, names) if isinstance(comp, FuncType) else ""
        return f"(type {self.type_ref(x)}){inline}"

    def extern(self, t: ExternType, index: int) -> str:
        """Return the description that an import or definition gives of item index of its kind."""
        given = self.module.names
        match t:
            case DefType():
                return f"func {defined(self.funcs, index, given.funcs)} {self.type_use(t)}"
            case TableType():
                return f"table {defined(self.tables, index, given.tables)} {self.table(t)}"
            case MemType():
                return f"memory {defined(self.mems, index, given.mems)} {t}"
            case GlobalType():
                name = defined(self.globals, index, given.globals)
                return f"global {name} {self.global_type(t)}"
            case TagType():
                return f"tag {defined(self.tags, index, given.tags)} {self.type_use(t.type)}"

    def table(self, t: TableType) -> str:
        """Return a table type."""
        address = "" if t.addr is I32 else f"{t.addr} "
        return f"{address}{t.limits} {self.storage(t.element)}"

    def global_type(self, t: GlobalType) -> str:
        """Return a global type."""
        return f"(mut {self.storage(t.value)})" if t.mutable else self.storage(t.value)


def defined(names: Mapping[int, str], index: int, given: Mapping[int, str]) -> str:
    """Return how a definition introduces itself: its identifier and, as a comment, its index.

    given: names of the name section; one that makes no identifier of its own is an annotation.
    """
    if index in names:
        return f"{names[index]} (;{index};)"
    name = given.get(index)
    return f"(;{index};) (@name {string_text(name)})" if name else f"(;{index};)"
