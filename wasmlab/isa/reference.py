"""Reference instructions: null, functions, equality, casts."""

from __future__ import annotations

from wasmlab.errors import Trap, TrapCode
from wasmlab.isa.control import conditional, control
from wasmlab.isa.state import state
from wasmlab.records import replace
from wasmlab.syntax.row import Condition, Flow, Imm, Row

_GC = "gc"


def _as_non_null(_m: object, ref: int) -> int:
    if ref == 0:
        raise Trap(TrapCode.NULL_REFERENCE)
    return ref


# Columns: opcode, mnemonic, immediates, Python semantics, doc; of branches doc and flow.
# fmt: off
ROWS: tuple[Row, ...] = (
    state((0xD0,), "ref.null", (Imm.HEAPTYPE,), lambda _m, _t: 0, "Pushes the null reference."),
    state((0xD1,), "ref.is_null", (), lambda _m, ref: ref == 0, "Pushes 1 if the reference is null, else 0."),
    state((0xD2,), "ref.func", (Imm.FUNCIDX,), lambda m, x: m.func_ref(x), "Pushes a reference to the function."),
    state((0xD3,), "ref.eq", (), lambda _m, a, b: a == b, "Pushes 1 if both references are the same, else 0.", feature=_GC),
    state((0xD4,), "ref.as_non_null", (), _as_non_null, "Traps if the reference is null, else keeps it.", feature="function-references"),
    replace(state((0xFB, 20), "ref.test", (Imm.HEAPTYPE,), lambda m, t, ref: m.ref_matches(ref, t, nullable=False), "Pushes 1 if the reference has the type, else 0.", feature=_GC), nullable=False),
    replace(state((0xFB, 21), "ref.test", (Imm.HEAPTYPE,), lambda m, t, ref: m.ref_matches(ref, t, nullable=True), "Pushes 1 if the reference is null or has the type, else 0.", feature=_GC, rule="ref.test null"), nullable=True),
    replace(state((0xFB, 22), "ref.cast", (Imm.HEAPTYPE,), lambda m, t, ref: m.ref_cast(ref, t, nullable=False), "Keeps the reference if it has the type, else traps.", feature=_GC), nullable=False),
    replace(state((0xFB, 23), "ref.cast", (Imm.HEAPTYPE,), lambda m, t, ref: m.ref_cast(ref, t, nullable=True), "Keeps the reference if it is null or has the type, else traps.", feature=_GC, rule="ref.cast null"), nullable=True),
    conditional(control((0xFB, 24), "br_on_cast", (Imm.LABELIDX, Imm.CASTTYPES), "Branches if the reference has the second type.", flow=Flow.BRANCH, feature=_GC), Condition.MATCH),
    conditional(control((0xFB, 25), "br_on_cast_fail", (Imm.LABELIDX, Imm.CASTTYPES), "Branches if the reference has not the second type.", flow=Flow.BRANCH, feature=_GC), Condition.NO_MATCH),
    state((0xFB, 26), "any.convert_extern", (), lambda _m, ref: ref, "Turns an external reference into an internal one.", feature=_GC),
    state((0xFB, 27), "extern.convert_any", (), lambda _m, ref: ref, "Turns an internal reference into an external one.", feature=_GC),
)
# fmt: on
