"""Instructions, constant expressions and bodies, decoded."""

from __future__ import annotations

from wasmlab.errors import Crash
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.records import NamedTuple
from wasmlab.syntax.types import HeapType, MemIdx, RefType, ValType

if TYPE_CHECKING:
    from wasmlab.syntax.row import Row


class Span(NamedTuple):
    """Bytes start to end (exclusive) of the module."""

    start: int
    end: int


class MemArg(NamedTuple):
    """Immediates of a memory access: align is the exponent of 2, offset in bytes."""

    align: int
    offset: int
    mem: MemIdx = MemIdx(0)


class Catch(NamedTuple):
    """A clause of try_table: kind is catch, catch_ref, catch_all or catch_all_ref."""

    kind: str
    tag: int | None
    label: int


class Instr(NamedTuple):
    """One decoded instruction: its row, immediates in the row's order, and offset.

    The accessors of immediates raise Crash where the instruction has no such immediate.
    """

    row: Row
    imms: tuple[object, ...]
    """Their Python types are those that ``isa.row.Imm`` names."""
    offset: int

    def idx(self, n: int) -> int:
        """Return immediate n, an index or another number; from the end if n is negative."""
        x = self.imms[n] if -len(self.imms) <= n < len(self.imms) else None
        if not isinstance(x, int):
            raise self._without(f"number {n}")
        return x

    @property
    def memarg(self) -> MemArg:
        """The memory argument of an access, immediate 0."""
        for arg in self.imms[:1]:
            if isinstance(arg, MemArg):
                return arg
        raise self._without("memory argument")

    @property
    def indices(self) -> tuple[int, ...]:
        """The labels of br_table, the default last, or the lanes of a shuffle; immediate 0."""
        first = self.imms[0] if self.imms else None
        if type(first) is not tuple:  # a memarg is a tuple too
            raise self._without("list of indices")
        return cast("tuple[int, ...]", first)

    @property
    def heap_type(self) -> HeapType:
        """The heap type of a reference instruction, immediate 0."""
        for t in self.imms[:1]:
            if isinstance(t, HeapType):
                return t
        raise self._without("heap type")

    @property
    def cast_types(self) -> tuple[RefType, RefType]:
        """The types before and after a br_on_cast, immediate 1."""
        match self.imms:
            case (_, (RefType() as before, RefType() as after)):
                return before, after
            case _:
                raise self._without("pair of reference types")

    @property
    def catches(self) -> tuple[Catch, ...]:
        """The clauses of a try_table, immediate 1."""
        clauses = self.imms[1] if len(self.imms) > 1 else None
        if type(clauses) is not tuple:
            raise self._without("catch clauses")
        return cast("tuple[Catch, ...]", clauses)

    def _without(self, what: str) -> Crash:
        return Crash(f"{self.row.mnemonic} has no {what} among its immediates")


Expr = tuple[Instr, ...]
"""A constant expression, its final ``end`` included."""


class Body(NamedTuple):
    """A decoded function body."""

    locals: tuple[ValType, ...]
    """Declared locals, parameters excluded, one entry each."""
    instrs: tuple[Instr, ...]
    """All instructions in order, ``block``, ``else`` and every ``end`` included."""
