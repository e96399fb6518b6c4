"""The whole instruction table and its two indices; the only place that knows opcodes."""

from __future__ import annotations

from wasmlab.isa import (
    aggregate,
    atomic,
    control,
    conversion,
    exception,
    floating,
    integer,
    memory,
    parametric,
    reference,
    table,
    variable,
)
from wasmlab.isa.row import Row

ROWS: tuple[Row, ...] = tuple(
    sorted(
        (
            *control.ROWS,
            *exception.ROWS,
            *parametric.ROWS,
            *variable.ROWS,
            *table.ROWS,
            *memory.ROWS,
            *integer.ROWS,
            *floating.ROWS,
            *conversion.ROWS,
            *reference.ROWS,
            *aggregate.ROWS,
            *atomic.ROWS,
        ),
        key=lambda row: row.opcode,
    )
)
"""Every row, by opcode."""

BY_OPCODE: dict[tuple[int, ...], Row] = {row.opcode: row for row in ROWS}
BY_MNEMONIC: dict[str, Row] = {row.mnemonic: row for row in reversed(ROWS)}
"""The row with the lowest opcode where several share a mnemonic (select, ref.test, ref.cast)."""
