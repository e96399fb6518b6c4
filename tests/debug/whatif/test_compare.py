"""Two branches side by side: where they differ first, and in what."""

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, HELLO, ran
from tests.debug.states import whole_state
from wasmlab.errors import DebugError

LOOP = """
(module
  (global $sum (mut i32) (i32.const 0))
  (func (export "_start") (local $i i32)
    (loop $l
      (global.set $sum (i32.add (global.get $sum) (local.get $i)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                          (i32.const 3000))))))
"""


def changed(s: wl.Session, tick: int, what: str, value: int | bytes) -> None:
    s.goto(tick)
    s.set(what, value)
    s.run()


def test_changed_memory_is_the_first_difference_and_the_call_follows() -> None:
    s = ran(HELLO)
    changed(s, 1, "memory[16:21]", b"HELLO")
    here = whole_state(s)
    found = s.compare(1, 2)
    assert found.tick == 1
    assert [d.what for d in found.differences] == ["memory[0x11:0x15]"]
    assert found.differences[0].b == "45 4c 4c 4f"
    assert found.divergence is None
    assert found.call is not None
    assert "Hello" in found.call.text
    assert "HELLO" in found.call.text
    assert whole_state(s) == here


def test_changed_local_ends_the_loop_at_another_step() -> None:
    s = ran(CALLS)
    loop = s.first(op="local.tee")
    assert loop is not None
    changed(s, loop.tick + 1, "$i", 5)
    found = s.compare(1, 2)
    assert found.tick == loop.tick + 1
    assert [str(d) for d in found.differences] == ["$i: 1 | 5"]
    assert found.divergence is not None
    s.switch(1)
    for branch in (1, 2):
        s.switch(branch)
        s.goto(found.divergence.tick - 1)
        assert s.instruction is not None
        assert s.instruction.mnemonic == "br_if"
    assert "control flow parts" in str(found)


def test_long_runs_part_where_the_loop_ends() -> None:
    s = ran(LOOP)
    last = s.tick
    loop = s.first(op="local.tee", where="$i == 100")
    assert loop is not None
    changed(s, loop.tick + 1, "$i", 1000)
    found = s.compare(1, 2)
    assert (found.tick, found.compared) == (loop.tick + 1, s.tick)
    assert found.divergence is not None
    assert loop.tick + 1 < found.divergence.tick <= s.tick < last
    s.goto(found.divergence.tick - 1)
    assert s.instruction is not None
    assert s.instruction.mnemonic == "br_if"


def test_branch_without_a_change_is_the_same() -> None:
    s = ran(CALLS)
    s.goto(10)
    s.branch()
    s.step(7)
    found = s.compare(1, 2)
    assert (found.tick, found.compared) == (None, 17)
    assert str(found) == "branch 1 and branch 2 are the same up to step 17"


def test_change_to_the_same_value_is_no_difference() -> None:
    s = ran(CALLS)
    s.goto(10)
    s.set("global 0", s.globals[0].value)
    s.run()
    assert s.compare(1, 2).tick is None


def test_other_result_of_a_host_call_differs_after_the_call() -> None:
    s = ran(HELLO)
    while s.output:
        s.step_back()
    call = s.tick
    s.set("result", 8)
    s.run()
    found = s.compare(1, 2)
    assert found.tick == call + 1
    assert {d.what for d in found.differences} >= {"stack[0]", "stdout"}


def test_branch_that_is_not_there_is_refused() -> None:
    with pytest.raises(DebugError):
        ran(CALLS).compare(1, 2)
