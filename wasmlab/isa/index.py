"""The whole instruction table and its two indices; the only place that knows opcodes."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
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
    vector_float,
    vector_integer,
    vector_lane,
    vector_memory,
    vector_relaxed,
    vector_widening,
)

if TYPE_CHECKING:
    from wasmlab.syntax.row import Row

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
            *vector_lane.ROWS,
            *vector_integer.ROWS,
            *vector_widening.ROWS,
            *vector_float.ROWS,
            *vector_memory.ROWS,
            *vector_relaxed.ROWS,
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

ELSE, END = BY_MNEMONIC["else"], BY_MNEMONIC["end"]
REF_FUNC, REF_NULL = BY_MNEMONIC["ref.func"], BY_MNEMONIC["ref.null"]

CONSTANT: frozenset[str] = frozenset(
    {
        *(f"{t}.const" for t in ("i32", "i64", "f32", "f64", "v128")),
        *(f"{t}.{op}" for t in ("i32", "i64") for op in ("add", "sub", "mul")),
        *("ref.null", "ref.func", "ref.i31", "global.get", "struct.new", "struct.new_default"),
        *("array.new", "array.new_default", "array.new_fixed"),
        *("any.convert_extern", "extern.convert_any", "end"),
    }
)
"""Mnemonics that may stand in a constant expression.

Source: core spec, valid/instructions.html#valid-constant.
"""
