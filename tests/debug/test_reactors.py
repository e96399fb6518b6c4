"""Preloaded libraries for WASI: ``_initialize`` runs once, as the program's first steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wasmlab.cli.main import main
from wasmlab.debug.recorded_session import open_recording
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State
from wasmlab.module import assemble

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.module import Module

FIRST = """(module
  (global $ready (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 41))))
  (func (export "answer") (result i32) (i32.add (global.get $ready) (i32.const 1))))"""
# Its start function and its _initialize both need what the first library answers.
SECOND = """(module
  (import "first" "answer" (func $answer (result i32)))
  (global $sum (mut i32) (i32.const 0))
  (func $start (global.set $sum (call $answer)))
  (start $start)
  (func (export "_initialize") (global.set $sum (i32.mul (global.get $sum) (call $answer))))
  (func (export "answer") (result i32) (global.get $sum)))"""
USER = """(module
  (import "{name}" "answer" (func $answer (result i32)))
  (func (export "ask") (result i32) (call $answer)))"""
STARTS = """(module
  (import "first" "answer" (func $answer (result i32)))
  (global $seen (mut i32) (i32.const 0))
  (func $start (global.set $seen (call $answer)))
  (start $start)
  (func (export "ask") (result i32) (global.get $seen)))"""
TYPED = """(module
  (func (export "_initialize") (param i32) unreachable)
  (func (export "answer") (result i32) (i32.const 7)))"""


def libraries() -> dict[str, Module]:
    return {"first": assemble(FIRST), "second": assemble(SECOND)}


def asked(session: Session) -> int | float | None:
    """Run to the end and return what ``ask`` returned."""
    session.run()
    assert session.state is State.WAITING_FOR_CALL
    (result,) = session.stop.results
    return result.value


def test_library_is_initialized_before_the_call_in_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lib.wat").write_text(FIRST)
    (tmp_path / "user.wat").write_text(USER.format(name="lib"))
    words = ["--preload", f"lib={tmp_path / 'lib.wat'}", str(tmp_path / "user.wat")]
    assert main(["run", *words, "--invoke", "ask"]) == 0
    assert capsys.readouterr().out == "42\n"
    assert main(["run", *words]) == 2
    assert "has no _start" in capsys.readouterr().err


def test_initialize_of_a_library_is_the_first_step_and_runs_once() -> None:
    user = assemble(USER.format(name="first"))
    session = Session(user, preload={"first": assemble(FIRST)}, invoke="ask")
    assert session.stop.message.startswith("first._initialize begins at")
    assert session.location is not None
    assert session.location.module == "first"
    assert asked(session) == 42
    session.call("ask")
    assert asked(session) == 42
    session.restart()
    assert asked(session) == 42
    session.to_start()
    assert session.location is not None
    assert session.location.module == "first"


def test_each_library_is_ready_before_the_next_one_starts() -> None:
    user = assemble(USER.format(name="second"))
    assert asked(Session(user, preload=libraries(), invoke="ask")) == 42 * 42


def test_libraries_are_ready_before_the_start_function_of_the_program() -> None:
    session = Session(assemble(STARTS), preload={"first": assemble(FIRST)}, invoke="ask")
    assert asked(session) == 42


def test_export_of_another_type_is_not_called() -> None:
    user = assemble(USER.format(name="lib"))
    assert asked(Session(user, preload={"lib": assemble(TYPED)}, invoke="ask")) == 7


@pytest.mark.parametrize("live", [False, True])
def test_recording_repeats_the_initialization(live: bool, tmp_path: Path) -> None:  # noqa: FBT001 - how it is recorded
    path = tmp_path / "run.wlab"
    if live:
        (tmp_path / "first.wat").write_text(FIRST)
        (tmp_path / "second.wat").write_text(SECOND)
        (tmp_path / "user.wat").write_text(USER.format(name="second"))
        preload = [w for n in ("first", "second") for w in ("--preload", f"{n}={tmp_path / n}.wat")]
        main(
            ["run", "--record", str(path), *preload, str(tmp_path / "user.wat"), "--invoke", "ask"]
        )
    else:
        user = assemble(USER.format(name="second"))
        session = Session(user, preload=libraries(), invoke="ask")
        asked(session)
        session.save(path)
    replayed = open_recording(path)
    assert replayed.location is not None
    assert replayed.location.module == "first"
    assert asked(replayed) == 42 * 42


def test_changed_text_begins_with_the_same_libraries() -> None:
    text = USER.format(name="first")
    session = Session(assemble(text), preload={"first": assemble(FIRST)}, invoke="ask")
    asked(session)
    changed = text.replace("(call $answer)", "(i32.add (call $answer) (i32.const 1))")
    assert asked(session.replay(changed).session) == 43
