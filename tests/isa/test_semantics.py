"""Python semantics, LLVM semantics and wasmtime agree on every row that has all three."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.isa.tiers import Compiled, Instruction, Wasmtime, apply_py
from tests.isa.values import cases, immediates
from wasmlab.isa.index import BY_MNEMONIC
from wasmlab.isa.index import ROWS as TABLE
from wasmlab.syntax.row import Kind

if TYPE_CHECKING:
    from wasmlab.syntax.row import Row

ROWS = [row for row in TABLE if row.llvm and row.kind is not Kind.CONTROL]
INSTRUCTIONS = {row: [Instruction(row, imms) for imms in immediates(row)] for row in ROWS}
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.mnemonic)


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return Compiled(i for same in INSTRUCTIONS.values() for i in same)


@pytest.fixture(scope="module")
def peer() -> Wasmtime:
    return Wasmtime([i for same in INSTRUCTIONS.values() for i in same])


@every_row
def test_llvm_semantics_of_row_agree_with_python(row: Row, compiled: Compiled) -> None:
    for instruction in INSTRUCTIONS[row]:
        for operands in cases(row):
            expected = apply_py(instruction, operands)
            assert compiled.apply(instruction, operands) == expected, (instruction.name, operands)


@every_row
def test_python_semantics_of_row_agree_with_wasmtime(row: Row, peer: Wasmtime) -> None:
    for instruction in INSTRUCTIONS[row]:
        tried = cases(row)
        for operands, expected in zip(tried, peer.apply(instruction, tried), strict=True):
            assert apply_py(instruction, operands) == expected, (instruction.name, operands)


def test_llvm_semantics_have_no_undefined_behaviour(compiled: Compiled) -> None:
    words = set(compiled.text.replace("(", " ").split())
    assert not words & {"nsw", "nuw", "exact", "inbounds", "fast", "nnan", "fptosi", "fptoui"}


@pytest.mark.parametrize("name", ["i8x16.swizzle", "i8x16.shuffle"])
def test_byte_lookup_without_instruction_of_the_machine_agrees(name: str) -> None:
    instructions = INSTRUCTIONS[BY_MNEMONIC[name]]
    portable = Compiled(instructions, lookup="")
    for instruction in instructions:
        for operands in cases(instruction.row):
            assert portable.apply(instruction, operands) == apply_py(instruction, operands)
