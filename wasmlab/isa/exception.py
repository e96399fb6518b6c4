"""Exception handling: tags, try_table, throw; and the legacy instructions of older C++ modules."""

from __future__ import annotations

from wasmlab.isa.control import block, control
from wasmlab.syntax.row import BlockKind, Flow, Imm, Row

_LEGACY = "https://webassembly.github.io/exception-handling/legacy/exceptions/core/"
"""The rendering of the superseded proposal."""

# Columns: opcode, mnemonic, immediates, doc, flow; around them the block.
# fmt: off
ROWS: tuple[Row, ...] = (
    control(0x08, "throw", (Imm.TAGIDX,), "Throws an exception with the tag's operands.", flow=Flow.THROW, feature="exceptions"),
    control(0x0A, "throw_ref", (), "Throws the exception that the reference popped names.", flow=Flow.THROW, feature="exceptions"),
    block(control(0x1F, "try_table", (Imm.BLOCKTYPE, Imm.CATCHES), "Opens a block whose clauses catch exceptions thrown inside.", feature="exceptions"), BlockKind.TRY_TABLE),
    block(control(0x06, "try", (Imm.BLOCKTYPE,), "Opens a block with handlers (legacy).", feature="legacy-exceptions", spec=_LEGACY), BlockKind.TRY),
    block(control(0x07, "catch", (Imm.TAGIDX,), "Starts a handler for the tag (legacy).", feature="legacy-exceptions", spec=_LEGACY), BlockKind.CATCH, closes=True),
    control(0x09, "rethrow", (Imm.LABELIDX,), "Throws the exception of the handler again (legacy).", flow=Flow.THROW, feature="legacy-exceptions", spec=_LEGACY),
    block(control(0x18, "delegate", (Imm.LABELIDX,), "Ends a try and passes exceptions on to the label (legacy).", feature="legacy-exceptions", spec=_LEGACY), None, closes=True),
    block(control(0x19, "catch_all", (), "Starts a handler for every exception (legacy).", feature="legacy-exceptions", spec=_LEGACY), BlockKind.CATCH_ALL, closes=True),
)
# fmt: on
