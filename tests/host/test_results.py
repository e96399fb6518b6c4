"""What Python functions return: as many values as their type has, and such."""

import pytest

import wasmlab as wl
from wasmlab.debug.views.model import State, StopReason

TWO = """
(module
  (import "host" "f" (func $f (result i32 i32)))
  (func (export "main") (result i32) (call $f) (i32.add)))
"""


def ran(result: object) -> wl.Session:
    s = wl.Session(wl.assemble(TWO), invoke="main", imports={"host": {"f": lambda: result}})
    s.run()
    return s


@pytest.mark.parametrize("result", [(1, 2, 3), (), 7, None, "ab", [1]])
def test_other_number_of_results_is_an_error_of_the_host(result: object) -> None:
    stop = ran(result).stop
    assert stop.reason is StopReason.HOST_ERROR
    assert stop.message == f"host.f returned {result!r}, a tuple of 2 values is expected"


def test_result_of_another_type_is_an_error_of_the_host() -> None:
    stop = ran((1, "x")).stop
    assert stop.reason is StopReason.HOST_ERROR
    assert stop.message.startswith("host.f returned (1, 'x'): i32 expected")


@pytest.mark.parametrize("result", [(1, 2), [1, 2]])
def test_results_come_as_a_tuple_or_a_list(result: object) -> None:
    assert ran(result).stop.results[0].value == 3


def test_answer_that_does_not_fit_is_asked_for_again() -> None:
    s = wl.Session(wl.assemble(TWO), invoke="main", stub_imports="ask")
    s.run()
    s.answer((1, "x"))
    assert "i32 expected" in s.run().message
    assert s.state is State.WAITING_FOR_RESULT
    s.answer((1, 2))
    assert s.run().results[0].value == 3


def test_error_of_wasmlab_that_a_function_raises_is_an_error_of_the_host() -> None:
    wat = '(module (import "host" "f" (func $f)) (func (export "main") (call $f)))'
    other = wl.Session(wl.assemble("(module)"))
    imports = {"host": {"f": lambda: other.call("g")}}
    s = wl.Session(wl.assemble(wat), invoke="main", imports=imports)
    stop = s.run()
    assert stop.reason is StopReason.HOST_ERROR
    assert stop.message.startswith("host.f raised UsageError")
    assert s.state is State.TRAPPED
