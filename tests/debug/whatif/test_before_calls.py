"""Changes by hand while a program without ``_start`` waits for a call."""

from pathlib import Path

import pytest

from wasmlab.debug.commands.table import execute
from wasmlab.debug.recorded_session import open_recording
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State
from wasmlab.errors import BadExpression, DebugError
from wasmlab.module import assemble

LIBRARY = """(module
  (memory (export "memory") 1)
  (global $g (mut i32) (i32.const 1))
  (global $fixed i32 (i32.const 1))
  (func (export "sum") (param $n i32) (result i32)
    (i32.add (i32.add (global.get $g) (local.get $n)) (i32.load (i32.const 16))))
  (func (export "shadow") (param $g i32) (result i32)
    (i32.add (local.get $g) (i32.const 0)))
  (func (export "count") (global.set $g (i32.add (global.get $g) (i32.const 1)))))"""


def returned(session: Session) -> list[str]:
    return [value.text for value in session.run().results]


def library() -> Session:
    return Session(assemble(LIBRARY, file="library.wat"))


def changed() -> Session:
    session = library()
    session.set("$g", 100)
    session.set("i32[0x10]", 1000)
    return session


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_changes_before_the_first_call_are_what_it_finds(engine: str) -> None:
    session = Session(assemble(LIBRARY, file="library.wat"), engine=engine)
    session.set("$g", 100)
    session.set("i32[0x10]", 1000)
    session.call("sum", 7)
    assert returned(session) == ["1107"]
    session.to_start()
    assert (session.state, session.evaluate("$g"), session.depth) == (State.PAUSED, 100, 1)
    assert returned(session) == ["1107"]
    session.step_back()
    assert session.evaluate("i32[16]") == 1000
    session.step()
    assert [value.text for value in session.stop.results] == ["1107"]


def test_changes_between_two_calls_are_repeated_between_them() -> None:
    session = changed()
    session.call("sum", 1)
    assert returned(session) == ["1101"]
    session.set("global 0", 5)
    session.set("i32[0x10]", 50)
    session.call("count")
    session.run()
    session.call("sum", 2)
    assert returned(session) == ["58"]
    end = session.tick
    session.to_start()
    found: list[str] = []
    while session.tick < end:
        found += [value.text for value in session.step().results]
    assert found == ["58"]
    for _ in range(end):
        session.step_back()
    assert session.evaluate("$g + i32[16]") == 1100


def test_change_that_no_call_follows_is_repeated_at_the_end() -> None:
    session = library()
    session.call("count")
    session.run()
    session.set("global 0", 41)
    session.step_back()
    assert session.evaluate("$g") == 2
    session.step()
    assert (session.state, session.evaluate("$g")) == (State.WAITING_FOR_CALL, 41)
    session.call("count")
    session.run()
    assert session.evaluate("$g") == 42


def test_change_before_a_call_and_one_in_it_both_hold_on_every_branch() -> None:
    session = changed()
    session.call("sum", 7)
    session.set("$n", 8)
    assert returned(session) == ["1108"]
    session.to_start()
    session.set("global 0", 200)
    assert len(session.branches) == 2
    assert returned(session) == ["1208"]
    session.switch(1)
    session.to_start()
    assert returned(session) == ["1108"]


def test_change_before_a_call_is_who_set_it() -> None:
    session = changed()
    session.call("shadow", 7)
    session.step(2)
    assert session.who_wrote("i32[0x10]").text == "set by hand at step 0"
    assert session.who_wrote("global 0").text == "set by hand at step 0"
    assert session.who_wrote("$g").text == "an argument of the call"


def test_change_before_a_call_is_in_a_recording(tmp_path: Path) -> None:
    session = changed()
    session.call("sum", 7)
    session.run()
    session.set("global 0", 5)
    session.call("sum", 1)
    session.run()
    session.save(tmp_path / "changed.wlab")
    again = open_recording(tmp_path / "changed.wlab")
    assert again.evaluate("$g") == 100
    assert again.who_wrote("i32[0x10]").text == "set by hand at step 0"
    again.to_end()
    assert [value.text for value in again.stop.results] == ["1006"]


def test_commands_set_before_the_first_call() -> None:
    session = library()
    for line in ("set $g = 100", "set i32[0x10] = 1000", "call sum 7", "continue"):
        said = execute(session, line)
    assert said.stop is not None
    assert said.stop.message == "sum returned 1107"


@pytest.mark.parametrize("what", ["$n", "stack[0]", "result", "$fixed", "i32[0x20000]"])
def test_what_is_not_there_before_a_call_is_refused(what: str) -> None:
    session = library()
    with pytest.raises((DebugError, BadExpression)):
        session.set(what, 1)
    assert session.branches[0].changes == ()
