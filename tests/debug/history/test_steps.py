"""Instructions from the past, and findings as tables."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import cast

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, HELLO, TWO, ran
from tests.debug.states import whole_state
from wasmlab.debug.views.model import State
from wasmlab.errors import DebugError


def test_past_steps_are_those_that_were_executed() -> None:
    s = wl.Session(wl.assemble(CALLS))
    steps = list(s.trace())
    assert list(s.trace(0, s.tick)) == steps
    assert list(s.trace(7, 12)) == steps[7:12]


def test_smaller_second_tick_goes_backwards() -> None:
    s = ran(CALLS)
    assert [step.tick for step in s.trace(12, 7)] == [12, 11, 10, 9, 8]
    assert list(s.trace(12, 7)) == list(s.trace(7, 12))[::-1]


def test_trace_of_the_past_moves_nothing() -> None:
    s = ran(HELLO)
    s.step_back(3)
    here, stop = whole_state(s), s.stop
    effects = [step.effect for step in s.trace(0, 1 << 40)]
    assert any("fd_write" in effect for effect in effects)
    assert (whole_state(s), s.stop, s.state) == (here, stop, State.PAUSED)


def test_trace_goes_through_calls_by_hand() -> None:
    s = wl.Session(wl.assemble(TWO))
    for value in (5, 7):
        s.call("add", value)
        s.run()
    assert [step.tick for step in s.trace(0, s.tick)] == list(range(1, s.tick + 1))
    assert s.state is State.WAITING_FOR_CALL


def test_portions_join_without_a_gap() -> None:
    text = CALLS.replace("(i32.const 6)", "(i32.const 150)")
    s = ran(text)
    assert s.tick > 2000
    assert [step.tick for step in s.trace(s.tick, 0)] == list(range(s.tick, 0, -1))


class Table(ModuleType):
    """As much of pandas as is needed: a DataFrame that keeps its rows."""

    def DataFrame(self, rows: list[dict[str, object]]) -> list[dict[str, object]]:  # noqa: N802 - pandas' name
        return rows


def test_findings_become_rows_of_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", Table("pandas"))
    rows = cast("list[dict[str, object]]", ran(CALLS).trace(4, 6).to_frame())
    first = rows[0]
    assert first["tick"] == 5
    assert first["popped"] == ()
    assert first["pushed"] == (0,)
    assert str(first["location"]).startswith("$leaf @0x")


def test_without_pandas_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(DebugError, match="pandas is not installed"):
        ran(CALLS).trace(0, 6).to_frame()
