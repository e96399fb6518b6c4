"""Encoding of control instructions: moves, branches, calls and returns."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.native.layout import WORD, Cell, Relocation, SymbolKind
from wasmlab.native.type_numbers import abstract_number
from wasmlab.syntax.types import V128, AbsHeapType, func_type, slot_count, slots

if TYPE_CHECKING:
    from wasmlab.native.encode.encoder import Encode, Encoder, RelocatableWord
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.types import DefType, HeapType


def _local_get(e: Encoder, instr: Instr, pc: int) -> Cell:
    x = instr.idx(0)
    name = "copy128" if e.code.typed.locals[x] is V128 else "copy"
    return Cell(name, e.top(pc), e.local_offsets[x])


def _to_local(e: Encoder, instr: Instr, pc: int) -> Cell:
    x = instr.idx(0)
    if e.code.typed.locals[x] is V128:
        return Cell("copy128", e.local_offsets[x], e.top(pc) - 2 * WORD)
    return Cell("copy", e.local_offsets[x], e.top(pc) - WORD)


def _global(name: str, *, pops: bool) -> Encode:
    def encode_global(e: Encoder, instr: Instr, pc: int) -> Cell:
        x = instr.idx(0)
        width = slots(e.module.global_types[x].value)
        slot = e.top(pc) - (WORD * width if pops else 0)
        wide = "128" if width > 1 else ""
        variable = e.symbol(SymbolKind.GLOBAL, x)
        return Cell(name + wide, slot, c=variable, relocation=Relocation.SYMBOL)

    return encode_global


def _nothing(_e: Encoder, _instr: Instr, _pc: int) -> Cell:
    return Cell("nothing")


def _select(e: Encoder, _instr: Instr, pc: int) -> Cell:
    wide = e.code.signature(pc)[1][0] is V128
    if wide:
        return Cell("select128", e.top(pc) - 5 * WORD)
    return Cell("select_slot", e.top(pc) - 3 * WORD)


def _if(e: Encoder, _instr: Instr, pc: int) -> Cell:
    to, condition = e.cell(e.code.otherwise(pc)), e.top(pc) - WORD
    return Cell("if_set", condition, 0, e.landing(pc), to, Relocation.CELL, Relocation.CELL)


def _br(e: Encoder, _instr: Instr, pc: int) -> Cell:
    target = e.targets(pc)[0]
    if target.block < 0:
        return _return(e, _instr, pc)
    jump = e.jump(target, e.top(pc))
    to = cast("int", jump.target)
    if jump.nbytes == 0:
        return Cell("goto", c=to, relocation=Relocation.CELL)
    if jump.nbytes == WORD:
        return Cell("goto1", jump.source, jump.destination, to, relocation=Relocation.CELL)
    return Cell("goto_moving", c=e.pooled(*jump.words), relocation=Relocation.POOL)


def _br_if(e: Encoder, _instr: Instr, pc: int) -> Cell:
    condition = e.top(pc) - WORD
    jump = e.jump(e.targets(pc)[0], condition)
    if jump.target is not None and jump.nbytes == 0:
        return Cell("if_set", condition, c=jump.target, relocation=Relocation.CELL)
    return Cell("if_moving", condition, c=e.pooled(*jump.words), relocation=Relocation.POOL)


def _br_table(e: Encoder, _instr: Instr, pc: int) -> Cell:
    index, targets = e.top(pc) - WORD, e.targets(pc)
    jumps = [word for target in targets for word in e.jump(target, index).words]
    return Cell(
        "switch", index, c=e.pooled(*jumps), next=len(targets) - 1, relocation=Relocation.POOL
    )


def _br_on_null(e: Encoder, _instr: Instr, pc: int) -> Cell:
    ref = e.top(pc) - WORD
    jump = e.jump(e.targets(pc)[0], ref)
    return Cell("if_null", ref, c=e.pooled(*jump.words), relocation=Relocation.POOL)


def _br_on_non_null(e: Encoder, _instr: Instr, pc: int) -> Cell:
    top = e.top(pc)
    jump = e.jump(e.targets(pc)[0], top)
    return Cell("if_non_null", top - WORD, c=e.pooled(*jump.words), relocation=Relocation.POOL)


def _br_on_cast(name: str) -> Encode:
    def encode_branch(e: Encoder, instr: Instr, pc: int) -> Cell:
        top = e.top(pc)
        t = instr.cast_types[1]
        jump = e.jump(e.targets(pc)[0], top)
        c = e.pooled(*jump.words, type_word(e, t.heap))
        return Cell(name, top - WORD, int(t.nullable), c, relocation=Relocation.POOL)

    return encode_branch


def type_word(e: Encoder, t: HeapType) -> RelocatableWord:
    """Return what stands for the number of a type."""
    if isinstance(t, AbsHeapType):
        return abstract_number(t), Relocation.NONE
    index = e.module.types.index(t)
    return e.symbol(SymbolKind.TYPE, index), Relocation.SYMBOL


def _return(e: Encoder, _instr: Instr, pc: int) -> Cell:
    nbytes = WORD * e.code.result_slots
    source = e.top(pc) - nbytes
    if nbytes > WORD:
        return Cell("return_moving", source, c=nbytes)
    return Cell("return1" if nbytes else "return0", source)


def _param_bytes(deftype: DefType) -> int:
    return WORD * slot_count(func_type(deftype).params)


def _call(name: str) -> Encode:
    def encode_call(e: Encoder, instr: Instr, pc: int) -> Cell:
        x = instr.idx(0)
        arguments = e.top(pc) - _param_bytes(e.module.func_types[x])
        return _calling(e, name, arguments, (e.symbol(SymbolKind.FUNC, x), Relocation.SYMBOL), pc)

    return encode_call


def _call_ref(name: str) -> Encode:
    def encode_call(e: Encoder, instr: Instr, pc: int) -> Cell:
        expected = e.module.types[instr.idx(0)]
        ref = e.top(pc) - WORD
        return _calling(e, name, ref - _param_bytes(expected), (ref, Relocation.NONE), pc)

    return encode_call


def _call_indirect(name: str) -> Encode:
    def encode_call(e: Encoder, instr: Instr, pc: int) -> Cell:
        typeidx, tableidx = instr.idx(0), instr.idx(1)
        expected, index = e.module.types[typeidx], e.top(pc) - WORD
        table = e.symbol(SymbolKind.TABLE, tableidx), Relocation.SYMBOL
        wanted = e.symbol(SymbolKind.TYPE, typeidx), Relocation.SYMBOL
        call = e.pooled(table, wanted, (index, Relocation.NONE))
        return _calling(e, name, index - _param_bytes(expected), (call, Relocation.POOL), pc)

    return encode_call


def _calling(e: Encoder, name: str, arguments: int, callee: RelocatableWord, pc: int) -> Cell:
    c, relocation = callee
    return Cell(name, arguments, max(e.code.nexts[pc], 0), c, pc, relocation)


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
    "br_on_cast": _br_on_cast("if_cast"),
    "br_on_cast_fail": _br_on_cast("if_no_cast"),
    "return": _return,
    "end": _return,
    "call": _call("call_direct"),
    "call_ref": _call_ref("call_by_ref"),
    "call_indirect": _call_indirect("call_in_table"),
    "return_call": _call("tail_call"),
    "return_call_ref": _call_ref("tail_call_by_ref"),
    "return_call_indirect": _call_indirect("tail_call_in_table"),
}
"""Rules with handlers; the others leave the loop."""
