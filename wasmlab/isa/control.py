"""Control instructions: blocks, branches, calls, tail calls."""

from __future__ import annotations

from wasmlab.isa.row import Imm, Kind, Row, anchor


def control(
    opcode: int,
    mnemonic: str,
    imms: tuple[Imm, ...],
    doc: str,
    *,
    feature: str = "1.0",
    number: int | None = None,
    spec: str = "",
) -> Row:
    """Return a row whose typing and execution are rules named like the instruction."""
    return Row(
        opcode=(opcode,) if number is None else (opcode, number),
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
        feature=feature,
    )


# fmt: off
ROWS: tuple[Row, ...] = (
    control(0x00, "unreachable", (), "Traps, always."),
    control(0x01, "nop", (), "Does nothing."),
    control(0x02, "block", (Imm.BLOCKTYPE,), "Opens a block; a branch to it goes on after its end."),
    control(0x03, "loop", (Imm.BLOCKTYPE,), "Opens a loop; a branch to it goes back to its start."),
    control(0x04, "if", (Imm.BLOCKTYPE,), "Pops a condition: goes on if it is not 0, else at the else or end."),
    control(0x05, "else", (), "Ends the first arm of an if.", spec=anchor("exec-if")),
    control(0x0B, "end", (), "Ends a block, or returns from the function.", spec=anchor("exec-instrs-exit")),
    control(0x0C, "br", (Imm.LABELIDX,), "Branches to the label."),
    control(0x0D, "br_if", (Imm.LABELIDX,), "Pops a condition and branches to the label if it is not 0."),
    control(0x0E, "br_table", (Imm.LABELS,), "Pops an index and branches to that label, or to the last one."),
    control(0x0F, "return", (), "Returns from the function with its results."),
    control(0x10, "call", (Imm.FUNCIDX,), "Calls the function with operands as arguments."),
    control(0x11, "call_indirect", (Imm.TYPEIDX, Imm.TABLEIDX), "Calls the table's function at the index popped; traps if the type differs."),
    control(0x12, "return_call", (Imm.FUNCIDX,), "Calls the function in place of the current one.", feature="tail-call"),
    control(0x13, "return_call_indirect", (Imm.TYPEIDX, Imm.TABLEIDX), "Calls through the table in place of the current function.", feature="tail-call"),
    control(0x14, "call_ref", (Imm.TYPEIDX,), "Calls the function that the reference popped names; traps on null.", feature="function-references"),
    control(0x15, "return_call_ref", (Imm.TYPEIDX,), "Calls the referenced function in place of the current one.", feature="function-references"),
    control(0xD5, "br_on_null", (Imm.LABELIDX,), "Branches if the reference is null, dropping it; else keeps it.", feature="function-references"),
    control(0xD6, "br_on_non_null", (Imm.LABELIDX,), "Branches with the reference if it is not null; else drops it.", feature="function-references"),
)
# fmt: on
