"""What instantiation does with a module: initial values of globals and tables, and its segments."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import Enum, NamedTuple

if TYPE_CHECKING:
    from wasmlab.syntax.instr import Expr, Span


class SegmentMode(Enum):
    """When a segment is used."""

    ACTIVE = "active"
    PASSIVE = "passive"
    DECLARATIVE = "declare"


NUMBER, GLOBAL, FUNC = range(3)
"""What a plain constant expression is: a number or null, a global's value, a function."""


class Plain(NamedTuple):
    """A constant expression of one instruction, without the instruction."""

    kind: int
    number: int
    """The bits of a number or null, or an index."""


class ElemInit(NamedTuple):
    """An element segment; table and at (where to write) only if active."""

    mode: SegmentMode
    table: int
    at: Expr | Plain
    refs: tuple[Expr | Plain, ...]


class DataInit(NamedTuple):
    """A data segment: its bytes as a span; mem and at only if active."""

    mode: SegmentMode
    mem: int
    at: Expr | Plain
    span: Span


class Initial(NamedTuple):
    """Initial values, in the order of their index spaces."""

    globals: tuple[Expr | Plain, ...]
    tables: tuple[Expr | Plain, ...]
    elems: tuple[ElemInit, ...]
    datas: tuple[DataInit, ...]


NULL = Plain(NUMBER, 0)
