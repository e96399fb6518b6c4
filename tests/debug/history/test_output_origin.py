"""From the output to the call that printed it, and to the stores that made it."""

import pytest

import wasmlab as wl
from tests.debug.programs import HELLO, ran
from tests.debug.states import whole_state
from wasmlab.errors import DebugError

DIGITS = """
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\40\\00\\00\\00\\01\\00\\00\\00\\50\\00\\00\\00\\02\\00\\00\\00")
  (data (i32.const 80) ".\\0a")
  (func $digit (param $n i32)
    (i32.store8 (i32.const 64) (i32.add (local.get $n) (i32.const 48)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 32))))
  (func (export "_start")
    (call $digit (i32.const 7))
    (call $digit (i32.const 8))))
"""


def test_text_leads_to_the_call_and_its_memory() -> None:
    s = ran(HELLO)
    here = whole_state(s)
    found = s.who_printed("world")
    assert found.data == b"world"
    assert found.addresses == (range(0x17, 0x1C),)
    assert whole_state(s) == here
    s.goto(found.tick)
    assert s.instruction is not None
    assert "fd_write" in s.instruction.text
    assert s.location == found.location
    assert s.memory[0x17:0x1C] == b"world"


def test_byte_leads_to_the_store_that_made_it() -> None:
    s = ran(DIGITS)
    assert b"".join(o.data for o in s.output) == b"7.\n8.\n"
    found = s.who_printed(3)
    assert (found.data, found.addresses) == (b"8", (range(64, 65),))
    origin = s.who_wrote(found)
    assert origin.text.startswith("i32.store8")
    assert (origin.old, origin.new) == ("37", "38")
    assert "i32.add" in s.who_wrote(origin).text


def test_line_has_all_its_pieces() -> None:
    found = ran(DIGITS).who_printed(line=2)
    assert found.data == b"8.\n"
    assert found.addresses == (range(64, 65), range(80, 82))
    assert found.call.name == "fd_write"


def test_output_is_that_of_the_present() -> None:
    s = ran(DIGITS)
    later = s.who_printed("8")
    s.goto(later.tick)
    with pytest.raises(DebugError, match="not printed up to here"):
        s.who_printed("8")
    assert s.who_printed(".").tick < later.tick


@pytest.mark.parametrize("wrong", [{"what": 99}, {"what": "x"}, {"line": 0}, {"line": 9}])
def test_what_was_not_printed_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(DebugError):
        ran(DIGITS).who_printed(**wrong)


def test_stream_that_printed_nothing_has_no_bytes() -> None:
    with pytest.raises(DebugError):
        wl.Session(wl.assemble(DIGITS)).who_printed(0, stream=2)
