"""Parametric instructions: drop and select."""

from __future__ import annotations

from wasmlab.isa.control import control
from wasmlab.records import replace
from wasmlab.syntax.row import Imm, Row

_SELECT = control(
    0x1B, "select", (), "Pops a condition; keeps the first value if it is not 0, else the second."
)

# Columns: opcode, mnemonic, immediates, doc.
# fmt: off
ROWS: tuple[Row, ...] = (
    control(0x1A, "drop", (), "Pops a value and forgets it."),
    _SELECT,
    replace(_SELECT, opcode=(0x1C,), imms=(Imm.VALTYPES,), rule="select t", feature="2.0"),
)
# fmt: on
