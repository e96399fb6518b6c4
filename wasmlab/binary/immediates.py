"""Decoding of immediates: one reader for each ``Imm``. Source: binary/instructions.html."""

from __future__ import annotations

from wasmlab.errors import Malformed
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.syntax.instr import Catch, MemArg
from wasmlab.syntax.row import Imm
from wasmlab.syntax.types import MemIdx, RefType

from .types import (
    TypeSpace,
    read_blocktype,
    read_heaptype,
    read_reftype,
    read_valtypes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .reader import Reader

_MEMARG_FLAGS = 0x80
"""Flags of a memory argument are below this."""
_HAS_MEMORY = 0x40
_NULL_FROM, _NULL_TO = 1, 2
_CATCHES = ("catch", "catch_ref", "catch_all", "catch_all_ref")
_TAGGED = 2
"""So many kinds of catch clauses, the first ones, name a tag."""


@dataclass(slots=True)
class DecodingContext:
    """The reader of instructions, and the types that their immediates refer to."""

    reader: Reader
    space: TypeSpace
    data_count: bool = True
    """Whether data indices are allowed: bodies need a data count section for them."""


def _index(context: DecodingContext) -> int:
    return context.reader.u32()


def _data_index(context: DecodingContext) -> int:
    if not context.data_count:
        raise Malformed("data count section required", context.reader.pos)
    return context.reader.u32()


def _labels(context: DecodingContext) -> tuple[int, ...]:
    reader = context.reader
    return tuple([reader.u32() for _ in range(reader.length() + 1)])


def _memarg(context: DecodingContext) -> MemArg:
    reader = context.reader
    start = reader.pos
    flags = reader.u32()
    if flags >= _MEMARG_FLAGS:
        raise Malformed("malformed memop flags", start)
    mem = reader.u32() if flags & _HAS_MEMORY else 0
    return MemArg(flags & ~_HAS_MEMORY, reader.u64(), MemIdx(mem))


def _catch(reader: Reader) -> Catch:
    kind = reader.byte()
    if kind >= len(_CATCHES):
        raise Malformed("malformed catch clause", reader.pos - 1)
    tag = reader.u32() if kind < _TAGGED else None
    return Catch(_CATCHES[kind], tag, reader.u32())


def _catches(context: DecodingContext) -> tuple[Catch, ...]:
    return tuple([_catch(context.reader) for _ in range(context.reader.length())])


def _zero(context: DecodingContext) -> int:
    if context.reader.byte() != 0:
        raise Malformed("zero byte expected", context.reader.pos - 1)
    return 0


def _cast(context: DecodingContext) -> tuple[object, ...]:
    reader, space = context.reader, context.space
    flags = reader.byte()
    if flags > _NULL_FROM | _NULL_TO:
        raise Malformed("malformed br_on_cast flags", reader.pos - 1)
    label = reader.u32()
    source = RefType(nullable=bool(flags & _NULL_FROM), heap=read_heaptype(reader, space))
    target = RefType(nullable=bool(flags & _NULL_TO), heap=read_heaptype(reader, space))
    return label, (source, target)


_BY_KIND: dict[Imm, Callable[[DecodingContext], object]] = {
    Imm.BLOCKTYPE: lambda c: read_blocktype(c.reader, c.space),
    Imm.DATAIDX: _data_index,
    Imm.LABELS: _labels,
    Imm.MEMARG: _memarg,
    Imm.I32: lambda c: c.reader.s32() & 0xFFFF_FFFF,
    Imm.I64: lambda c: c.reader.s64() & 0xFFFF_FFFF_FFFF_FFFF,
    Imm.F32: lambda c: c.reader.little_endian(4),
    Imm.F64: lambda c: c.reader.little_endian(8),
    Imm.V128: lambda c: c.reader.little_endian(16),
    Imm.LANE: lambda c: c.reader.byte(),
    Imm.LANES: lambda c: tuple(c.reader.take(16)),
    Imm.HEAPTYPE: lambda c: read_heaptype(c.reader, c.space),
    Imm.REFTYPE: lambda c: read_reftype(c.reader, c.space),
    Imm.VALTYPES: lambda c: read_valtypes(c.reader, c.space),
    Imm.CATCHES: _catches,
    Imm.ZERO: _zero,
}
"""Readers by kind; every other kind is an index or a length."""

_INTERLEAVED: dict[tuple[Imm, ...], Callable[[DecodingContext], tuple[object, ...]]] = {
    (Imm.LABELIDX, Imm.CASTTYPES): _cast,
}
"""Immediates whose bytes are mixed: the label of a cast is between its flags and its types."""


def immediates_reader(imms: tuple[Imm, ...]) -> Callable[[DecodingContext], tuple[object, ...]]:
    """Return the function that reads these immediates, in the row's order."""
    if imms in _INTERLEAVED:
        return _INTERLEAVED[imms]
    kinds = [_BY_KIND.get(kind, _index) for kind in imms]
    if len(kinds) == 1:
        only = kinds[0]
        return lambda context: (only(context),)
    return lambda context: tuple([read(context) for read in kinds])
