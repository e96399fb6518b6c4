"""What a run has accessed last, found by replaying the latest instructions."""

import pytest

from tests.debug.work import count_work, snapshot_at_every_stop
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State
from wasmlab.module import assemble

LOOP = """(module (memory 2) (func (export "_start") (local $n i32)
  (loop $again
    (i32.store offset=0x10000 (local.get $n) (i32.const 7))
    (local.set $n (i32.add (local.get $n) (i32.const 4)))
    (br_if $again (i32.lt_u (local.get $n) (i32.const 40000))))
  (drop (i32.load (i32.const 8)))
  (if (i32.eqz (i32.load8_u (i32.const 4))) (then unreachable))))"""


def session_with_memory_on_show(engine: str) -> Session:
    session = Session(assemble(LOOP, file="loop.wat"), engine=engine)
    session.memory_rows(0, 1)
    return session


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_last_access_before_a_breakpoint_is_found_where_the_session_stays(engine: str) -> None:
    session = session_with_memory_on_show(engine)
    session.break_at("4", "$n == 20000")
    stop, tick = session.run(), session.tick
    session.views.look_back()
    assert session.views.accessed() == (0, 0x10000 + 20000)
    assert (session.tick, session.stop, session.state) == (tick, stop, State.PAUSED)
    assert session.evaluate("$n") == 20000


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_last_access_before_a_trap_costs_the_latest_steps_since_a_snapshot(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot_at_every_stop(monkeypatch)
    session = session_with_memory_on_show(engine)
    session.break_at("4", "$n == 39900")
    session.run()
    session.memory_rows(0, 1)
    since = session.tick
    stop = session.run()
    work = count_work(monkeypatch)
    session.views.look_back()
    assert session.views.accessed() == (0, 4)
    assert work.replayed <= session.tick - since < 500
    assert (session.stop, session.state) == (stop, State.TRAPPED)


def test_last_access_is_not_looked_for_after_a_step_or_while_no_memory_is_on_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work = count_work(monkeypatch)
    session = session_with_memory_on_show("reference")
    session.step()
    session.step(500)
    work.clear()
    session.views.look_back()
    assert work.runs == []
    session.memory_rows(0, 1)
    session.step()
    work.clear()
    session.views.look_back()
    assert work.runs == []
