"""What holds for every row of the instruction table."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from wasmlab.isa.index import ROWS
from wasmlab.syntax.row import SPEC, BlockKind, Flow, Imm, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.syntax.row import Row

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


def rules(wanted: Callable[[Row], object]) -> set[str]:
    return {row.rule or row.mnemonic for row in ROWS if wanted(row)}


def test_rows_that_delimit_blocks_only_are_not_executed() -> None:
    blocks = {"block", "loop", "else", "try_table", "try", "catch", "catch_all", "delegate"}
    assert rules(lambda row: not row.executed) == blocks


def test_rows_with_a_block_type_open_a_block_and_close_none() -> None:
    assert rules(lambda row: row.is_block) == rules(lambda row: Imm.BLOCKTYPE in row.imms)


def test_rows_that_close_a_block_or_an_arm() -> None:
    assert rules(lambda row: row.closes) == {"else", "catch", "catch_all", "end", "delegate"}


def test_block_kinds_are_called_like_the_rows_that_open_them() -> None:
    assert rules(lambda row: row.opens) == {kind.value for kind in BlockKind} - {"func"}
    assert all(row.opens is None or row.opens.value == row.mnemonic for row in ROWS)


def test_flow_of_all_rows_but_control_rows_is_none() -> None:
    assert all(row.kind is Kind.CONTROL for row in ROWS if row.flow is not Flow.NONE)


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (Flow.IF, {"if"}),
        (Flow.CALL, {"call", "call_indirect", "call_ref"}),
        (Flow.TAIL_CALL, {"return_call", "return_call_indirect", "return_call_ref"}),
        (Flow.RETURN, {"return", "end"}),
        (Flow.THROW, {"throw", "throw_ref", "rethrow"}),
        (Flow.TRAP, {"unreachable"}),
    ],
)
def test_flow_of_rows(flow: Flow, expected: set[str]) -> None:
    assert rules(lambda row: row.flow is flow) == expected


def test_branches_are_the_rows_whose_labels_are_targets() -> None:
    labelled = rules(lambda row: {Imm.LABELIDX, Imm.LABELS} & set(row.imms))
    assert rules(lambda row: row.flow is Flow.BRANCH) == labelled - {"delegate", "rethrow"}


def test_conditions_stand_at_ifs_and_at_all_branches_but_one() -> None:
    choosing = rules(lambda row: row.flow in {Flow.IF, Flow.BRANCH})
    assert rules(lambda row: row.condition) == choosing - {"br"}


def test_direct_calls_name_a_function() -> None:
    assert rules(lambda row: row.is_direct_call) == {"call", "return_call"}


def test_variables_are_read_or_written() -> None:
    assert rules(lambda row: row.reads_local) == {"local.get"}
    assert rules(lambda row: row.writes_local) == {"local.set", "local.tee"}
    assert rules(lambda row: row.reads_global) == {"global.get"}
    assert rules(lambda row: row.writes_global) == {"global.set"}


def test_items_of_a_bulk_instruction_are_its_last_operand() -> None:
    for row in ROWS:
        if row.bulk is not None and row.py is not None:
            operands = parameters(row.py)[1 + len(row.imms) :]
            assert row.bulk.items == len(operands) - 1


def test_rows_whose_effect_on_memory_is_not_an_access() -> None:
    def is_bulk(row: Row) -> bool:
        return row.access is None

    assert rules(lambda row: row.writes_memory and is_bulk(row)) == {
        "memory.fill", "memory.copy", "memory.init"
    }  # fmt: skip
    assert rules(lambda row: row.reads_memory and is_bulk(row)) == {"memory.copy"}


@every_row
def test_accesses_of_memory_read_or_write_it(row: Row) -> None:
    touches = row.reads_memory or row.writes_memory
    assert touches == (row.access is not None or (row.bulk is not None and Imm.MEMIDX in row.imms))
    assert (row.reads_memory and row.writes_memory) == (
        row.kind is Kind.RMW or row.rule == "memory.copy"
    )


def test_casts_say_whether_null_is_among_the_values_wanted() -> None:
    assert rules(lambda row: row.nullable) == {"ref.test null", "ref.cast null"}
    assert rules(lambda row: row.nullable is False) == {"ref.test", "ref.cast"}
