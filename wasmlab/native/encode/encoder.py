"""What encoders of instructions work with, and what they make: bodies to be relocated."""

from __future__ import annotations

from collections.abc import Callable, Collection

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.layout import CELL_SHIFT, WORD, Cell, Relocation, Symbol, SymbolKind
from wasmlab.records import NamedTuple
from wasmlab.syntax.types import slot_count, slots

if TYPE_CHECKING:
    from array import array

    from wasmlab.runtime.store import Code
    from wasmlab.syntax.instr import Instr
    from wasmlab.valid.context import BranchTarget

Encode = Callable[["Encoder", "Instr", int], Cell]
RelocatableWord = tuple[int, Relocation]
LEAVE = Cell("leave")


def leave(_e: Encoder, _instr: Instr, _pc: int) -> Cell:
    """Leave the loop, whatever the instruction is."""
    return LEAVE


class EncodedBody(NamedTuple):
    """An encoded body, not relocated: addresses are offsets or symbols, see ``Relocation``."""

    cells: array[int]
    """One cell for each pc. The first word of each is packed by ``packed``."""
    pool: array[int]
    """What the cells point to."""
    relocations: bytes
    """For each word of the pool its ``Relocation``."""
    symbols: tuple[Symbol, ...]


HANDLER_BITS = 16
RELOCATION_SHIFT = 2 * HANDLER_BITS
NEXT_RELOCATION_SHIFT = RELOCATION_SHIFT + 2


def packed(joined: int, alone: int, relocation: Relocation, next_relocation: Relocation) -> int:
    """Return the first word of an encoded cell: numbers of handlers, then relocations.

    joined: what the cell has if nothing forbids a sequence; alone: what it has else.
    """
    return (
        joined
        | alone << HANDLER_BITS
        | relocation << RELOCATION_SHIFT
        | next_relocation << NEXT_RELOCATION_SHIFT
    )


class Encoder:
    """What is known while a body is encoded."""

    def __init__(self, code: Code, handlers: Collection[str]) -> None:
        self.code = code
        self.handlers = handlers
        """Names of all handlers."""
        self.module = code.instance.module
        self.pool = list[int]()
        self.relocations = bytearray()
        self.symbols: dict[Symbol, int] = {}
        self.local_offsets = [0]
        for t in code.typed.locals:
            self.local_offsets.append(self.local_offsets[-1] + WORD * slots(t))

    def cell(self, pc: int) -> int:
        """Return the offset of a cell."""
        return pc << CELL_SHIFT

    def top(self, pc: int) -> int:
        """Return the offset of the first free slot before an instruction."""
        return WORD * (self.code.local_slots + self.code.heights[pc])

    def symbol(self, kind: SymbolKind, index: int) -> int:
        """Return the number of a symbol."""
        return self.symbols.setdefault(Symbol(kind, index), len(self.symbols))

    def pooled(self, *words: RelocatableWord) -> int:
        """Return the offset of words in the pool; an instruction's come in one piece."""
        offset = WORD * len(self.pool)
        self.pool.extend([word for word, _ in words])
        self.relocations.extend([relocation for _, relocation in words])
        return offset

    def landing(self, pc: int) -> int:
        """Return the offset of the cell after that at pc, any cell's if there is none."""
        return self.cell(max(self.code.nexts[pc], 0))

    def jump(self, target: BranchTarget, top: int) -> Jump:
        """Return a jump with operands below top."""
        code = self.code
        if target.block < 0:
            nbytes = WORD * code.result_slots
            return Jump(None, top - nbytes, 0, nbytes)
        nbytes = WORD * slot_count(target.types)
        to = WORD * (code.local_slots + target.height)
        source = top - nbytes
        if source == to:
            nbytes = 0
        return Jump(self.cell(code.target_pc(target)), source, to, nbytes)

    def targets(self, pc: int) -> tuple[BranchTarget, ...]:
        """Return where the branch at pc may go."""
        return self.code.targets(pc)


class Jump(NamedTuple):
    """A branch: where to, and the operands that it moves, as offsets in bytes."""

    target: int | None
    """Offset of a cell; None returns from the function."""
    source: int
    destination: int
    nbytes: int

    @property
    def words(self) -> tuple[RelocatableWord, ...]:
        """The words of a ``JumpWord`` record."""
        to = (0, Relocation.NONE) if self.target is None else (self.target, Relocation.CELL)
        return (to, *((word, Relocation.NONE) for word in self[1:]))
