"""Branches: a change in the past begins a new future, and the old one stays."""

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, ECHO, HELLO, TWO, ran
from tests.debug.states import whole_state
from wasmlab.debug.views.model import State, StopReason
from wasmlab.errors import BadExpression, DebugError, HostError, UsageError


def test_change_in_the_past_makes_another_future() -> None:
    s = ran(CALLS)
    total = s.tick
    s.to_start()
    watch = s.watch("global 0")
    after_write = s.run().tick
    s.remove_breakpoint(watch.number)
    s.set("global 0", 1000)
    s.run()
    changed = s.globals[0].value
    assert [b.number for b in s.branches] == [1, 2]
    assert s.branches[1].changes == ("global 0 = 1000",)
    s.switch(1)
    assert (s.tick, s.globals[0].value) == (total, 45)
    s.goto(after_write)
    assert s.globals[0].value != 1000
    s.switch(2)
    assert s.globals[0].value == changed != 45
    s.goto(after_write)
    assert s.globals[0].value == 1000


def test_changed_text_is_printed_on_the_branch_only() -> None:
    s = ran(HELLO)
    s.to_start()
    s.step()
    s.set("memory[16:21]", b"HELLO")
    s.run()
    assert b"".join(o.data for o in s.output) == b"HELLO, world!\n"
    s.switch(1)
    assert b"".join(o.data for o in s.output) == b"Hello, world!\n"


def test_walk_on_a_branch_is_repeatable() -> None:
    s = ran(CALLS)
    s.to_start()
    s.run_to("$leaf")
    s.step()
    s.set("stack[0]", 2)
    s.run()
    s.goto(30)
    before = whole_state(s)
    s.to_start()
    s.goto(30)
    assert whole_state(s) == before


def test_change_at_the_end_needs_no_branch() -> None:
    s = wl.Session(wl.assemble(CALLS))
    s.step(5)
    s.set("$n", 3)
    assert len(s.branches) == 1
    s.run()
    s.goto(5)
    assert s.locals[0].value == 3


def test_branch_across_a_python_function_says_so() -> None:
    text = '(module (import "h" "f" (func $f)) (func (export "_start") (call $f)))'

    def f() -> None:
        return

    s = wl.Session(wl.assemble(text), imports={"h": {"f": f}})
    s.run()
    s.to_start()
    assert s.branch() == 2
    assert not s.branches[1].rewound


def test_result_of_a_host_call_is_given_without_calling_the_host() -> None:
    s = ran(HELLO)
    while s.output:
        s.step_back()
    s.set("result", 8)
    s.step()
    assert s.stack[0].value == 8
    assert not s.output
    s.switch(1)
    assert s.output


def test_what_cannot_be_changed_is_refused_without_a_branch() -> None:
    s = ran(HELLO)
    with pytest.raises(DebugError):
        s.set("memory[0]", 1)
    s.step_back()
    with pytest.raises(UsageError):
        s.set("memory[0]", 300)
    with pytest.raises(DebugError):
        s.switch(9)
    assert len(s.branches) == 1
    assert s.state is State.PAUSED


def printed(s: wl.Session) -> bytes:
    return b"".join(o.data for o in s.output)


def typed() -> wl.Session:
    """Return a session that read two lines, one after the other."""
    s = wl.Session(wl.assemble(ECHO), stdin=None)
    s.run()
    for line in (b"one\n", b"two\n"):
        s.feed_input(line)
        s.run()
    s.feed_input(b"", end=True)
    s.run()
    return s


def test_standard_input_is_changed_from_a_step_on() -> None:
    s = typed()
    assert printed(s) == b"one\ntwo\n"
    read = s.host_calls[0]
    s.goto(read.tick)
    s.set("stdin", b"TWO\n")
    s.run()
    assert printed(s) == b"one\nTWO\n"
    assert s.branches[1].changes == ('stdin = "TWO\\x0a"',)
    s.switch(1)
    assert printed(s) == b"one\ntwo\n"
    s.switch(2)
    s.to_start()
    assert s.run().tick == s.branches[1].last
    assert printed(s) == b"one\nTWO\n"


def test_branch_before_a_change_of_input_has_the_input_from_before() -> None:
    s = typed()
    s.goto(s.host_calls[0].tick)
    s.set("stdin", b"TWO\n")
    s.run()
    s.to_start()
    s.branch()
    s.run()
    assert printed(s) == b"one\ntwo\n"


def test_standard_input_takes_bytes_only() -> None:
    s = typed()
    s.to_start()
    with pytest.raises(UsageError):
        s.set("stdin", 5)
    assert len(s.branches) == 1


TELLS = """
(module
  (import "h" "next" (func $next (result i32)))
  (func (export "_start") (local $i i32)
    (loop $l
      (drop (call $next))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))))
"""


class Counter:
    """Python state of an imported function, which can be taken back."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return self.count

    def snapshot(self) -> object:
        return self.count

    def restore(self, state: object) -> None:
        assert isinstance(state, int)
        self.count = state


@pytest.mark.parametrize("is_method", [False, True])
def test_python_state_is_taken_back_on_a_branch(is_method: bool) -> None:  # noqa: FBT001 - a parameter
    counter = Counter()
    function = counter.__call__ if is_method else counter
    s = wl.Session(wl.assemble(TELLS), imports={"h": {"next": function}})
    s.run()
    assert [call.result for call in s.host_calls] == ["1", "2", "3"]
    s.goto(s.host_calls[0].tick)
    s.branch()
    assert counter.count == 1
    assert s.branches[1].rewound
    s.run()
    assert [call.result for call in s.host_calls] == ["1", "2", "3"]
    s.to_start()
    s.branch()
    assert counter.count == 0
    s.switch(2)
    assert counter.count == 3
    s.restart()
    assert counter.count == 0


def test_branch_says_that_python_state_is_not_taken_back() -> None:
    count = iter(range(9))
    s = wl.Session(wl.assemble(TELLS), imports={"h": {"next": lambda: next(count)}})
    s.run()
    s.goto(s.host_calls[1].tick)
    s.branch()
    s.run()
    assert [call.result for call in s.host_calls] == ["0", "1", "3"]
    assert str(s.branches[1]).endswith("(host state not rewound)")


def test_snapshot_that_fails_is_an_error_of_the_host() -> None:
    class Broken(Counter):
        def snapshot(self) -> object:
            raise ValueError("no")

    with pytest.raises(HostError, match="snapshot of Broken raised ValueError: no"):
        wl.Session(wl.assemble(TELLS), imports={"h": {"next": Broken()}})


def test_running_over_a_change_makes_it_again() -> None:
    s = ran(CALLS)
    s.goto(20)
    s.set("global 0", 1000)
    offset = s.location.offset if s.location else 0
    s.run()
    last, state = s.tick, whole_state(s)
    s.break_at(offset)
    s.to_start()
    s.step(20)
    assert s.globals[0].value == 1000
    s.to_start()
    hits: list[int] = []
    while s.run().breakpoint is not None:
        hits.append(s.tick)
    assert 20 in hits
    assert (s.tick, whole_state(s)) == (last, state)


def test_change_at_the_entry_of_a_second_call_is_made_again() -> None:
    s = wl.Session(wl.assemble(TWO))
    for value in (5, 7):
        s.call("add", value)
        if value == 7:
            s.set("$n", 9)
        s.run()
    s.to_start()
    s.run()
    assert s.stop.results[0].value == 14


def test_reference_is_only_set_to_null() -> None:
    text = """(module (func $f) (elem declare func $f)
      (func (export "_start") (local $r funcref) (local.set $r (ref.func $f)) (nop)))"""
    s = wl.Session(wl.assemble(text))
    s.step(2)
    with pytest.raises(UsageError, match="can be set to null only"):
        s.set("$r", 447)
    s.set("$r", "null")
    assert s.locals[0].text == "null"


CALLER = """(module
  (func $outer (export "main") (param $x i32) (result i32)
    (call $inner (i32.const 5)) (i32.add (local.get $x)))
  (func $inner (param $x i32) (result i32)
    (local.set $x (i32.const 6)) (local.get $x)))"""


def test_local_of_a_caller_is_changed_by_the_number_of_its_frame() -> None:
    s = wl.Session(wl.assemble(CALLER), invoke="main", invoke_args=[1])
    s.step(4)
    assert [frame.func_name for frame in s.frames] == ["$inner", "$outer"]
    written = s.who_wrote("$x@1")
    assert written.new == "1"
    s.set("$x@1", 40)
    assert [s.locals_of(number)[0].value for number in (0, 1)] == [6, 40]
    assert s.run().results[0].value == 46
    s.goto(3)
    for wrong in ("$x@2", "$y@1", "$x@99999999"):
        with pytest.raises(BadExpression):
            s.set(wrong, 1)


def test_local_of_a_caller_is_watched_there() -> None:
    s = wl.Session(wl.assemble(CALLER), invoke="main", invoke_args=[1])
    s.step(2)
    s.watch("$x@1", "r")
    s.step_back(2)
    stop = s.run()
    assert stop.reason is StopReason.WATCHPOINT
    assert s.frames[0].func_name == "$outer"
