"""Who wrote a value, and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from tests.debug.programs import CALLS, HELLO
from tests.debug.work import Work, count_work, snapshot_at_every_stop
from wasmlab.debug.history import provenance
from wasmlab.debug.views.model import StopReason
from wasmlab.engine.recording.timeline import ManualChange
from wasmlab.errors import BadExpression, DebugError

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.debug.control import Control
    from wasmlab.debug.history.provenance import Origin

READ = """
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $first (mut i32) (i32.const 0))
  (func $copy (param $c i32) (result i32) (local.get $c))
  (func (export "_start") (local $x i32)
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 8))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (local.set $x (call $copy (i32.load8_u (i32.const 16))))
    (memory.copy (i32.const 100) (i32.const 16) (i32.const 4))
    (global.set $first (local.get $x))
    (nop)))
"""


def at_nop() -> wl.Session:
    s = wl.Session(wl.assemble(READ), stdin=b"hey")
    while s.instruction is not None and s.instruction.mnemonic != "nop":
        s.step()
    return s


def test_byte_is_traced_to_its_store() -> None:
    s = wl.Session(wl.assemble(HELLO))
    s.run()
    s.step_back()
    tick = s.tick
    origin = s.who_wrote(4)
    assert (origin.text, origin.old, origin.new) == ("i32.store", "00", "0e")
    assert s.tick == tick
    assert [o.kind for o in s.history_of(4)] == ["copy", "constant"]
    assert s.history_of(4)[-1].text == "i32.const 14"


def test_byte_of_the_module_is_of_instantiation() -> None:
    s = wl.Session(wl.assemble(HELLO))
    s.run()
    s.step_back()
    assert s.who_wrote(16).kind == "instantiation"


def test_global_is_followed_through_copies_to_the_input() -> None:
    chain = at_nop().history_of("global $first")
    assert [o.text.split()[0] for o in chain] == [
        "global.set", "local.get", "local.set", "end", "local.get", "i32.load8_u",
        chain[-1].text.split()[0],
    ]  # fmt: skip
    assert chain[-1].kind == "host"
    assert chain[-1].text.startswith("fd_read(")


def test_copied_memory_is_followed_to_its_source() -> None:
    chain = at_nop().history_of(101)
    assert [o.kind for o in chain] == ["copy", "host"]


def test_operand_is_traced_to_what_pushed_it() -> None:
    s = wl.Session(wl.assemble(CALLS))
    s.run_to("$leaf")
    s.step(2)
    top, below = s.who_wrote("stack[0]"), s.who_wrote("stack[1]")
    assert (top.text, below.text) == ("local.get $n", "local.get $n")
    assert top.tick == below.tick + 1
    assert [o.kind for o in s.history_of("stack[0]")][-1] == "zero"


def test_operand_that_a_branch_moves_above_a_vector_is_traced_to_what_pushed_it() -> None:
    text = """(module (func (export "_start")
      (v128.const i32x4 1 2 3 4)
      (block $b (result i32) (i32.const 9) (i32.const 7) (br $b))
      (nop) (drop) (drop)))"""
    s = wl.Session(wl.assemble(text))
    s.step(4)
    assert [o.text for o in s.history_of("stack[0]")] == ["br 0", "i32.const 7"]


def test_local_that_was_not_written_is_zero_by_the_call() -> None:
    text = """(module (func $f (local $x i32) (drop (local.get $x)))
      (func (export "_start") (call $f)))"""
    s = wl.Session(wl.assemble(text))
    s.step()
    assert s.who_wrote("$x").kind == "zero"


def test_argument_of_a_call_by_hand_is_said_to_be_one() -> None:
    s = wl.Session(wl.assemble('(module (func (export "f") (param $n i32) (nop)))'))
    s.call("f", 7)
    s.step()
    origin = s.who_wrote("$n")
    assert (origin.kind, origin.new) == ("argument", "7")


def test_origin_that_copied_nothing_cannot_be_followed() -> None:
    s = at_nop()
    with pytest.raises(DebugError):
        s.who_wrote(s.history_of(4)[-1])
    with pytest.raises(BadExpression):
        s.who_wrote("stack[0]")


SCATTERED = """
(module
  (memory 16)
  (func (export "_start") (local $x i32) (local $i i32)
    (loop $l
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store (i32.shl (i32.shr_u (local.get $x) (i32.const 22)) (i32.const 10)) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 3000))))))
"""


def test_last_write_is_found_between_any_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot_at_every_stop(monkeypatch)
    s = wl.Session(wl.assemble(SCATTERED), engine="reference")
    while s.step(997).reason is StopReason.STEP:
        pass
    s.step_back()
    last, x = dict[int, int](), 0
    for i in range(3000):
        x = (x * 1664525 + 1013904223) & 0xFFFF_FFFF
        last[x >> 22 << 10] = i
    for addr in sorted(last)[::40]:
        assert s.who_wrote(f"i32[{addr}]").new == last[addr].to_bytes(4, "little").hex(" ")
    assert s.who_wrote(4).kind == "instantiation"


VALUES = """
(module
  (tag $t (param i32))
  (global $g (mut v128) (v128.const i64x2 1 2))
  (func $g (param i32) (result i32)
    (if (local.get 0) (then (throw $t (i32.const 77))))
    (i32.const 5))
  (func (export "main") (result i32) (local $d f64) (local $l i64)
    (local.set $d (f64.const 1.5))
    (local.set $l (i64.const 0xffff_ffff))
    (global.set $g (v128.const i64x2 7 8))
    (block $b (result i32)
      (try_table (result i32) (catch $t $b)
        (i32.add (call $g (i32.const 1)) (i32.const 3))))
    (nop)))
"""


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("$d", "0.0", "1.5"),
        ("$l", "0", "4294967295"),
        ("global $g", f"0x{2:016x}{1:016x}", f"0x{8:016x}{7:016x}"),
    ],
)
def test_what_was_written_is_shown_as_a_value_of_its_type(what: str, old: str, new: str) -> None:
    s = wl.Session(wl.assemble(VALUES), invoke="main")
    while s.instruction is not None and s.instruction.mnemonic != "nop":
        s.step()
    origin = s.who_wrote(what)
    assert (origin.old, origin.new) == (old, new)


def test_a_caught_value_was_written_by_the_throw() -> None:
    s = wl.Session(wl.assemble(VALUES), invoke="main")
    while s.instruction is not None and s.instruction.mnemonic != "nop":
        s.step()
    origin = s.who_wrote("stack[0]")
    assert (origin.text, origin.new) == ("throw $t", "77")


MOVES = """
(module
  (func $swap (param $a i32) (param $b i32) (result i32 i32) (local.get $b) (local.get $a))
  (func $branches (param $k i32) (result i32)
    (block $o (result i32)
      (block $i (result i32)
        (i32.const 1) (i32.const 2) (i32.const 30)
        (br_if $o (i32.eq (local.get $k) (i32.const 2)))
        (local.get $k)
        (br_table $i $o $i))
      (i32.const 100) (i32.add)))
  (func $sum (param $n i32) (result i32)
    (i32.const 0) (local.get $n)
    (loop $l (param i32 i32) (result i32)
      (local.set $n) (local.get $n) (i32.add)
      (local.get $n) (i32.const 1) (i32.sub) (local.tee $n)
      (local.get $n) (br_if $l) (drop)))
  (func $power (param $n i32) (param $x i32) (result i32) (local $m i32)
    (local.set $m (local.get $n))
    (if (i32.eqz (local.get $n)) (then (return (local.get $x))))
    (return_call $power
      (i32.sub (local.get $n) (i32.const 1)) (i32.mul (local.get $x) (i32.const 2))))
  (func (export "main") (result i32) (local $s i32) (local $t i32)
    (call $swap (i32.const 3) (i32.const 4)) (local.set $s) (local.set $t)
    (local.set $s (i32.add (local.get $s) (call $branches (i32.const 0))))
    (local.set $s (i32.add (local.get $s) (call $branches (i32.const 1))))
    (local.set $s (i32.add (local.get $s) (call $branches (i32.const 2))))
    (call $sum (i32.const 3)) (select (i32.const 9) (local.get $t)) (local.set $t)
    (call $power (i32.const 2) (i32.const 5)) (local.get $s) (i32.add) (local.get $t) (i32.add)))
"""


REFERENCES = """
(module
  (func $null (param $r anyref) (result i32)
    (block $o (result i32)
      (i32.const 1) (i32.const 2) (i32.const 30)
      (local.get $r) (br_on_null $o)
      (drop) (drop) (drop)))
  (func $some (param $r anyref) (result i32)
    (block $o (result i32 (ref any))
      (i32.const 1) (i32.const 2) (i32.const 31)
      (local.get $r) (br_on_non_null $o)
      (drop) (drop) (return))
    (drop))
  (func $cast (param $r anyref) (result i32)
    (block $o (result i32 (ref i31))
      (i32.const 1) (i32.const 2) (i32.const 32)
      (local.get $r) (br_on_cast $o anyref (ref i31))
      (drop) (drop) (drop) (return))
    (drop))
  (func $fail (param $r anyref) (result i32)
    (block $o (result i32 anyref)
      (i32.const 1) (i32.const 2) (i32.const 33)
      (local.get $r) (br_on_cast_fail $o anyref (ref i31))
      (drop) (drop) (drop) (return))
    (drop))
  (func $all (param $r anyref) (result i32)
    (call $null (local.get $r)) (call $some (local.get $r)) (i32.add)
    (call $cast (local.get $r)) (i32.add) (call $fail (local.get $r)) (i32.add))
  (func (export "main") (result i32)
    (call $all (ref.null any)) (call $all (ref.i31 (i32.const 9))) (i32.add)))
"""


CAUGHT = """
(module
  (tag $t (param i32))
  (func $throws (param i32) (if (local.get 0) (then (throw $t (i32.const 77)))))
  (func $between (param i32) (call $throws (local.get 0)))
  (func $run (param $p i32) (result i32) (local $d i32)
    (i32.const 100) (i32.const 200)
    (block $b (result i32)
      (try_table (catch $t $b) (call $between (local.get $p)) (local.set $d (i32.const 4)))
      (i32.const 5))
    (i32.add) (i32.add))
  (func (export "main") (result i32)
    (drop (call $run (i32.const 0)))
    (drop (call $run (i32.const 1)))
    (block $b (result i32)
      (try_table (catch $t $b) (throw $t (i32.const 3)))
      (i32.const 8))))
"""


@pytest.mark.parametrize("engine", ["reference", "native"])
@pytest.mark.parametrize(
    "wat", [MOVES, REFERENCES, CAUGHT], ids=["numbers", "references", "exceptions"]
)
def test_what_was_written_last_is_what_is_there(wat: str, engine: str) -> None:
    s = wl.Session(wl.assemble(wat), invoke="main", engine=engine)
    s.run()
    origins: dict[tuple[int, str, str], Origin] = {}
    for tick in range(s.timeline.last):
        s.goto(tick)
        values = {f"stack[{n}]": slot.text for n, slot in enumerate(s.stack)}
        values |= {local.name: local.text for local in s.locals}
        for what, text in values.items():
            origins[tick, what, text] = s.who_wrote(what)
    for (tick, what, text), origin in origins.items():
        assert (origin.tick < max(tick, 1), origin.new) == (True, text), (tick, what)
        if origin.location is not None and origin.kind != "zero":
            s.goto(origin.tick)
            assert s.instruction is not None
            assert (s.instruction.text, s.location) == (origin.text, origin.location)
            s.step()
            values = [slot.text for slot in s.stack] + [x.text for x in s.locals]
            assert text in values, (tick, what)


def test_arguments_of_a_tail_call_are_followed_into_the_frame_that_it_replaced() -> None:
    s = wl.Session(wl.assemble(MOVES), invoke="main")
    s.run_to("$power")
    s.run_to("$power")
    assert [origin.text for origin in s.history_of("$x")] == ["return_call $power", "i32.mul"]
    assert s.who_wrote("$m").kind == "zero"


LONG = """
(module
  (memory 16)
  (func $double (param $x i32) (result i32) (i32.add (local.get $x) (local.get $x)))
  (func (export "_start") (local $i i32) (local $y i32)
    (i32.store (i32.const 4) (i32.const 7))
    (local.set $y (call $double (i32.load (i32.const 4))))
    (i32.store (i32.const 8) (local.get $y))
    (loop $l
      (i32.store (i32.const 0x8000) (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 2000))))
    (i32.store (i32.const 4) (i32.load (i32.const 8)))))
"""
"""Writes a few values, does other things for long, then copies what it wrote at the beginning."""


def long_run(monkeypatch: pytest.MonkeyPatch) -> tuple[wl.Session, Work]:
    """Return a session at the end of a history with a snapshot every 1000 steps."""
    snapshot_at_every_stop(monkeypatch)
    s = wl.Session(wl.assemble(LONG), engine="reference")
    while s.step(1000).reason is StopReason.STEP:
        pass
    s.step_back()
    return s, count_work(monkeypatch)


def test_who_wrote_replays_no_interval_twice_but_that_of_the_present(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s, work = long_run(monkeypatch)
    present = s.tick - s.tick % 1000
    for what in (4, 8, 0x8000, 12, "$y", "$i"):
        work.clear()
        s.who_wrote(what)
        assert max(map(work.often, range(present))) <= 1, what
        assert max(map(work.often, range(present, s.tick))) <= 2, what
        assert len(work.restored) <= len(set(work.restored)) + 1, what


def test_write_to_a_page_written_once_needs_its_interval_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s, work = long_run(monkeypatch)
    assert s.who_wrote(8).text == "i32.store"
    assert work.replayed <= 2 * 1000
    assert len(work.restored) <= 3


def test_history_of_a_value_goes_back_to_the_present_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s, work = long_run(monkeypatch)
    tick = s.tick
    chain = s.history_of(4)
    assert [origin.text for origin in chain] == [
        "i32.store", "i32.load", "i32.store", "local.get $y", "local.set $y", "end", "i32.add",
    ]  # fmt: skip
    assert s.tick == tick
    searches = len(chain)
    assert len(work.restored) <= searches + 2
    assert work.replayed <= 2 * 1000


def test_value_changed_by_hand_later_is_from_that_change() -> None:
    s = at_nop()
    s.step()
    s.set("global $first", 5)
    changed = s.tick
    s.step()
    origin = s.who_wrote("global $first")
    assert (origin.kind, origin.tick, origin.new) == ("change", changed, "5")


TWICE = """
(module (func (export "main") (param $n i32) (result i32) (local $k i32)
  (local.set $k (local.get $n))
  (local.set $n (i32.const 9))
  (local.get $k)))
"""


def test_frame_of_an_earlier_call_by_hand_is_not_taken_for_the_present_one() -> None:
    s = wl.Session(wl.assemble(TWICE))
    s.call("main", 3)
    s.run()
    begun = s.tick
    s.call("main", 4)
    assert [s.who_wrote(what).kind for what in ("$n", "$k")] == ["argument", "zero"]
    s.step()
    assert [(o.kind, o.tick) for o in s.history_of("stack[0]")] == [
        ("copy", begun), ("argument", begun),
    ]  # fmt: skip


def test_exception_caught_where_other_operands_lie_is_the_writer() -> None:
    s = wl.Session(wl.assemble(CAUGHT), invoke="main")
    s.run()
    thrown = [hit.tick for hit in s.find("throw")]
    for tick, value in zip(thrown, ("77", "3"), strict=True):
        s.goto(tick + 1)
        origin = s.who_wrote("stack[0]")
        assert (origin.tick, origin.text, origin.new) == (tick, "throw $t", value)


BY_HAND = """(module (memory 1) (global $g (mut i32) (i32.const 4))
  (func (export "f") (param $p i32) (result i32) (local $x i32)
    (local.set $x (i32.load (i32.const 8)))
    (i32.add (local.get $x) (global.get $g))))"""


@pytest.mark.parametrize(("what", "tick"), [("i32[8]", 3), ("global 0", 2), ("$p", 1)])
def test_changes_of_other_memory_are_not_gone_to(
    what: str, tick: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = wl.Session(wl.assemble(BY_HAND), invoke="f", invoke_args=(1,))
    for step, name in enumerate(("$p", "global 0", "i32[8]"), 1):
        s.step()
        s.set(name, 50 + step)
        for number in range(100):
            s.set(f"i32[0x{100 + 4 * number:x}]", number)
    gone = list[int]()
    real = provenance.goto_or_raise

    def goto_or_raise(control: Control, to: int) -> None:
        gone.append(to)
        real(control, to)

    monkeypatch.setattr(provenance, "goto_or_raise", goto_or_raise)
    origin = s.who_wrote(what)
    assert (origin.kind, origin.tick) == ("change", tick)
    assert len(gone) <= 4


GROWS_LATER = """(module (memory 1) (func (export "f")
  (drop (memory.grow (i32.const 1))) nop nop))"""


def test_change_of_memory_that_came_later_is_found_from_before() -> None:
    s = wl.Session(wl.assemble(GROWS_LATER), invoke="f")
    s.step(4)
    s.set("i32[70000]", 5)
    s.step()
    end = s.tick
    s.goto(0)
    s.goto(end)
    origin = s.who_wrote("i32[70000]")
    assert (origin.kind, origin.tick) == ("change", 4)


@pytest.mark.parametrize("what", ["$x", "$p", "global 0", "i32[8]"])
def test_value_set_by_hand_was_set_by_hand(what: str, tmp_path: Path) -> None:
    s = wl.Session(wl.assemble(BY_HAND), invoke="f", invoke_args=(1,))
    s.step(3)
    s.set(what, 77)
    for _ in range(2):
        origin = s.who_wrote(what)
        assert (origin.kind, origin.tick, origin.text) == ("change", 3, "set by hand at step 3")
        assert origin.new in {"77", "4d 00 00 00"}
        assert [o.kind for o in s.history_of(what)] == ["change"]
        s.step()
    s.save(tmp_path / "r.wlab")
    again = wl.open_recording(tmp_path / "r.wlab")
    again.goto(4)
    assert again.who_wrote(what).kind == "change"


def test_value_written_after_it_was_set_by_hand_was_written() -> None:
    s = wl.Session(wl.assemble(BY_HAND), invoke="f", invoke_args=(1,))
    s.step(1)
    s.set("$x", 77)
    s.step(2)
    assert s.who_wrote("$x").kind == "copy"
    s.goto(1)
    assert s.who_wrote("$x").kind == "change"
    s.goto(0)
    assert s.who_wrote("$x").kind == "zero"


def test_copy_of_a_value_set_by_hand_leads_back_to_it() -> None:
    s = wl.Session(wl.assemble(BY_HAND), invoke="f", invoke_args=(1,))
    s.set("i32[8]", 77)
    s.step(3)
    assert [o.kind for o in s.history_of("$x")][-1] == "change"


IN_CALLER = """(module
  (func $inner (param $p i32) nop)
  (func (export "f") (param $n i32) (result i32) (local $acc i32)
    local.get $n (call $inner (i32.const 5)) (drop) local.get $acc))"""


@pytest.mark.parametrize("what", ["$n", "$acc", "stack[0]"])
def test_value_of_a_caller_set_by_hand_was_set_by_hand(what: str) -> None:
    s = wl.Session(wl.assemble(IN_CALLER), invoke="f", invoke_args=(1,))
    s.run_to("$inner")
    s.select_frame(1)
    s.set(what, 77)
    origin = s.who_wrote(what)
    assert (origin.kind, origin.tick, origin.new) == ("change", s.tick, "77")
    assert s.frame == 1


def test_local_of_another_frame_that_was_set_is_not_ours() -> None:
    s = wl.Session(wl.assemble(IN_CALLER), invoke="f", invoke_args=(1,))
    s.run_to("$inner")
    s.select_frame(1)
    s.set("$n", 77)
    s.select_frame(0)
    assert s.who_wrote("$p").kind == "constant"


@pytest.mark.parametrize(
    "text",
    ["$n in frame 999999999 = 3", "$n in frame 1 = 3", "stack[0] in frame 7 = 1", " = ", "x"],
)
def test_change_of_a_recording_that_names_nothing_is_no_origin(text: str) -> None:
    s = wl.Session(wl.assemble(IN_CALLER), invoke="f", invoke_args=(1,))
    s.step()
    s.control.timeline.changes.append(ManualChange(s.tick, text))
    assert s.who_wrote("$n").kind == "argument"


def test_origin_of_bytes_shows_them_as_text_with_their_data_segment() -> None:
    text = r"""(module (memory (export "memory") 1)
      (data $greetings (i32.const 2048) "Hello\\00")
      (func (export "_start")
        (memory.copy (i32.const 0) (i32.const 2048) (i32.const 6))
        (i32.store (i32.const 64) (i32.const 0x02010003))
        (nop)))"""
    session = wl.Session(wl.assemble(text.replace("\\\\", "\\")))
    session.run()
    copied, first = session.history_of("memory[1:6]")
    assert (copied.reading, first.reading) == ('"ello\\0"', '"ello\\0"')
    assert first.text == "the module's initial contents, data 0 greetings+0x1"
    assert session.who_wrote("memory[64:68]").reading == ""
    assert session.who_wrote("i32[0x1000]").reading == ""
