"""Locals, globals, operands and frames by name and number, as Python looks things up."""

import copy
import pickle

import pytest

import wasmlab as wl
from wasmlab.errors import NoSuchName, NoSuchNumber

PROGRAM = """(module
  (import "env" "seen" (func $seen (param i32)))
  (global $count (mut i32) (i32.const 5))
  (global (export "limit") i32 (i32.const 9))
  (func $outer (param $n i32) (local $wide i64) (local i32)
    (local.set $wide (i64.const -1))
    (i32.const 77)
    (call $inner (i32.const 3))
    (drop))
  (func $inner (param $n i32)
    (local.set $n (i32.const 4))
    (call $seen (local.get $n)))
  (func (export "_start") (call $outer (i32.const 8))))"""
SHARED = '(module (func (export "f") (param $x i32) (local $y i32) nop))'


def session() -> wl.Session:
    return wl.Session(wl.assemble(PROGRAM), imports={"env": {"seen": print}})


def in_inner() -> wl.Session:
    s = session()
    s.run_to("inner")
    return s


def test_locals_of_a_frame_are_found_with_and_without_dollar_and_by_number() -> None:
    s = in_inner()
    caller = s.frames[1].locals
    assert caller["n"].value == caller["$n"].value == caller[0].value == caller["0"].value == 8
    assert (caller["wide"].bits, caller["wide"].value, caller["wide"].type) == (
        2**64 - 1,
        -1,
        "i64",
    )
    assert caller["2"] is not None
    assert caller[-1].name == "2"
    assert "$wide" in caller
    assert "wide" in caller
    assert "narrow" not in caller
    assert s.locals["n"].value == 3
    assert s.frames[1].stack[0].value == 77


def test_selected_frame_is_the_one_whose_locals_are_meant() -> None:
    s = in_inner()
    s.select_frame(1)
    assert s.locals == s.frames[1].locals == s.locals_of(1)


def test_globals_are_found_by_name_export_and_number() -> None:
    s = in_inner()
    assert s.globals["count"].value == s.globals["$count"].value == s.globals[0].value == 5
    assert s.globals["limit"].value == 9
    assert s.globals.names == ("$count", "$limit")


def test_frame_keeps_what_it_held_when_the_program_goes_on() -> None:
    s = in_inner()
    frame = s.frames[0]
    s.step(2)
    assert frame.locals["n"].value == 3
    assert s.frames[0].locals["n"].value == 4
    assert s.frames[0].locals["n"].previous is not None


def test_unknown_name_is_a_key_error_that_lists_names_like_it() -> None:
    s = in_inner()
    with pytest.raises(KeyError, match=r"no local 'wid' in \$outer; did you mean \$wide"):
        s.frames[1].locals["wid"]
    with pytest.raises(NoSuchName, match=r"no global 'zzz' in the module; globals: \$count, \$l"):
        s.globals["zzz"]


def test_unknown_number_is_an_index_error_that_says_how_many_there_are() -> None:
    s = in_inner()
    with pytest.raises(IndexError, match=r"no local 9 in \$inner; there is 1 local"):
        s.locals[9]
    with pytest.raises(NoSuchNumber, match="no frame 7; there are 3 frames"):
        s.frames[7]
    with pytest.raises(NoSuchNumber, match=r"no operand 0 in \$inner"):
        s.stack[0]


@pytest.mark.parametrize("key", [1.5, None, b"n"])
def test_key_of_another_type_is_refused(key: object) -> None:
    with pytest.raises(wl.WasmlabError, match="the number of the local expected, found"):
        in_inner().locals[key]  # pyright: ignore[reportCallIssue, reportArgumentType] - it is wrong


def test_names_that_are_shared_are_told_apart_and_offered() -> None:
    module = wl.load(wl.assemble(SHARED).data.replace(b"\x01y", b"\x01x"))
    s = wl.Session(module, invoke="f", invoke_args=[3])
    assert s.locals.names == ("$x#1", "$x#2")
    assert s.locals["x#1"].value == s.locals["$x#1"].value == 3
    with pytest.raises(NoSuchName, match=r"there are \$x#1, \$x#2$"):
        s.locals["x"]


def test_frame_of_a_host_function_has_no_locals_and_says_why() -> None:
    found: list[str] = []
    s: wl.Session | None = None

    def seen(_: int) -> None:
        assert s is not None
        frame = s.frames[0]
        assert (frame.host, frame.locals, frame.stack) == (True, (), ())
        with pytest.raises(NoSuchName, match=r"no local 'n': env.seen is a host function"):
            frame.locals["n"]
        found.append(repr(frame))

    s = wl.Session(wl.assemble(PROGRAM), imports={"env": {"seen": seen}})
    s.run()
    assert found == ["<Frame 0 env.seen of the host>"]


def test_nothing_is_found_where_no_function_is_being_called() -> None:
    s = session()
    s.run()
    assert (s.frames, s.locals, s.stack, s.labels) == ((), (), (), ())
    assert s.globals["count"].value == 5
    for look in (lambda: s.locals["n"], lambda: s.stack[0], lambda: s.frames[0]):
        with pytest.raises(LookupError, match="no function is being called"):
            look()


def test_views_are_copied_and_pickled_as_they_are() -> None:
    found = in_inner().globals
    for again in (copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):  # noqa: S301 - our own
        assert again == found
        assert again["count"].value == 5
        assert again.kind == "global"
