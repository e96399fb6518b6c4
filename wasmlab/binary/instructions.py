"""Decoding of instruction sequences. Source: core spec, binary/instructions.html.

Like the reference interpreter, this reads on over the end of a section or body, so that the
message names the first byte that a reader fails at; the caller compares the ends.
"""

from __future__ import annotations

from functools import partial

from wasmlab.errors import Malformed, Unsupported
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import BY_OPCODE, ROWS
from wasmlab.isa.reserved import PROPOSALS
from wasmlab.records import NamedTuple
from wasmlab.syntax.instr import Expr, Instr, MemArg
from wasmlab.syntax.row import BlockKind, Imm, Row

from .immediates import DecodingContext, immediates_reader
from .reader import UNEXPECTED_END

if TYPE_CHECKING:
    from collections.abc import Callable


class _Entry(NamedTuple):
    """The reading after an opcode; the flags pick the quick ways in the loop."""

    row: Row
    read: Callable[[DecodingContext], tuple[object, ...]] | None
    """Reads the immediates; None if there are none."""
    nest: Callable[[list[BlockKind], int], None] | None
    """Opens or closes a block; None if the instruction does neither."""
    quick: int
    """A byte below this is the only immediate, itself: an index or a small constant."""
    memarg: bool
    """The only immediate is a memory argument: mostly two bytes."""


_ARMS_OF_TRY = (BlockKind.TRY, BlockKind.CATCH)
_CLOSABLE: dict[str, tuple[BlockKind, ...]] = {
    "else": (BlockKind.IF,),
    "catch": _ARMS_OF_TRY,
    "catch_all": _ARMS_OF_TRY,
    "delegate": (BlockKind.TRY,),
}
"""Kinds of blocks by the rule of the row that closes them; other rows close any."""


def _open(blocks: list[BlockKind], offset: int, *, kind: BlockKind) -> None:
    del offset
    blocks.append(kind)


def _close(blocks: list[BlockKind], offset: int, *, row: Row) -> None:
    closed, closable = blocks.pop(), _CLOSABLE.get(row.rule)
    if closable is not None and closed not in closable:
        outside = f"{row.mnemonic} outside {closable[0].value}"
        raise Malformed(f"END opcode expected: {outside}", offset)
    if row.opens is not None:
        blocks.append(row.opens)


def _nesting(row: Row) -> Callable[[list[BlockKind], int], None] | None:
    if row.closes:
        return partial(_close, row=row)
    return None if row.opens is None else partial(_open, kind=row.opens)


_MORE = 0x80
"""The bit of LEB128 that says that another byte follows."""
_NEGATIVE = _HAS_MEMORY = 0x40
_QUICK: dict[tuple[Imm, ...], int] = {
    **{(kind,): _MORE for kind in Imm if kind.name.endswith("IDX")},
    (Imm.DATAIDX,): 0,  # needs a section
    (Imm.I32,): _NEGATIVE,
    (Imm.I64,): _NEGATIVE,
}


def _entry(row: Row) -> _Entry:
    return _Entry(
        row,
        immediates_reader(row.imms) if row.imms else None,
        _nesting(row),
        quick=_QUICK.get(row.imms, 0),
        memarg=row.imms == (Imm.MEMARG,),
    )


_PREFIXED: dict[tuple[int, ...], _Entry] = {r.opcode: _entry(r) for r in ROWS if len(r.opcode) > 1}
_PREFIXES = frozenset(prefix for prefix, _ in _PREFIXED)
_SINGLE: tuple[_Entry | None, ...] = tuple(
    [_entry(BY_OPCODE[code,]) if (code,) in BY_OPCODE else None for code in range(256)]
)


def _extended(context: DecodingContext, code: int, start: int) -> _Entry:
    """Return the entry of the opcode at start that the table of single bytes does not have."""
    opcode: tuple[int, ...] = (code,)
    reader = context.reader
    reader.pos = start + 1
    if code in _PREFIXES:
        opcode = (code, reader.u32())
        entry = _PREFIXED.get(opcode)
        if entry is not None:
            return entry
    if opcode in PROPOSALS:
        raise Unsupported(
            f"the {PROPOSALS[opcode]} proposal is not supported", place=f"at offset 0x{start:x}"
        )
    raise Malformed(f"illegal opcode {' '.join(f'{part:02x}' for part in opcode)}", start)


def read_expr(context: DecodingContext) -> Expr:
    """Return instructions up to and including the ``end`` that matches nothing before it.

    Raises Malformed, Invalid or Unsupported.
    """
    found: list[Instr] = []
    read_into(found, context)
    return tuple(found)


def read_into(found: list[Instr], context: DecodingContext) -> None:
    """Add the instructions of ``read_expr`` to those found: what comes before an error stays.

    Raises Malformed, Invalid or Unsupported.
    """
    try:
        _instructions(found, context)
    except IndexError:  # the quick ways look at bytes without asking whether there are any
        raise Malformed(UNEXPECTED_END, len(context.reader.data)) from None


def _instructions(found: list[Instr], context: DecodingContext) -> None:
    reader = context.reader
    data, pos, single = reader.data, reader.pos, _SINGLE
    blocks = [BlockKind.FUNC]
    while blocks:
        start = pos
        entry = single[data[pos]]
        pos += 1
        if entry is None:
            entry = _extended(context, data[start], start)
            pos = reader.pos
        row, read, nest, quick, memarg = entry
        if read is None:
            imms = ()
        elif (value := data[pos]) < quick:
            pos += 1
            imms = (value,)
        elif memarg and value < _HAS_MEMORY and (offset := data[pos + 1]) < _MORE:
            pos += 2
            imms = (MemArg(value, offset),)
        else:
            reader.pos = pos
            imms = read(context)
            pos = reader.pos
        found.append(Instr(row, imms, start))
        if nest is not None:
            nest(blocks, start)
    reader.pos = pos
