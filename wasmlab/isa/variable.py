"""Variable instructions: locals and globals."""

from __future__ import annotations

from wasmlab.isa.control import control
from wasmlab.records import replace
from wasmlab.syntax.row import Imm, Row

# Columns: opcode, mnemonic, immediates, doc.
# fmt: off
ROWS: tuple[Row, ...] = (
    control(0x20, "local.get", (Imm.LOCALIDX,), "Pushes the local's value."),
    replace(control(0x21, "local.set", (Imm.LOCALIDX,), "Pops a value into the local."), writes=Imm.LOCALIDX),
    replace(control(0x22, "local.tee", (Imm.LOCALIDX,), "Copies the top of the stack into the local."), writes=Imm.LOCALIDX),
    control(0x23, "global.get", (Imm.GLOBALIDX,), "Pushes the global's value."),
    replace(control(0x24, "global.set", (Imm.GLOBALIDX,), "Pops a value into the global."), writes=Imm.GLOBALIDX),
)
# fmt: on
