"""From a bound body to cells: which handler, which operands."""

from __future__ import annotations

from array import array
from functools import cache

from wasmlab.exec.bind import semantics
from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.index import BY_OPCODE, ROWS
from wasmlab.native.encode import control
from wasmlab.native.encode.encoder import Encode, EncodedBody, Encoder, leave, packed
from wasmlab.native.encode.objects import OBJECTS
from wasmlab.native.handler_names import FAR, INDIRECT, JOIN, LONGEST, is_hot
from wasmlab.native.layout import CELL, WORD, WORDS_IN_CELL, Cell, Relocation, SymbolKind
from wasmlab.runtime.operand import mask_of
from wasmlab.syntax.row import Imm, Kind
from wasmlab.syntax.types import ADDR, I32, V128, slot_count, slots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wasmlab.runtime.store import Code
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.row import Row

_HALF = 32
_M64 = (1 << 64) - 1


def encode(code: Code, numbers: Mapping[str, int]) -> EncodedBody:
    """Return the cells of a body, one for each pc; numbers are those of the handlers."""
    encoder = Encoder(code, numbers)
    names, relocations = list[str](), list[tuple[Relocation, Relocation]]()
    cells = array("Q", bytes(CELL * len(code.instrs)))
    for pc, instr in enumerate(code.instrs):
        handler, a, b, c, next_, relocation, next_relocation = encoder_of(instr.row.opcode)(
            encoder, instr, pc
        )
        if next_ is None:
            next_, next_relocation = encoder.landing(pc), Relocation.CELL
            if code.nexts[pc] != pc + 1 and handler + FAR in numbers:
                handler += FAR
        names.append(handler)
        relocations.append((relocation, next_relocation))
        at = pc * WORDS_IN_CELL
        cells[at + 1] = a | b << _HALF
        cells[at + 2] = c
        cells[at + 3] = next_
    joined = _joined(code, names, numbers)
    cells[::WORDS_IN_CELL] = array(
        "Q", [packed(j, numbers[n], *k) for j, n, k in zip(joined, names, relocations, strict=True)]
    )
    return EncodedBody(
        cells, array("Q", encoder.pool), bytes(encoder.relocations), tuple(encoder.symbols)
    )


def _joined(code: Code, names: list[str], numbers: Mapping[str, int]) -> Iterator[int]:
    """Yield for each pc the handler of the longest sequence that begins there."""
    for pc, name in enumerate(names):
        found, sequence = numbers[name], name
        for following in range(pc + 1, min(pc + LONGEST, len(names))):
            if code.nexts[following - 1] != following:
                break
            sequence += JOIN + names[following]
            found = numbers.get(sequence, found)
        yield found


@cache
def encoder_of(opcode: tuple[int, ...]) -> Encode:
    """Return what encodes instructions of an opcode."""
    row = BY_OPCODE[opcode]
    if row.kind is Kind.CONTROL:
        return control.RULES.get(row.rule, leave)
    if row.kind is Kind.STATE:
        return _STATES.get(row.rule, _state)
    if row.llvm is None:
        return leave
    params = sum(1 if t is ADDR else slots(t) for t in row.params or ()) * WORD
    name = row.mnemonic if is_hot(row) else row.mnemonic + FAR
    if row.kind is Kind.PURE:
        return _pure(name, params) if params else _constant
    return _access(name, row.mnemonic + INDIRECT, params)


def _constant(e: Encoder, instr: Instr, pc: int) -> Cell:
    (t,) = e.code.signature(pc)[1]
    bits: int = semantics(instr)(*instr.imms) & mask_of(t)
    if t is V128:
        return Cell("const128", e.top(pc), c=_wide(e, bits), relocation=Relocation.POOL)
    return Cell("const", e.top(pc), c=bits)


def _wide(e: Encoder, bits: int) -> int:
    return e.pooled((bits & _M64, Relocation.NONE), (bits >> 64, Relocation.NONE))


def _ref_null(e: Encoder, _instr: Instr, pc: int) -> Cell:
    return Cell("const", e.top(pc))


def _ref_func(e: Encoder, instr: Instr, pc: int) -> Cell:
    ref = e.symbol(SymbolKind.FUNC_REF, instr.idx(0))
    return Cell("const", e.top(pc), c=ref, relocation=Relocation.SYMBOL)


def _pure(name: str, params: int) -> Encode:
    def encode_pure(e: Encoder, instr: Instr, pc: int) -> Cell:
        base = e.top(pc) - params
        if not instr.imms:
            return Cell(name, base)
        if instr.row.imms[0] is Imm.LANE:
            return Cell(name, base, instr.idx(0))
        lanes = instr.indices
        return Cell(
            name,
            base,
            c=_wide(e, int.from_bytes(bytes(lanes), "little")),
            relocation=Relocation.POOL,
        )

    return encode_pure


def _access(name: str, indirect: str, params: int) -> Encode:
    def encode_access(e: Encoder, instr: Instr, pc: int) -> Cell:
        arg = instr.memarg
        lane = instr.idx(1) if len(instr.imms) > 1 else 0
        base = e.top(pc) - params
        if arg.mem == 0 and e.module.mem_types[0].addr is I32:
            return Cell(name, base, lane, arg.offset)
        memory = e.symbol(SymbolKind.MEMORY, arg.mem)
        place = e.pooled((memory, Relocation.SYMBOL), (arg.offset, Relocation.NONE))
        return Cell(indirect, base, lane, place, e.landing(pc), Relocation.POOL, Relocation.CELL)

    return encode_access


_NAMED = {
    Imm.TABLEIDX: SymbolKind.TABLE,
    Imm.MEMIDX: SymbolKind.MEMORY,
    Imm.DATAIDX: SymbolKind.DATA,
    Imm.ELEMIDX: SymbolKind.ELEM,
}
"""What the operands of rules in ``state`` name."""


def _state(e: Encoder, instr: Instr, pc: int) -> Cell:
    name = instr.row.rule + FAR
    if name not in e.handlers:
        return leave(e, instr, pc)
    operands = e.code.signature(pc)[0]
    base = e.top(pc) - WORD * slot_count(operands)
    named = [
        e.symbol(_NAMED[imm], instr.idx(n)) for n, imm in enumerate(instr.row.imms) if imm in _NAMED
    ]
    if not named:
        return Cell(name, base)
    if len(named) == 1:
        return Cell(name, base, c=named[0], relocation=Relocation.SYMBOL)
    return Cell(
        name, base, c=e.pooled(*((x, Relocation.SYMBOL) for x in named)), relocation=Relocation.POOL
    )


def _memory_grow(e: Encoder, instr: Instr, pc: int) -> Cell:
    grown = instr.idx(0)
    if e.module.mem_types[grown].shared:
        return leave(e, instr, pc)
    pair = [(e.symbol(SymbolKind.MEMORY, x), Relocation.SYMBOL) for x in (grown, 0)]
    return Cell(
        instr.row.rule + FAR, e.top(pc) - WORD, c=e.pooled(*pair), relocation=Relocation.POOL
    )


_STATES: dict[str, Encode] = {
    "ref.null": _ref_null,
    "ref.func": _ref_func,
    "memory.grow": _memory_grow,
    **OBJECTS,
}
"""Rules of kind STATE that need more than what they name."""


def leave_rules(numbers: Mapping[str, int]) -> frozenset[str]:
    """Return the rules that the reference executes; numbers are those of the handlers."""
    return frozenset(row.rule for row in ROWS if row.executed and _must_leave(row, numbers))


def _must_leave(row: Row, numbers: Mapping[str, int]) -> bool:
    encoder = encoder_of(row.opcode)
    return encoder is leave or (encoder is _state and row.rule + FAR not in numbers)
