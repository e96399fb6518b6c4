"""What is typed for a place: names that several functions have, names of main, names of exports."""

from __future__ import annotations

import pytest

from wasmlab.debug.commands.table import execute
from wasmlab.debug.session import Session
from wasmlab.module import Module, assemble
from wasmlab.opening.inputs import load
from wasmlab.samples import folder

TWINS = """(module
  (func $double (@name "helper") (param $x i32) (result i32)
    (i32.mul (local.get $x) (i32.const 2)))
  (func $triple (@name "helper") (param $x i32) (result i32)
    (i32.mul (local.get $x) (i32.const 3)))
  (func $other (@name "twice#2") (result i32) (i32.const 1))
  (func $a (@name "twice"))
  (func $b (@name "twice"))
  (func $unnamed (@name ""))
  (func (export "run") (result i32)
    (call $b)
    (i32.add (call $triple (i32.const 4)) (call $double (i32.const 5)))))"""


def load_sample(name: str) -> Module:
    return load(folder() / name)


def places(session: Session, where: str) -> list[str]:
    return [place.func_name for place in session.break_at(where).locations]


def twins() -> Session:
    return Session(assemble(TWINS), invoke="run")


def ran_through(session: Session) -> list[str]:
    """Run to the end; return the functions of the stops at breakpoints."""
    found: list[str] = []
    while (stop := session.run()).breakpoint is not None:
        found.append(stop.location.func_name if stop.location else "")
    return found


def test_breakpoint_at_a_name_of_several_stops_in_all_and_lists_them() -> None:
    session = twins()
    (line,) = execute(session, "break helper").lines
    assert line.startswith("Breakpoint 1: 2 functions are called helper: $helper#1 at ")
    assert "$helper#2 at " in line
    assert ran_through(session) == ["$helper#2", "$helper#1"]
    assert session.breakpoints[0].count == 2


def test_breakpoint_at_a_name_of_several_stays_in_all_after_restart_and_goes_as_one() -> None:
    session = twins()
    number = session.break_at("$helper").number
    session.restart()
    assert ran_through(session) == ["$helper#2", "$helper#1"]
    session.remove_breakpoint(number)
    session.restart()
    assert ran_through(session) == []


@pytest.mark.parametrize("where", ["helper#2", "$helper#2", "func[1]"])
def test_one_of_several_functions_can_be_named(where: str) -> None:
    assert places(twins(), where) == ["$helper#2"]


def test_functions_of_one_name_are_told_apart_in_frames() -> None:
    session = twins()
    session.run_to("helper")
    assert [frame.func_name for frame in session.frames] == ["$helper#2", "func[6]"]


def test_name_that_a_function_has_is_not_the_second_of_another_name() -> None:
    session = twins()
    assert places(session, "twice#2") == ["$twice#2"]
    assert session.breakpoints[0].location.func == 2
    assert places(session, "twice") == ["$twice#1", "func[4]"]


def test_empty_name_is_shown_as_the_index() -> None:
    assert places(twins(), "func[5]") == ["func[5]"]


def test_calls_of_a_name_of_several_are_those_of_all() -> None:
    session = twins()
    session.run()
    assert [call.results[0].value for call in session.calls("helper")] == [12, 10]
    assert [found.text for found in session.find("i32.mul", func="helper")] == ["i32.mul"] * 2


@pytest.mark.parametrize("where", ["$f", "f"])
def test_name_of_a_function_comes_before_that_of_an_export(where: str) -> None:
    text = '(module (func $g (export "f")) (func $f (export "g")) (func (export "run")))'
    session = Session(assemble(text), invoke="run")
    assert places(session, where) == ["$f"]


@pytest.mark.parametrize(
    ("sample", "name"),
    [
        ("c/hello.wasm", "$__original_main"),
        ("cpp/exceptions.wasm", "$__original_main"),
        ("rust/hello.wasm", "$_ZN5hello4main17h6377e98749ffce9aE"),
        ("go/hello.wasm", "$main.main"),
    ],
)
def test_main_of_a_sample_is_reached(sample: str, name: str) -> None:
    session = Session(load_sample(sample))
    assert places(session, "main") == [name]
    stop = session.run()
    assert stop.location is not None
    assert (stop.breakpoint, stop.location.func_name) == (1, name)


def test_main_with_a_dollar_is_the_function_of_that_name_if_there_is_one() -> None:
    session = Session(load_sample("rust/hello.wasm"))
    assert places(session, "$main") == ["$main"]
    assert places(Session(load_sample("c/hello.wasm")), "$main") == ["$__original_main"]


@pytest.mark.parametrize(
    ("funcs", "main"),
    [
        # the C library's __main_void calls main with arguments
        (
            "(func $__main_void (call $__main_argc_argv)) (func $__main_argc_argv)",
            "$__main_argc_argv",
        ),
        # an older one calls main by its own name
        ("(func $__original_main (call $main)) (func $main)", "$main"),
        # main that nothing calls leads to the one that is called
        ("(func $__original_main) (func $main (call $__original_main))", "$__original_main"),
        ("(func $__main_void)", "$__main_void"),
        ("(func $main.main) (func $runtime.main (call $main.main))", "$main.main"),
        ("(func $_RNvCs5QK_5hello4main) (func $__main_void)", "$_RNvCs5QK_5hello4main"),
        ("(func $_ZN1a1b4main17h0123456789abcdefE) (func $main)", "$main"),
        ("(func $main (call $main))", "$main"),
    ],
)
def test_main_is_what_the_start_code_calls_in_the_end(funcs: str, main: str) -> None:
    session = Session(assemble(f'(module (func (export "_start")) {funcs})'))
    assert places(session, "main") == [main]


def test_main_is_the_export_where_no_function_has_the_name() -> None:
    session = Session(assemble('(module (func $f (export "main")))'), invoke="main")
    assert places(session, "main") == ["$f"]
