"""Memory as files and as text, and what lies where in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import wasmlab as wl
from wasmlab.debug.commands.table import execute
from wasmlab.errors import NotInMemory, UsageError, WasmlabError, WouldReplace

PROGRAM = """(module
  (memory (export "memory") 1)
  (global $sp (mut i32) (i32.const 0x800))
  (global (export "__data_end") i32 (i32.const 0x440))
  (global (export "__heap_base") i32 (i32.const 0x900))
  (global $__stack_pointer (mut i32) (i32.const 0x800))
  (data $greeting (i32.const 0x400) "hello, world")
  (func $main (export "_start")
    (nop) (nop) (nop)))"""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> wl.Session:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return wl.Session(wl.assemble(PROGRAM))


def said(session: wl.Session, line: str) -> str:
    return "\n".join(execute(session, line).lines)


@pytest.mark.parametrize(
    ("text", "data"),
    [('"HELLO"', b"HELLO"), ("'HELLO'", b"HELLO"), (r'"a\n\x00=\""', b'a\n\0="'),
     (r'b"\xff\x00abc"', b"\xff\0abc"), ('"grüß"'[:-1] + '"', "grüß".encode()[:6])],
)  # fmt: skip
def test_text_is_written_to_memory(session: wl.Session, text: str, data: bytes) -> None:
    execute(session, f"set memory[0x400:0x{0x400 + len(data):x}] = {text}")
    assert session.memory[0x400 : 0x400 + len(data)] == data


def test_text_of_another_length_is_refused_with_the_range_that_takes_it(
    session: wl.Session,
) -> None:
    with pytest.raises(UsageError, match=r"3 bytes expected, the text has 5 bytes") as refused:
        execute(session, 'set memory[0x400:0x403] = "HELLO"')
    assert refused.value.hint == "memory[0x400:0x405] takes it"
    assert session.memory[0x400:0x405] == b"hello"


def test_text_that_was_set_is_taken_back_with_its_step(session: wl.Session) -> None:
    session.step(2)
    execute(session, 'set memory[0x400:0x405] = "HELLO"')
    session.step_back()
    assert session.memory[0x400:0x405] == b"hello"
    session.step()
    assert session.memory[0x400:0x405] == b"HELLO"


def test_dumped_memory_is_restored_elsewhere(session: wl.Session) -> None:
    assert said(session, "dump memory part.bin 0x400:0x405") == "part.bin holds 5 bytes."
    assert Path("part.bin").read_bytes() == b"hello"
    session.step(2)
    session.step_back()
    assert said(session, "restore part.bin 0x500") == "memory[0x500:0x505] holds part.bin."
    assert session.memory[0x500:0x505] == b"hello"
    assert len(session.branches) == 2
    session.step_back()
    assert session.memory[0x500:0x505] == bytes(5)
    execute(session, "switch 1")
    assert session.memory[0x500:0x505] == bytes(5)


def test_dump_replaces_no_file_of_the_user(session: wl.Session) -> None:
    Path("mine").write_bytes(b"mine")
    with pytest.raises(WouldReplace, match="mine"):
        execute(session, "dump memory mine 0x400:0x405")
    assert Path("mine").read_bytes() == b"mine"
    execute(session, "dump! memory mine 0x400:0x405")
    assert Path("mine").read_bytes() == b"hello"


@pytest.mark.parametrize(
    "line", ["dump memory f 0xfff0:0x10001", "dump memory f 0x20000:0x20001", "restore f 0x10000"]
)
def test_what_is_not_in_memory_is_not_copied(session: wl.Session, line: str) -> None:
    Path("f").write_bytes(b"")
    with pytest.raises(NotInMemory):
        execute(session, line)


@pytest.mark.parametrize("kind", ["folder", "pipe", "missing", "empty", "large"])
def test_what_is_no_file_of_fitting_size_is_not_restored(session: wl.Session, kind: str) -> None:
    make = {
        "folder": lambda: Path("f").mkdir(),
        "pipe": lambda: os.mkfifo("f"),
        "missing": lambda: None,
        "empty": lambda: Path("f").write_bytes(b""),
        "large": lambda: Path("f").write_bytes(bytes(0x10001)),
    }
    make[kind]()
    before = session.memory[0:0x10000]
    with pytest.raises(WasmlabError, match="f"):
        execute(session, "restore f 0x0")
    assert session.memory[0:0x10000] == before


def test_info_memory_says_what_lies_where(session: wl.Session) -> None:
    assert said(session, "info memory").split("\n") == [
        "memory 0: 0x10000 bytes, 1 page",
        "  0x00000400 to 0x0000040c  data 0 greeting, 12 bytes",
        "  0x0000040c to 0x00000440  bss, up to __data_end, 52 bytes",
        "  0x00000440 to 0x00000800  C stack, free, 960 bytes",
        "  0x00000900 to 0x00010000  heap, from __heap_base, 63,232 bytes",
    ]


def test_info_memory_says_no_more_than_is_known() -> None:
    s = wl.Session(wl.assemble('(module (memory 1) (func (export "_start") nop))'))
    assert said(s, "info memory") == "memory 0: 0x10000 bytes, 1 page"
