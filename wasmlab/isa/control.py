"""Control instructions: blocks, branches, calls, tail calls."""

from __future__ import annotations

from wasmlab.records import replace
from wasmlab.syntax.row import BlockKind, Condition, Flow, Imm, Kind, Row, anchor


def control(
    opcode: int | tuple[int, int],
    mnemonic: str,
    imms: tuple[Imm, ...],
    doc: str,
    *,
    flow: Flow = Flow.NONE,
    feature: str = "1.0",
    spec: str = "",
) -> Row:
    """Return a row whose typing and execution are rules named like the instruction."""
    return Row(
        opcode=opcode if isinstance(opcode, tuple) else (opcode,),
        mnemonic=mnemonic,
        params=None,
        results=None,
        imms=imms,
        kind=Kind.CONTROL,
        py=None,
        llvm=None,
        doc=doc,
        spec=spec or anchor(f"exec-{mnemonic}"),
        rule=mnemonic,
        flow=flow,
        feature=feature,
    )


def block(row: Row, opens: BlockKind | None, *, closes: bool = False) -> Row:
    """Return the row of an instruction that opens or closes a block."""
    return replace(row, opens=opens, closes=closes, executed=row.flow is not Flow.NONE)


def conditional(row: Row, condition: Condition) -> Row:
    """Return the row of an if or a branch that is taken on a condition."""
    return replace(row, condition=condition)


# Columns: opcode, mnemonic, immediates, doc, flow; around them the condition and the block.
# fmt: off
ROWS: tuple[Row, ...] = (
    control(0x00, "unreachable", (), "Traps, always.", flow=Flow.TRAP),
    control(0x01, "nop", (), "Does nothing."),
    block(control(0x02, "block", (Imm.BLOCKTYPE,), "Opens a block; a branch to it goes on after its end."), BlockKind.BLOCK),
    block(control(0x03, "loop", (Imm.BLOCKTYPE,), "Opens a loop; a branch to it goes back to its start."), BlockKind.LOOP),
    block(conditional(control(0x04, "if", (Imm.BLOCKTYPE,), "Pops a condition: goes on if it is not 0, else at the else or end.", flow=Flow.IF), Condition.NON_ZERO), BlockKind.IF),
    block(control(0x05, "else", (), "Ends the first arm of an if.", spec=anchor("exec-if")), BlockKind.ELSE, closes=True),
    block(control(0x0B, "end", (), "Ends a block, or returns from the function.", flow=Flow.RETURN, spec=anchor("exec-instrs-exit")), None, closes=True),
    control(0x0C, "br", (Imm.LABELIDX,), "Branches to the label.", flow=Flow.BRANCH),
    conditional(control(0x0D, "br_if", (Imm.LABELIDX,), "Pops a condition and branches to the label if it is not 0.", flow=Flow.BRANCH), Condition.NON_ZERO),
    conditional(control(0x0E, "br_table", (Imm.LABELS,), "Pops an index and branches to that label, or to the last one.", flow=Flow.BRANCH), Condition.INDEX),
    control(0x0F, "return", (), "Returns from the function with its results.", flow=Flow.RETURN),
    control(0x10, "call", (Imm.FUNCIDX,), "Calls the function with operands as arguments.", flow=Flow.CALL),
    control(0x11, "call_indirect", (Imm.TYPEIDX, Imm.TABLEIDX), "Calls the table's function at the index popped; traps if the type differs.", flow=Flow.CALL),
    control(0x12, "return_call", (Imm.FUNCIDX,), "Calls the function in place of the current one.", flow=Flow.TAIL_CALL, feature="tail-call"),
    control(0x13, "return_call_indirect", (Imm.TYPEIDX, Imm.TABLEIDX), "Calls through the table in place of the current function.", flow=Flow.TAIL_CALL, feature="tail-call"),
    control(0x14, "call_ref", (Imm.TYPEIDX,), "Calls the function that the reference popped names; traps on null.", flow=Flow.CALL, feature="function-references"),
    control(0x15, "return_call_ref", (Imm.TYPEIDX,), "Calls the referenced function in place of the current one.", flow=Flow.TAIL_CALL, feature="function-references"),
    conditional(control(0xD5, "br_on_null", (Imm.LABELIDX,), "Branches if the reference is null, dropping it; else keeps it.", flow=Flow.BRANCH, feature="function-references"), Condition.NULL),
    conditional(control(0xD6, "br_on_non_null", (Imm.LABELIDX,), "Branches with the reference if it is not null; else drops it.", flow=Flow.BRANCH, feature="function-references"), Condition.NON_NULL),
)
# fmt: on
