"""A module: the abstract syntax of the spec's "Structure/Modules", with byte offsets.

Bodies of functions stay bytes (``Func.body`` is a span): they are decoded when first needed.
Offsets are positions in ``Module.data``, as ``wasm-objdump`` prints them.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import Enum, dataclass, field
from wasmlab.syntax.initial import NULL, DataInit, ElemInit, Initial, SegmentMode
from wasmlab.syntax.types import (
    DefType,
    ExternType,
    FuncIdx,
    GlobalType,
    MemIdx,
    MemType,
    RefType,
    TableIdx,
    TableType,
    TagType,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wasmlab.syntax.instr import Expr, Span


class ExternKind(Enum):
    """The kind of an import or export; the value is its keyword in the text format."""

    FUNC = "func"
    TABLE = "table"
    MEMORY = "memory"
    GLOBAL = "global"
    TAG = "tag"


def extern_kind(t: ExternType) -> ExternKind:
    """Return the kind of an external type."""
    match t:
        case DefType():
            return ExternKind.FUNC
        case TableType():
            return ExternKind.TABLE
        case MemType():
            return ExternKind.MEMORY
        case GlobalType():
            return ExternKind.GLOBAL
        case TagType():
            return ExternKind.TAG


@dataclass(frozen=True, slots=True)
class Import:
    """An import."""

    module: str
    name: str
    type: ExternType
    offset: int = 0

    @property
    def kind(self) -> ExternKind:
        """What it is."""
        return extern_kind(self.type)


@dataclass(frozen=True, slots=True)
class Export:
    """An export: index counts imports too."""

    name: str
    kind: ExternKind
    index: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Func:
    """A function that the module defines; body starts at the local declarations."""

    type: DefType
    body: Span


@dataclass(frozen=True, slots=True)
class Table:
    """A table that the module defines; init None stands for null."""

    type: TableType
    init: Expr | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Global:
    """A global variable that the module defines."""

    type: GlobalType
    init: Expr
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Elem:
    """An element segment; table and at (where to write) only if active."""

    type: RefType
    init: tuple[Expr, ...]
    mode: SegmentMode
    table: TableIdx = TableIdx(0)
    at: Expr = ()
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Data:
    """A data segment: its bytes as a span; mem and at only if active."""

    init: Span
    mode: SegmentMode
    mem: MemIdx = MemIdx(0)
    at: Expr = ()
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Custom:
    """A custom section: payload, its bytes after the name; after, the id of the section before."""

    name: str
    payload: Span
    after: int = 0


@dataclass(frozen=True)
class Names:
    """The name section, by index; whatever it does not name is missing."""

    module: str | None = None
    funcs: dict[int, str] = field(default_factory=dict[int, str])
    locals: dict[int, dict[int, str]] = field(default_factory=dict[int, dict[int, str]])
    labels: dict[int, dict[int, str]] = field(default_factory=dict[int, dict[int, str]])
    types: dict[int, str] = field(default_factory=dict[int, str])
    tables: dict[int, str] = field(default_factory=dict[int, str])
    mems: dict[int, str] = field(default_factory=dict[int, str])
    globals: dict[int, str] = field(default_factory=dict[int, str])
    elems: dict[int, str] = field(default_factory=dict[int, str])
    datas: dict[int, str] = field(default_factory=dict[int, str])
    fields: dict[int, dict[int, str]] = field(default_factory=dict[int, dict[int, str]])
    tags: dict[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True)
class Module:
    """A decoded module; ``data`` is the binary that it came from."""

    data: bytes
    types: tuple[DefType, ...] = ()
    group_sizes: tuple[int, ...] = ()
    """Sizes of the recursive groups, in order; they add up to len(types)."""
    imports: tuple[Import, ...] = ()
    funcs: tuple[Func, ...] = ()
    tables: tuple[Table, ...] = ()
    mems: tuple[MemType, ...] = ()
    tags: tuple[TagType, ...] = ()
    globals: tuple[Global, ...] = ()
    exports: tuple[Export, ...] = ()
    start: FuncIdx | None = None
    elems: tuple[Elem, ...] = ()
    datas: tuple[Data, ...] = ()
    data_count: int | None = None
    customs: tuple[Custom, ...] = ()
    sections: tuple[tuple[int, Span], ...] = ()
    """Section ids and payload spans in file order."""
    names: Names = field(default_factory=Names)
    warnings: tuple[str, ...] = ()
    """Errors in custom sections; never a reason to refuse the module."""

    @cached_property
    def imported_funcs(self) -> int:
        """How many functions are imported; they come first in the index space."""
        return len(self.func_imports)

    @cached_property
    def func_imports(self) -> tuple[Import, ...]:
        """The imported functions, in order."""
        return tuple(i for i in self.imports if isinstance(i.type, DefType))

    @cached_property
    def func_types(self) -> tuple[DefType, ...]:
        """Types of the function index space, imports first."""
        imported = tuple(i.type for i in self.imports if isinstance(i.type, DefType))
        return imported + tuple(f.type for f in self.funcs)

    @cached_property
    def table_types(self) -> tuple[TableType, ...]:
        """Types of the table index space, imports first."""
        imported = tuple(i.type for i in self.imports if isinstance(i.type, TableType))
        return imported + tuple(t.type for t in self.tables)

    @cached_property
    def mem_types(self) -> tuple[MemType, ...]:
        """Types of the memory index space, imports first."""
        return tuple(i.type for i in self.imports if isinstance(i.type, MemType)) + self.mems

    @cached_property
    def global_types(self) -> tuple[GlobalType, ...]:
        """Types of the global index space, imports first."""
        imported = tuple(i.type for i in self.imports if isinstance(i.type, GlobalType))
        return imported + tuple(g.type for g in self.globals)

    @cached_property
    def initial(self) -> Initial:
        """What instantiation does, apart from imports and allocation."""
        return Initial(
            tuple(g.init for g in self.globals),
            tuple(t.init or NULL for t in self.tables),
            tuple(ElemInit(e.mode, e.table, e.at, e.init) for e in self.elems),
            tuple(DataInit(d.mode, d.mem, d.at, d.init) for d in self.datas),
        )

    @cached_property
    def global_exports(self) -> dict[int, str]:
        """The first name that each exported global is exported by, by its index."""
        exported = [e for e in self.exports if e.kind is ExternKind.GLOBAL]
        return {e.index: e.name for e in reversed(exported)}

    @cached_property
    def tag_types(self) -> tuple[TagType, ...]:
        """Types of the tag index space, imports first."""
        return tuple(i.type for i in self.imports if isinstance(i.type, TagType)) + self.tags

    @cached_property
    def declared_funcs(self) -> frozenset[int]:
        """Functions that ``ref.func`` may name in bodies: exported or named in an expression.

        Source: core spec, valid/conventions.html#context (refs).
        """
        exprs = [
            *(t.init for t in self.tables if t.init is not None),
            *(g.init for g in self.globals),
            *(expr for elem in self.elems for expr in (*elem.init, elem.at)),
        ]
        operands = (zip(i.row.imms, i.imms, strict=True) for expr in exprs for i in expr)
        named = (x for pairs in operands for imm, x in pairs if imm.name == "FUNCIDX")
        exported = (e.index for e in self.exports if e.kind is ExternKind.FUNC)
        return frozenset((*exported, *(x for x in named if isinstance(x, int))))

    @cached_property
    def namesakes(self) -> Mapping[int, int]:
        """Functions whose name several have, see ``namesakes``."""
        return namesakes(self.names.funcs)

    @cached_property
    def global_namesakes(self) -> Mapping[int, int]:
        """Globals whose name several have."""
        return namesakes(self.names.globals)

    @cached_property
    def local_namesakes(self) -> Mapping[int, Mapping[int, int]]:
        """Locals whose name several of the function have, by function."""
        every = ((func, namesakes(names)) for func, names in self.names.locals.items())
        return {func: found for func, found in every if found}

    @cached_property
    def code_start(self) -> int:
        """Offset of the code section's payload (what DWARF addresses count from); 0 if none."""
        return next((span.start for number, span in self.sections if number == CODE_SECTION), 0)


CODE_SECTION = 10


def namesakes(names: Mapping[int, str]) -> dict[int, int]:
    """Return which of those that share a name each one is, from 1, by its index.

    0 where ``name#2`` would be the name of another.
    """
    counts = Counter(names.values())
    if len(counts) == len(names):
        return {}
    seen: Counter[str] = Counter()
    found: dict[int, int] = {}
    for index, name in sorted(names.items()):
        if counts[name] > 1:
            seen[name] += 1
            found[index] = seen[name] if f"{name}#{seen[name]}" not in counts else 0
    return found
