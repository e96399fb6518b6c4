"""Values that plausibly are pointers say what they point at; their false friends say nothing."""

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.debug.views.model import Pointer

TEXT = r"""(module
  (memory (export "memory") 3)
  (global $__stack_pointer (mut i32) (i32.const 131072))
  (global $__heap_base (export "__heap_base") i32 (i32.const 140000))
  (data $greeting (i32.const 8) "Hello\00")
  (data $.rodata (i32.const 2048) "first\00second\00\01\02\03\04\05\06\07\08")
  (data $.data (i32.const 70000) "concatenatedtexts\00\ff\fe\fd\fc")
  (func $look (param $value i32) nop)
  (func (export "_start")
    (global.set $__stack_pointer (i32.const 131000))
    (i32.store (i32.const 150000) (i32.const 0x74786574))
    (call $look (i32.const VALUE))))"""


def looked_at(value: int) -> Pointer | None:
    """Return what a parameter that nothing uses points at."""
    session = wl.Session(wl.assemble(TEXT.replace("VALUE", str(value))))
    session.break_at("$look")
    session.run()
    (variable,) = session.locals
    return variable.pointer


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2048, '"first"  data 1 .rodata'),
        (2054, '"second"  data 1 .rodata+0x6'),
        (70000, '"concatenatedtexts"  data 2 .data'),
        (70006, '"enatedtexts"  data 2 .data+0x6'),
        (70017, "00 ff fe fd fc 00 00 00  data 2 .data+0x11"),
        (131000, "C stack"),
        (131068, "C stack"),
        (140000, "__heap_base"),
        (150000, '"text"'),
    ],
)
def test_value_that_is_a_pointer_says_where_to(value: int, text: str) -> None:
    found = looked_at(value)
    assert found is not None
    assert (found.text, found.address) == (text, value)


@pytest.mark.parametrize(
    "value",
    [
        0, 1, 8, 10, 12,  # a counter, though a segment begins there
        1_023, 1_024,  # a buffer's size
        2_050, 2_056,  # a counter amid the texts of a small address
        2_061, 2_064,  # amid its bytes
        4_096, 65_536, 100_000, 130_996,  # round numbers, the free part of the C stack
        131_002,  # no word is there
        131_072,  # above the C stack
        150_001,  # amid a text
        3 * 65_536, -1, -8,  # beyond the memory
    ],
)  # fmt: skip
def test_number_that_is_no_plausible_pointer_says_nothing(value: int) -> None:
    assert looked_at(value) is None


def test_loop_counter_through_texts_is_never_annotated_below_the_second_page() -> None:
    counted = [n for n in range(3_000) if n not in {2048, 2054} and looked_at_once(n)]
    assert counted == []


def looked_at_once(value: int) -> bool:
    """Return whether a value is annotated, of a session that is set once."""
    from wasmlab.debug.views.pointers import pointer_of
    from wasmlab.debug.views.values import shown_value
    from wasmlab.syntax.types import I32

    if not _SESSIONS:
        _SESSIONS.append(wl.Session(wl.assemble(TEXT.replace("VALUE", "0"))))
    target = _SESSIONS[0].control.target
    value_ = shown_value(target.store, I32, value)
    return pointer_of(target, target.program.instance, value_) is not None


_SESSIONS: list[wl.Session] = []

USED = r"""(module
  (type $unary (func (param i32) (result i32)))
  (memory 1)
  (table 4 funcref)
  (elem (i32.const 1) $double $double)
  (data (i32.const 8) "Hello\00")
  (func $double (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
  (func $use (param $at i32) (param $to i32) (param $f i32) (param $n i32) (result i32)
    (drop (i32.load8_u (local.get $at)))
    (i32.store offset=2 (local.get $to) (i32.const 0))
    (memory.fill (i32.const 8) (i32.const 65) (local.get $n))
    (call_indirect (type $unary) (local.get $n) (local.get $f)))
  (func (export "_start")
    (drop (call $use (i32.const 8) (i32.const 6) (i32.const 2) (i32.const 2)))))"""


def used() -> wl.Session:
    """Return a session in the function that uses what it gets."""
    session = wl.Session(wl.assemble(USED))
    session.break_at("$use")
    session.run()
    return session


def test_locals_that_the_code_uses_as_pointers_are_annotated_however_small() -> None:
    pointers = {v.name: v.pointer for v in used().locals}
    at, to, func, count = (pointers[name] for name in ("$at", "$to", "$f", "$n"))
    assert at is not None
    assert at.text == '"Hello"  data 0'
    assert (to, count) == (None, None)
    assert func is not None
    assert func.text == "func $double"
    assert func.place is not None
    assert func.place.func_name == "$double"


@pytest.mark.parametrize(
    ("op", "number", "text"),
    [
        ("i32.load8_u", 0, '"Hello"  data 0'),
        ("i32.store", 1, '+2: "Hello"  data 0'),
        ("memory.fill", 2, None),
        ("call_indirect", 0, "func $double"),
    ],
)
def test_operand_that_is_used_as_a_pointer_next_is_annotated(
    op: str, number: int, text: str | None
) -> None:
    session = used()
    session.run()
    session.goto(next(iter(session.find(op=op))).tick)
    pointer = session.stack[number].pointer
    if op == "memory.fill":  # the store before has made no text of it
        assert pointer is not None
        assert pointer.address == 8
    else:
        assert pointer is not None
        assert pointer.text == text
    others = [s for s in session.stack if s.number != number]
    assert all(slot.pointer is None for slot in others)


FILES = r"""(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\05\00\00\00\20\00\00\00\ff\ff\ff\7f")
  (data (i32.const 16) "Hello a/b.txt")
  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64)))
    (drop (call $path_open (i32.const 3) (i32.const 1) (i32.const 22) (i32.const 7) (i32.const 9)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64)))
    (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 64)))))"""


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (0, ["fd = 1 <stdout>", 'iovs = [{0x10, 5 "Hello"}]', "nwritten = 0x40"]),
        (1, ["fd = 0 <stdin>", "iovs = [{0x10, 5}]", "nread = 0x40"]),
        (
            2,
            [
                "fd = 3", "dirflags = SYMLINK_FOLLOW", 'path = "a/b.txt"', "oflags = CREAT|TRUNC",
                "fs_rights_base = FD_READ", "fs_rights_inheriting = 0", "fdflags = 0",
                "opened_fd = 0x40",
            ],
        ),
        (3, ["fd = 1 <stdout>", "iovs = {0x8, 1}", "nwritten = 0x40"]),
    ],
)  # fmt: skip
def test_arguments_of_the_host_call_that_is_next_are_decoded(call: int, shown: list[str]) -> None:
    session = wl.Session(wl.assemble(FILES), stdin=b"input")
    session.run()
    session.goto(list(session.find(op="call"))[call].tick)
    pointers = [slot.pointer for slot in reversed(session.stack)]
    assert [pointer.text for pointer in pointers if pointer] == shown
    assert session.instruction is not None
    assert ", ".join(shown) in session.instruction.now
    assert not session.output or call
    assert (
        next(p.address for p in pointers if p and p.text.startswith(("iovs", "path"))) is not None
    )


def test_commands_show_what_values_point_at() -> None:
    session = used()
    assert execute(session, "info locals").lines[0] == ('$at = 8   param i32   -> "Hello"  data 0')
    session.step()
    assert '-> "Hello"  data 0' in execute(session, "info stack").lines[0]


def test_frames_show_texts_that_arguments_point_at() -> None:
    session = wl.Session(wl.assemble(TEXT.replace("VALUE", "2054")))
    session.break_at("$look")
    session.run()
    assert execute(session, "bt").lines[0].startswith('  0  $look(2054 "second")')


def test_memory_of_64_bits_has_pointers_of_64_bits() -> None:
    text = """(module (memory i64 1) (data (i64.const 2048) "a text")
      (func $look (param i64 i32) nop)
      (func (export "_start") (call $look (i64.const 2048) (i32.const 2048))))"""
    session = wl.Session(wl.assemble(text))
    session.break_at("$look")
    session.run()
    assert [v.pointer and v.pointer.text for v in session.locals] == ['"a text"  data 0', None]


def test_text_of_a_guest_is_escaped_and_cut() -> None:
    text = r"""(module (memory 1) (data (i32.const 2048) "a\c2\9btext \e2\80\ae and so on and more")
      (func $look (param i32) nop) (func (export "_start") (call $look (i32.const 2048))))"""
    session = wl.Session(wl.assemble(text))
    session.break_at("$look")
    session.run()
    (variable,) = session.locals
    assert variable.pointer is not None
    assert variable.pointer.text == r'"a\u009btext \u202e and so on an"...  data 0'
