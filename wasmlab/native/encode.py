"""From a bound body to cells: which handler, which operands."""

from __future__ import annotations

from array import array
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from wasmlab.isa.bits import BITS
from wasmlab.isa.index import BY_MNEMONIC, ROWS
from wasmlab.isa.row import Imm, Kind
from wasmlab.native import state
from wasmlab.native.fusion import JOIN, LONGEST
from wasmlab.native.layout import CELL, CELL_SHIFT, WORD, Cell
from wasmlab.native.loop import FAR, INDIRECT
from wasmlab.native.straight import is_hot
from wasmlab.syntax.types import ADDR, I32, V128, slot_count, slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wasmlab.exec.code import Code
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import GlobalInst
    from wasmlab.runtime.table import Table
    from wasmlab.syntax.module import Instr, MemArg
    from wasmlab.syntax.types import DefType, FuncType, ValType
    from wasmlab.valid.context import Target

    Encode = Callable[["Encoder", Instr, int], Cell]

_WORDS_IN_CELL = CELL // WORD
_HALF = 32
_M64 = (1 << 64) - 1
_STRUCTURE = frozenset(
    ("block", "loop", "else", "try_table", "try", "catch", "catch_all", "delegate")
)
"""Rules that have no cells."""
LEAVE = Cell("leave")


class Records(Protocol):
    """Where the records of a store are: addresses that stay."""

    def func(self, addr: int) -> int:
        """Return the record of the function at an address of the store."""
        ...

    def memory(self, memory: Memory) -> int:
        """Return the record of a memory."""
        ...

    def table(self, table: Table) -> int:
        """Return the record of a table."""
        ...

    def variable(self, variable: GlobalInst) -> int:
        """Return the address of a global's first slot."""
        ...

    def type_number(self, deftype: DefType) -> int:
        """Return the number of a function type; equal types have equal numbers."""
        ...


class Cells(NamedTuple):
    """An encoded body; ``words`` must not be resized, ``pool`` is what its cells point to."""

    words: array[int]
    pool: array[int]
    base: int
    """Address of the cell of pc 0."""
    alone: array[int]
    """For each pc the handler of its instruction."""
    joined: array[int]
    """For each pc the handler in its cell: that, or one of a sequence that begins there."""


def encode(code: Code, records: Records, handlers: Mapping[str, int]) -> Cells:
    """Return the cells of a body, one for each pc."""
    words = array("Q", bytes(CELL * len(code.instrs)))
    encoder = Encoder(code, records, words.buffer_info()[0])
    pooled, names = list[int](), list[str]()
    for pc, instr in enumerate(code.instrs):
        size = len(encoder.pool)
        handler, a, b, c, next_ = encoder_of(instr.row.mnemonic)(encoder, instr, pc)
        if next_ is None:
            next_ = encoder.landing(pc)
            if code.nexts[pc] != pc + 1 and handler + FAR in handlers:
                handler += FAR
        if len(encoder.pool) > size:
            pooled.append(pc)
        at = pc * _WORDS_IN_CELL
        names.append(handler)
        words[at + 1] = a | b << _HALF
        words[at + 2] = c
        words[at + 3] = next_
    pool = array("Q", encoder.pool)
    base = pool.buffer_info()[0]
    for pc in pooled:
        words[pc * _WORDS_IN_CELL + 2] += base
    alone = array("Q", [handlers[name] for name in names])
    joined = array("Q", _joined(code, names, handlers))
    words[::_WORDS_IN_CELL] = joined
    return Cells(words, pool, encoder.base, alone, joined)


def _joined(code: Code, names: list[str], handlers: Mapping[str, int]) -> Iterator[int]:
    """Yield for each pc the handler of the longest sequence that begins there."""
    for pc, name in enumerate(names):
        found, sequence = handlers[name], name
        for behind in range(pc + 1, min(pc + LONGEST, len(names))):
            if code.nexts[behind - 1] != behind:
                break
            sequence += JOIN + names[behind]
            found = handlers.get(sequence, found)
        yield found


class Encoder:
    """What is known while a body is encoded."""

    def __init__(self, code: Code, records: Records, base: int) -> None:
        self.code = code
        self.instance = code.instance
        self.records = records
        self.base = base
        self.pool = list[int]()
        self.local_offsets = [0]
        for t in code.typed.locals:
            self.local_offsets.append(self.local_offsets[-1] + WORD * slots(t))

    def cell(self, pc: int) -> int:
        """Return the address of a cell."""
        return self.base + (pc << CELL_SHIFT)

    def top(self, pc: int) -> int:
        """Return the offset of the first free slot before an instruction."""
        return WORD * (self.code.local_slots + self.code.heights[pc])

    def pooled(self, *words: int) -> int:
        """Return the offset of words in the pool; an instruction's come in one piece."""
        offset = WORD * len(self.pool)
        self.pool.extend(words)
        return offset

    def landing(self, pc: int) -> int:
        """Return the cell behind the instruction at pc, for one that may go elsewhere too."""
        return self.cell(self.code.nexts[pc])

    def jump(self, target: Target, top: int) -> tuple[int, int, int, int]:
        """Return the words of a jump with operands below top."""
        code, typed = self.code, self.code.typed
        if target.block < 0:
            nbytes = WORD * code.result_slots
            return 0, top - nbytes, 0, nbytes
        nbytes = WORD * slot_count(target.types)
        index = target.block if target.is_loop else typed.ends[target.block]
        to = WORD * (code.local_slots + target.height)
        source = top - nbytes
        if source == to:
            nbytes = 0
        return self.cell(code.landing[index + 1]), source, to, nbytes

    def targets(self, pc: int) -> tuple[Target, ...]:
        """Return where the branch at pc may go."""
        return self.code.typed.labels[self.code.indices[pc]]


@cache
def encoder_of(mnemonic: str) -> Encode:
    """Return what encodes instructions of a name."""
    row = BY_MNEMONIC[mnemonic]
    if row.kind is Kind.CONTROL:
        return RULES.get(row.rule, _leave)
    if row.kind is Kind.STATE:
        if row.rule in _CONSTANT_RULES:
            return _constant_state
        return _state if row.rule in state.RULES else _leave
    if row.llvm is None:
        return _leave
    params = sum(1 if t is ADDR else slots(t) for t in row.params or ()) * WORD
    name = row.mnemonic if is_hot(row) else row.mnemonic + FAR
    if row.kind is Kind.PURE:
        return _pure(name, params) if params else _constant
    return _access(name, row.mnemonic + INDIRECT, params)


_CONSTANT_RULES = frozenset(("ref.null", "ref.func"))


def _leave(_e: Encoder, _instr: Instr, _pc: int) -> Cell:
    return LEAVE


def _constant(e: Encoder, instr: Instr, pc: int) -> Cell:
    row = instr.row
    t = cast("tuple[ValType, ...]", row.results)[0]
    bits = cast("int", cast("Callable[..., object]", row.py)(*instr.imms)) & (1 << BITS[t]) - 1
    if t is V128:
        return Cell("const128", e.top(pc), c=e.pooled(bits & _M64, bits >> 64))
    return Cell("const", e.top(pc), c=bits)


def _constant_state(e: Encoder, instr: Instr, pc: int) -> Cell:
    py = cast("Callable[..., int]", instr.row.py)
    return Cell("const", e.top(pc), c=py(e.instance, *instr.imms))


def _pure(name: str, params: int) -> Encode:
    def encode_pure(e: Encoder, instr: Instr, pc: int) -> Cell:
        base = e.top(pc) - params
        if not instr.imms:
            return Cell(name, base)
        if instr.row.imms[0] is Imm.LANE:
            return Cell(name, base, cast("int", instr.imms[0]))
        lanes = cast("tuple[int, ...]", instr.imms[0])
        bits = int.from_bytes(bytes(lanes), "little")
        return Cell(name, base, c=e.pooled(bits & _M64, bits >> 64))

    return encode_pure


def _access(name: str, indirect: str, params: int) -> Encode:
    def encode_access(e: Encoder, instr: Instr, pc: int) -> Cell:
        arg = cast("MemArg", instr.imms[0])
        lane = cast("int", instr.imms[1]) if len(instr.imms) > 1 else 0
        base = e.top(pc) - params
        memory = e.instance.mems[arg.mem]
        if arg.mem == 0 and memory.type.addr is I32:
            return Cell(name, base, lane, arg.offset)
        place = e.pooled(e.records.memory(memory), arg.offset)
        return Cell(indirect, base, lane, place, e.landing(pc))

    return encode_access


def _state(e: Encoder, instr: Instr, pc: int) -> Cell:
    operands = e.code.typed.sigs[e.code.indices[pc]][0]
    named = [
        _record(e, imm, cast("int", x)) for imm, x in zip(instr.row.imms, instr.imms, strict=True)
    ]
    c = e.pooled(*named) if len(named) > 1 else sum(named)
    base = e.top(pc) - WORD * slot_count(operands)
    return Cell(instr.row.rule + FAR, base, c=c)


def _record(e: Encoder, imm: Imm, x: int) -> int:
    if imm is Imm.TABLEIDX:
        return e.records.table(e.instance.tables[x])
    return e.records.memory(e.instance.mems[x])


# ---- control ----


def _local_get(e: Encoder, instr: Instr, pc: int) -> Cell:
    x = cast("int", instr.imms[0])
    name = "copy128" if e.code.typed.locals[x] is V128 else "copy"
    return Cell(name, e.top(pc), e.local_offsets[x])


def _to_local(e: Encoder, instr: Instr, pc: int) -> Cell:
    x = cast("int", instr.imms[0])
    if e.code.typed.locals[x] is V128:
        return Cell("copy128", e.local_offsets[x], e.top(pc) - 2 * WORD)
    return Cell("copy", e.local_offsets[x], e.top(pc) - WORD)


def _global(name: str, *, pops: bool) -> Encode:
    def encode_global(e: Encoder, instr: Instr, pc: int) -> Cell:
        variable = e.instance.globals[cast("int", instr.imms[0])]
        width = slots(variable.type.value)
        slot = e.top(pc) - (WORD * width if pops else 0)
        wide = "128" if width > 1 else ""
        return Cell(name + wide, slot, c=e.records.variable(variable))

    return encode_global


def _nothing(_e: Encoder, _instr: Instr, _pc: int) -> Cell:
    return Cell("nothing")


def _select(e: Encoder, _instr: Instr, pc: int) -> Cell:
    wide = e.code.typed.sigs[e.code.indices[pc]][1][0] is V128
    if wide:
        return Cell("select128", e.top(pc) - 5 * WORD)
    return Cell("select_slot", e.top(pc) - 3 * WORD)


def _if(e: Encoder, _instr: Instr, pc: int) -> Cell:
    typed, index = e.code.typed, e.code.indices[pc]
    otherwise = e.code.landing[typed.elses.get(index, typed.ends[index]) + 1]
    return Cell("if_set", e.top(pc) - WORD, c=e.landing(pc), next=e.cell(otherwise))


def _br(e: Encoder, _instr: Instr, pc: int) -> Cell:
    target = e.targets(pc)[0]
    if target.block < 0:
        return _return(e, _instr, pc)
    to, source, destination, nbytes = jump = e.jump(target, e.top(pc))
    if nbytes == 0:
        return Cell("goto", c=to)
    if nbytes == WORD:
        return Cell("goto1", source, destination, to)
    return Cell("goto_moving", c=e.pooled(*jump))


def _br_if(e: Encoder, _instr: Instr, pc: int) -> Cell:
    condition = e.top(pc) - WORD
    to, _, _, nbytes = jump = e.jump(e.targets(pc)[0], condition)
    if to and nbytes == 0:
        return Cell("if_set", condition, c=to, next=e.landing(pc))
    return Cell("if_moving", condition, c=e.pooled(*jump), next=e.landing(pc))


def _br_table(e: Encoder, _instr: Instr, pc: int) -> Cell:
    index, targets = e.top(pc) - WORD, e.targets(pc)
    jumps = [word for target in targets for word in e.jump(target, index)]
    return Cell("switch", index, c=e.pooled(*jumps), next=len(targets) - 1)


def _br_on_null(e: Encoder, _instr: Instr, pc: int) -> Cell:
    ref = e.top(pc) - WORD
    jump = e.pooled(*e.jump(e.targets(pc)[0], ref))
    return Cell("if_null", ref, c=jump, next=e.landing(pc))


def _br_on_non_null(e: Encoder, _instr: Instr, pc: int) -> Cell:
    top = e.top(pc)
    jump = e.pooled(*e.jump(e.targets(pc)[0], top))
    return Cell("if_non_null", top - WORD, c=jump, next=e.landing(pc))


def _return(e: Encoder, _instr: Instr, pc: int) -> Cell:
    nbytes = WORD * e.code.result_slots
    source = e.top(pc) - nbytes
    if nbytes > WORD:
        return Cell("return_moving", source, c=nbytes)
    return Cell("return1" if nbytes else "return0", source)


def _param_bytes(deftype: DefType) -> int:
    return WORD * slot_count(cast("FuncType", deftype.comp).params)


def _call(name: str) -> Encode:
    def encode_call(e: Encoder, instr: Instr, pc: int) -> Cell:
        callee = e.instance.funcs[cast("int", instr.imms[0])]
        record = e.records.func(callee.addr)
        return _calling(e, name, e.top(pc) - _param_bytes(callee.type), record, pc)

    return encode_call


def _call_ref(name: str) -> Encode:
    def encode_call(e: Encoder, instr: Instr, pc: int) -> Cell:
        expected = e.instance.module.types[cast("int", instr.imms[0])]
        ref = e.top(pc) - WORD
        return _calling(e, name, ref - _param_bytes(expected), ref, pc)

    return encode_call


def _call_indirect(name: str) -> Encode:
    def encode_call(e: Encoder, instr: Instr, pc: int) -> Cell:
        typeidx, tableidx = cast("tuple[int, int]", instr.imms)
        expected, index = e.instance.module.types[typeidx], e.top(pc) - WORD
        table = e.records.table(e.instance.tables[tableidx])
        call = e.pooled(table, e.records.type_number(expected), index)
        return _calling(e, name, index - _param_bytes(expected), call, pc)

    return encode_call


def _calling(e: Encoder, name: str, arguments: int, callee: int, pc: int) -> Cell:
    return Cell(name, arguments, max(e.code.nexts[pc], 0), callee, pc)


RULES: dict[str, Encode] = {
    "nop": _nothing,
    "drop": _nothing,
    "select": _select,
    "select t": _select,
    "local.get": _local_get,
    "local.set": _to_local,
    "local.tee": _to_local,
    "global.get": _global("global_get", pops=False),
    "global.set": _global("global_set", pops=True),
    "if": _if,
    "br": _br,
    "br_if": _br_if,
    "br_table": _br_table,
    "br_on_null": _br_on_null,
    "br_on_non_null": _br_on_non_null,
    "return": _return,
    "end": _return,
    "call": _call("call_direct"),
    "call_ref": _call_ref("call_by_ref"),
    "call_indirect": _call_indirect("call_in_table"),
    "return_call": _call("tail_call"),
    "return_call_ref": _call_ref("tail_call_by_ref"),
    "return_call_indirect": _call_indirect("tail_call_in_table"),
}

LEAVE_RULES = frozenset(
    row.rule for row in ROWS if row.rule not in _STRUCTURE and encoder_of(row.mnemonic) is _leave
)
"""What the reference executes."""
