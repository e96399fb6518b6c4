"""What holds for every row of the instruction table."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from wasmlab.isa.index import ROWS
from wasmlab.isa.row import SPEC, Imm, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.isa.row import Row

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.mnemonic}-{row.opcode[-1]}")


def parameters(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_opcodes_are_unique_and_sorted() -> None:
    opcodes = [row.opcode for row in ROWS]
    assert opcodes == sorted(set(opcodes))


def test_mnemonics_are_shared_only_by_two_encodings_of_one_instruction() -> None:
    shared = {name for name, n in Counter(row.mnemonic for row in ROWS).items() if n > 1}
    assert shared <= {"select", "ref.test", "ref.cast"}


@every_row
def test_doc_of_row_is_one_short_sentence(row: Row) -> None:
    assert row.doc.endswith(".")
    assert len(row.doc) <= 90
    assert "{" not in row.doc


@every_row
def test_spec_of_row_is_an_anchor_or_a_proposal(row: Row) -> None:
    page, _, label = row.url.partition("#")
    if row.url.startswith(SPEC):
        assert page.removeprefix(SPEC) in {"exec/instructions.html", "exec/numerics.html"}
        assert re.fullmatch("(exec|op)(-[a-z0-9]+)+", label)
    else:
        assert page.startswith("https://")


@every_row
def test_operand_names_of_both_semantics_are_equal(row: Row) -> None:
    if row.py is None or row.llvm is None:
        return
    py, llvm = parameters(row.py), parameters(row.llvm)[1:]
    if inspect.isbuiltin(row.py) or inspect.ismethoddescriptor(row.py):
        assert len(py) == len(llvm)
    else:
        assert py == llvm


@every_row
def test_python_semantics_of_pure_row_take_immediates_and_operands(row: Row) -> None:
    if row.kind is not Kind.PURE:
        return
    assert row.py is not None
    assert row.params is not None
    imms = [imm for imm in row.imms if imm not in (Imm.MEMARG, Imm.MEMIDX)]
    assert len(parameters(row.py)) == len(imms) + len(row.params)
