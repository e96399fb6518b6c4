"""One numbering of operands: ``stack[0]`` is the top, whatever shows or names it."""

from __future__ import annotations

import pytest

from wasmlab.debug.commands.table import execute
from wasmlab.debug.session import Session
from wasmlab.module import assemble

STACK = """(module (func (export "run") (result i32)
  (i32.const 10) (i64.const 20) (v128.const i64x2 30 31) (f32.const 40) (i32.const 50)
  (drop) (drop) (drop) (drop)))"""
TOP_FIRST = ["50", "40", "0x000000000000001f000000000000001e", "20", "10"]


@pytest.fixture
def session() -> Session:
    session = Session(assemble(STACK), invoke="run")
    session.step(5)
    return session


def test_operand_is_named_by_the_number_beside_it(session: Session) -> None:
    shown = [line.split() for line in execute(session, "info stack").lines]
    for slot, (number, _, text, *_) in zip(session.stack, shown, strict=True):
        name = f"stack[{number}]"
        assert slot.number == int(number)
        assert slot.text == text == session.history_of(name)[0].new
        assert session.evaluate(name) == slot.value
        assert float(execute(session, f"print {name}").lines[0]) == float(slot.value)
    assert [slot.text for slot in session.stack] == TOP_FIRST


def test_rows_of_the_stack_have_their_numbers(session: Session) -> None:
    assert [slot.number for slot in session.stack_rows(2, 2)] == [2, 3]


@pytest.mark.parametrize("number", [0, 3, 4])
def test_operand_is_set_by_the_number_beside_it(number: int, session: Session) -> None:
    execute(session, f"set stack[{number}] = 7")
    changed = [slot.number for slot in session.stack if slot.text == "7"]
    assert changed == [number]


def test_differences_have_the_numbers_of_the_operands(session: Session) -> None:
    session.step()
    session.goto(5)
    session.set("stack[4]", 11)
    session.step()
    (difference,) = session.compare(1, 2).differences
    assert difference.what == "stack[4]"
