"""Types: numbers, vectors, references, composite types, limits and external types.

Type definitions are hash-consed (spec: "rolling and unrolling", iso-recursive equality): two
``DefType`` are equal exactly if they are the same object, across modules too. ``str()`` of a type
is its text format.
"""

from __future__ import annotations

from wasmlab.errors import Crash
from wasmlab.hints import NewType
from wasmlab.records import dataclass

TypeIdx = NewType("TypeIdx", int)
FuncIdx = NewType("FuncIdx", int)
TableIdx = NewType("TableIdx", int)
MemIdx = NewType("MemIdx", int)
GlobalIdx = NewType("GlobalIdx", int)
TagIdx = NewType("TagIdx", int)
ElemIdx = NewType("ElemIdx", int)
DataIdx = NewType("DataIdx", int)
LocalIdx = NewType("LocalIdx", int)
LabelIdx = NewType("LabelIdx", int)
FieldIdx = NewType("FieldIdx", int)

PAGE_SIZE = 65_536
"""Bytes in a page of linear memory, unless a memory says otherwise (custom page sizes)."""


@dataclass(frozen=True, slots=True)
class NumType:
    """i32, i64, f32 or f64; one 64-bit slot."""

    name: str

    def __str__(self) -> str:
        """Return the text format."""
        return self.name


@dataclass(frozen=True, slots=True)
class VecType:
    """v128; two 64-bit slots, the low half in the lower one."""

    name: str

    def __str__(self) -> str:
        """Return the text format."""
        return self.name


I32 = NumType("i32")
I64 = NumType("i64")
F32 = NumType("f32")
F64 = NumType("f64")
V128 = VecType("v128")
ADDR = NumType("addr")
"""Stands in instruction rows for i32 or i64: the address type of the memory that is named."""


@dataclass(frozen=True, slots=True)
class AbsHeapType:
    """An abstract heap type: any eq i31 struct array none func nofunc extern noextern exn noexn.

    ``bot`` is below every heap type; it exists only inside the validator.
    """

    name: str

    def __str__(self) -> str:
        """Return the text format."""
        return self.name


@dataclass(frozen=True, slots=True)
class RecIdx:
    """A type of the recursive group being defined, by its place in the group."""

    index: int


@dataclass(frozen=True, slots=True, eq=False)
class DefType:
    """One type of a rolled-up recursive group; equality is identity (they are interned)."""

    group: RecGroup
    index: int

    @property
    def sub(self) -> SubType:
        """The sub type with references into its own group replaced by ``DefType``."""
        return self.group.unrolled[self.index]

    @property
    def comp(self) -> CompType:
        """The composite type."""
        return self.group.unrolled[self.index].comp

    def __str__(self) -> str:
        """Return the composite type's text, references to defined types by short names."""
        return str(self.comp)

    def __repr__(self) -> str:
        """Return a short text; the graph may be cyclic."""
        return f"DefType({self.comp})"


HeapType = AbsHeapType | DefType | RecIdx


@dataclass(frozen=True, slots=True)
class RefType:
    """A reference, nullable or not, to a heap type; one slot."""

    nullable: bool
    heap: HeapType

    def __str__(self) -> str:
        """Return the text format, with the short forms (funcref) where there are any."""
        if self.nullable and isinstance(self.heap, AbsHeapType) and self.heap.name in _SHORT:
            return _SHORT[self.heap.name]
        heap = f"({self.heap.comp.keyword})" if isinstance(self.heap, DefType) else str(self.heap)
        return f"(ref {'null ' if self.nullable else ''}{heap})"


_SHORT = {
    "any": "anyref",
    "eq": "eqref",
    "i31": "i31ref",
    "struct": "structref",
    "array": "arrayref",
    "none": "nullref",
    "func": "funcref",
    "nofunc": "nullfuncref",
    "extern": "externref",
    "noextern": "nullexternref",
    "exn": "exnref",
    "noexn": "nullexnref",
}

ANY = AbsHeapType("any")
EQ = AbsHeapType("eq")
I31 = AbsHeapType("i31")
STRUCT = AbsHeapType("struct")
ARRAY = AbsHeapType("array")
NONE = AbsHeapType("none")
FUNC = AbsHeapType("func")
NOFUNC = AbsHeapType("nofunc")
EXTERN = AbsHeapType("extern")
NOEXTERN = AbsHeapType("noextern")
EXN = AbsHeapType("exn")
NOEXN = AbsHeapType("noexn")
BOT_HEAP = AbsHeapType("bot")

FUNCREF = RefType(nullable=True, heap=FUNC)
EXTERNREF = RefType(nullable=True, heap=EXTERN)
EXNREF = RefType(nullable=True, heap=EXN)


@dataclass(frozen=True, slots=True)
class BotType:
    """The type of operands in unreachable code; below every value type (validator only)."""

    def __str__(self) -> str:
        """Return its form in messages."""
        return "unknown"


BOT = BotType()
ValType = NumType | VecType | RefType | BotType


def slots(t: ValType) -> int:
    """Return how many 64-bit slots of the operand stack a value of type t takes: 1 or 2."""
    return 2 if t is V128 else 1


def slot_count(types: tuple[ValType, ...]) -> int:
    """Return how many slots the values of all these types take."""
    return sum(2 if t is V128 else 1 for t in types)


@dataclass(frozen=True, slots=True)
class PackedType:
    """i8 or i16: a field of a structure or an array that is narrower than any value type."""

    name: str
    bits: int

    def __str__(self) -> str:
        """Return the text format."""
        return self.name


I8 = PackedType("i8", 8)
I16 = PackedType("i16", 16)
StorageType = ValType | PackedType


@dataclass(frozen=True, slots=True)
class FieldType:
    """The type of a field's content, and whether it can be set."""

    storage: StorageType
    mutable: bool

    def __str__(self) -> str:
        """Return the text format."""
        return f"(mut {self.storage})" if self.mutable else str(self.storage)


@dataclass(frozen=True, slots=True)
class FuncType:
    """Parameters and results, in order."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]
    keyword = "func"

    def __str__(self) -> str:
        """Return ``[i32 i32] -> [i64]``, the notation of the spec."""
        return f"[{' '.join(map(str, self.params))}] -> [{' '.join(map(str, self.results))}]"


@dataclass(frozen=True, slots=True)
class StructType:
    """The fields of a structure."""

    fields: tuple[FieldType, ...]
    keyword = "struct"

    def __str__(self) -> str:
        """Return the text format."""
        return f"(struct{''.join(f' (field {f})' for f in self.fields)})"


@dataclass(frozen=True, slots=True)
class ArrayType:
    """The element of an array."""

    element: FieldType
    keyword = "array"

    def __str__(self) -> str:
        """Return the text format."""
        return f"(array {self.element})"


CompType = FuncType | StructType | ArrayType


@dataclass(frozen=True, slots=True)
class SubType:
    """A composite type with the types it is declared below."""

    final: bool
    supers: tuple[HeapType, ...]
    comp: CompType


@dataclass(slots=True, eq=False)
class RecGroup:
    """An interned recursive group: ``types`` are its members in order."""

    rolled: tuple[SubType, ...]
    """Its members as written, references into the group as ``RecIdx``: the key of interning."""
    types: tuple[DefType, ...] = ()
    unrolled: tuple[SubType, ...] = ()


_GROUPS: dict[tuple[SubType, ...], RecGroup] = {}


def intern_group(rolled: tuple[SubType, ...]) -> RecGroup:
    """Return the one group equal to rolled, in which references into itself are ``RecIdx``.

    Source: core spec, valid/conventions.html#rolling-and-unrolling.
    """
    group = _GROUPS.get(rolled)
    if group is None:
        group = RecGroup(rolled)
        group.types = tuple(DefType(group, i) for i in range(len(rolled)))
        group.unrolled = tuple(_unroll_sub(s, group) for s in rolled)
        _GROUPS[rolled] = group
    return group


def func_deftype(functype: FuncType) -> DefType:
    """Return the defined type of a plain function type: final, no super type, a group of one."""
    return intern_group((SubType(final=True, supers=(), comp=functype),)).types[0]


def func_type(t: DefType) -> FuncType:
    """Return the composite type of a defined function type; Crash if it is none."""
    comp = t.comp
    if not isinstance(comp, FuncType):
        raise Crash(f"{comp} is no function type")
    return comp


def struct_type(t: DefType) -> StructType:
    """Return the composite type of a defined structure type; Crash if it is none."""
    comp = t.comp
    if not isinstance(comp, StructType):
        raise Crash(f"{comp} is no structure type")
    return comp


def array_type(t: DefType) -> ArrayType:
    """Return the composite type of a defined array type; Crash if it is none."""
    comp = t.comp
    if not isinstance(comp, ArrayType):
        raise Crash(f"{comp} is no array type")
    return comp


def _unroll_heap(heap: HeapType, group: RecGroup) -> HeapType:
    return group.types[heap.index] if isinstance(heap, RecIdx) else heap


def _unroll_val(t: ValType, group: RecGroup) -> ValType:
    return RefType(t.nullable, _unroll_heap(t.heap, group)) if isinstance(t, RefType) else t


def _unroll_field(f: FieldType, group: RecGroup) -> FieldType:
    storage = f.storage if isinstance(f.storage, PackedType) else _unroll_val(f.storage, group)
    return FieldType(storage, f.mutable)


def _unroll_sub(sub: SubType, group: RecGroup) -> SubType:
    comp = sub.comp
    if isinstance(comp, FuncType):
        comp = FuncType(
            tuple(_unroll_val(t, group) for t in comp.params),
            tuple(_unroll_val(t, group) for t in comp.results),
        )
    elif isinstance(comp, StructType):
        comp = StructType(tuple(_unroll_field(f, group) for f in comp.fields))
    else:
        comp = ArrayType(_unroll_field(comp.element, group))
    return SubType(sub.final, tuple(_unroll_heap(h, group) for h in sub.supers), comp)


@dataclass(frozen=True, slots=True)
class Limits:
    """A size range: pages of a memory, elements of a table; maximum None if not declared."""

    minimum: int
    maximum: int | None = None

    def __str__(self) -> str:
        """Return the text format."""
        return f"{self.minimum}" if self.maximum is None else f"{self.minimum} {self.maximum}"


@dataclass(frozen=True, slots=True)
class MemType:
    """A linear memory: address type I32 or I64, limits in pages of page_size bytes."""

    limits: Limits
    addr: NumType = I32
    shared: bool = False
    page_size: int = PAGE_SIZE

    def __str__(self) -> str:
        """Return the text format."""
        address = "" if self.addr is I32 else f"{self.addr} "
        shared = " shared" if self.shared else ""
        pages = "" if self.page_size == PAGE_SIZE else f" (pagesize 0x{self.page_size:x})"
        return f"{address}{self.limits}{shared}{pages}"


@dataclass(frozen=True, slots=True)
class TableType:
    """A table: element type, limits in elements, address type I32 or I64."""

    element: RefType
    limits: Limits
    addr: NumType = I32

    def __str__(self) -> str:
        """Return the text format, references to defined types by short names."""
        address = "" if self.addr is I32 else f"{self.addr} "
        return f"{address}{self.limits} {self.element}"


@dataclass(frozen=True, slots=True)
class GlobalType:
    """The type of a global variable."""

    value: ValType
    mutable: bool

    def __str__(self) -> str:
        """Return the text format."""
        return f"(mut {self.value})" if self.mutable else str(self.value)


@dataclass(frozen=True, slots=True)
class TagType:
    """An exception tag: a function type without results."""

    type: DefType

    def __str__(self) -> str:
        """Return the function type, references to defined types by short names."""
        return str(self.type)


ExternType = DefType | TableType | MemType | GlobalType | TagType
"""Types of imports and exports; a function has its defined type."""
