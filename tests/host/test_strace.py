"""Calls decoded: names, flags and strings, and nothing that acts on a terminal."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from guest import READ, RESULT, SCRATCH, Guest
from hypothesis import given
from hypothesis import strategies as st

from wasmlab.host.wasi.abi import MODULE, ROWS, UNSTABLE
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import ALL_RIGHTS, EventType, FileType, OFlags, Rights
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.layout import (
    FDSTAT,
    FILESTAT,
    Event,
    Layout,
    event_types,
    lift_dirents,
    lower_event,
)
from wasmlab.host.wasi.quote import escape, quote
from wasmlab.host.wasi.strace import decode
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.runtime.host import RawHostCall


@pytest.fixture
def guest() -> Guest:
    wasi = Wasi(
        args=["prog", "x"], stdin=b"typed\n", dirs={"/data": Dir(files={"a.txt": b"alpha"})}
    )
    return Guest(wasi)


def shown(guest: Guest) -> str:
    """Return the last call as strace shows it."""
    assert guest.record is not None
    decoded = decode(guest.record, guest.wasi.fd_name)
    assert decoded is not None
    return decoded.text


def test_write_shows_descriptor_data_and_count(guest: Guest) -> None:
    guest.write(1, b"Hello, world!\n")
    assert shown(guest) == (
        r'fd_write(fd=1 <stdout>, iovs=[{0x1000, 14 "Hello, world!\n"}]) = OK, 14 bytes'
    )


def test_failed_call_shows_error_by_name_and_words(guest: Guest) -> None:
    guest.write(9, b"x")
    assert shown(guest) == ("fd_write(fd=9, iovs=[{0x1000, 1}]) = EBADF (bad file descriptor)")


def test_end_of_the_list_of_directories_is_no_failure(guest: Guest) -> None:
    assert guest.call("fd_prestat_get", 9) == Errno.EBADF
    assert guest.record is not None
    found = decode(guest.record, guest.wasi.fd_name)
    assert found is not None
    assert not found.error
    assert found.result.startswith("EBADF")


def test_read_shows_what_was_read(guest: Guest) -> None:
    guest.read(0, 100)
    assert shown(guest) == r'fd_read(fd=0 <stdin>, iovs=[{0x1000, 100 "typed\n"}]) = OK, 6 bytes'
    guest.read(0, 100)
    assert shown(guest) == "fd_read(fd=0 <stdin>, iovs=[{0x1000, 100}]) = OK, 0 bytes"


def test_read_into_two_vectors_shows_each_part(guest: Guest) -> None:
    guest.raw("fd_read", 0, *guest.iovs(2, 100), RESULT)
    assert 'iovs=[{0x1000, 2 "ty"}, {0x1008, 100 "ped\\n"}]' in shown(guest)


def test_open_shows_path_flags_and_rights_by_name(guest: Guest) -> None:
    guest.open("a.txt", OFlags.CREAT | OFlags.TRUNC, Rights.FD_READ | Rights.FD_WRITE, follow=True)
    assert shown(guest) == (
        'path_open(fd=3 </data>, dirflags=SYMLINK_FOLLOW, path="a.txt", oflags=CREAT|TRUNC, '
        "fs_rights_base=FD_READ|FD_WRITE, fs_rights_inheriting=0, fdflags=0) = OK, fd 4"
    )


def test_all_rights_are_one_word(guest: Guest) -> None:
    guest.open("a.txt", rights=ALL_RIGHTS, inheriting=ALL_RIGHTS & ~Rights.SOCK_ACCEPT)
    assert "fs_rights_base=ALL, fs_rights_inheriting=ALL&~(SOCK_ACCEPT)" in shown(guest)


def test_closing_shows_the_name_of_what_was_closed(guest: Guest) -> None:
    fd = guest.opened("a.txt")
    guest.call("fd_close", fd)
    assert shown(guest) == "fd_close(fd=4 </data/a.txt>) = OK"


def test_invalid_argument_is_shown_raw(guest: Guest) -> None:
    guest.raw("fd_seek", 1, 0, 77, RESULT)
    assert (
        shown(guest) == "fd_seek(fd=1 <stdout>, offset=0, whence=0x4d) = EINVAL (invalid argument)"
    )


def test_path_that_was_not_read_is_shown_as_address(guest: Guest) -> None:
    guest.raw("path_unlink_file", 3, SCRATCH, 5000)
    assert shown(guest).startswith("path_unlink_file(fd=3 </data>, path={0x1000, 5000}) = ENAMETOO")


def test_exit_shows_no_result() -> None:
    decoded = decode(RawHostCall(1, MODULE, "proc_exit", (3,), ()))
    assert decoded is not None
    assert decoded.text == "proc_exit(rval=3)"


LINES = [
    ("args_sizes_get", (), "args_sizes_get() = OK, 2, 7 bytes"),
    ("args_get", (0x2000, 0x3000), "args_get(argv=0x2000, argv_buf=0x3000) = OK"),
    ("environ_sizes_get", (), "environ_sizes_get() = OK, 0, 0 bytes"),
    ("clock_time_get", (1, 0), "clock_time_get(id=MONOTONIC, precision=0) = OK, 10000 ns"),
    ("fd_prestat_get", (3,), "fd_prestat_get(fd=3 </data>) = OK, {dir, name length 5}"),
    ("fd_prestat_dir_name", (3, 64, 5), 'fd_prestat_dir_name(fd=3 </data>, path="/data") = OK'),
    ("fd_seek", (1, 2**64 - 5, 1), "fd_seek(fd=1 <stdout>, offset=-5, whence=CUR) = ESPIPE"),
    ("fd_readdir", (3, 64, 200, 0), 'fd_readdir(fd=3 </data>, buf=[".", "..", "a.txt"], cookie=0)'),
    ("random_get", (64, 16), "random_get(buf={0x40, 16 7e"),
    ("sched_yield", (), "sched_yield() = OK"),
    (
        "fd_fdstat_get",
        (1,),
        "{CHARACTER_DEVICE, flags=0, rights=FD_FDSTAT_SET_FLAGS|FD_SYNC|FD_WRITE|FD_FILESTAT_GET|",
    ),
    ("path_filestat_get", (3, 0, "a.txt"), 'flags=0, path="a.txt") = OK, {REGULAR_FILE, ino='),
    ("sock_shutdown", (1, 2), "sock_shutdown(fd=1 <stdout>, how=WR) = ENOTSOCK (not a socket)"),
]


@pytest.mark.parametrize(("name", "args", "line"), LINES, ids=[name for name, _, _ in LINES])
def test_call_is_shown_as(guest: Guest, name: str, args: tuple[int | str, ...], line: str) -> None:
    guest.call(name, *args)
    if name == "random_get":
        assert shown(guest).startswith(line[:-2])
    else:
        assert line in shown(guest)


def test_poll_shows_what_is_waited_for(guest: Guest) -> None:
    raw = struct.pack("<QB7xI4xQQH6x", 0, 0, 1, 5_000_000, 0, 0)
    guest.memory.data[SCRATCH : SCRATCH + 48] = raw
    guest.raw("poll_oneoff", SCRATCH, 0x8000, 1, RESULT)
    assert shown(guest) == (
        "poll_oneoff(in=[{CLOCK MONOTONIC 5000000 ns}], out=0x8000, nsubscriptions=1) = OK, 1 event"
    )


def test_record_of_another_module_is_not_decoded() -> None:
    assert decode(RawHostCall(1, "env", "fd_write", (), ())) is None
    assert decode(RawHostCall(1, MODULE, "fd_close", (), ())) is None


def test_hostile_text_is_escaped_everywhere(guest: Guest) -> None:
    evil = "\x1b]0;owned\x07\u202e\x9b31m\r"
    guest.create(evil)
    fd = guest.opened(evil)
    guest.write(1, evil.encode() + b"\xff\xc0\x80")
    lines = [shown(guest)]
    guest.entries(guest.directory("."))
    lines.append(shown(guest))
    guest.call("fd_close", fd)
    lines.append(shown(guest))
    assert all(line.isprintable() and line.isascii() for line in lines)
    assert r"\x1b]0;owned\x07\u202e\u009b31m\r" in lines[0]


def test_long_text_is_cut(guest: Guest) -> None:
    guest.write(1, b"x" * 100)
    assert f'100 "{"x" * 64}"...' in shown(guest)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        ("grün ✓".encode(), "grün ✓"),
        (b'a"b\\c', r"a\"b\\c"),
        (b"\0\n\t\r\x7f", r"\0\n\t\r\x7f"),
        ("\u2066\u200b\U000e0001".encode(), r"\u2066\u200b\U000e0001"),
        (b"\xff\xc3(", r"\xff\xc3("),
        ("a\udcffb", r"a\xffb"),
    ],
)
def test_escape(data: bytes | str, text: str) -> None:
    assert escape(data) == text


@given(st.binary(max_size=200))
def test_quoted_bytes_are_printable(data: bytes) -> None:
    assert quote(data).isprintable()
    assert escape(data).isprintable()


def test_quote_does_not_cut_a_character() -> None:
    assert quote("x" * 63 + "ü") == f'"{"x" * 63}"...'


@given(st.sampled_from(sorted(ROWS)), st.data())
def test_any_record_is_decoded_without_an_error(key: tuple[str, str], data: st.DataObject) -> None:
    row = ROWS[key]
    args = tuple(data.draw(st.integers(0, 2**32 - 1)) for _ in row.type.params)
    ranges = st.lists(st.tuples(st.sampled_from([*args, 0]), st.binary(max_size=64)), max_size=3)
    results = (data.draw(st.integers(0, 76)),) if row.returns else ()
    reads, writes = tuple(data.draw(ranges)), tuple(data.draw(ranges))
    decoded = decode(RawHostCall(1, *key, args, results, reads, writes))
    assert decoded is not None
    assert decoded.text.isprintable()


def test_poll_of_a_billion_subscriptions_is_decoded_with_plain_numbers() -> None:
    record = RawHostCall(1, MODULE, "poll_oneoff", (0, 0, 1 << 30, 0), (0,))
    decoded = decode(record)
    assert decoded is not None
    assert decoded.name == "poll_oneoff"


def test_read_rights_are_listed(guest: Guest) -> None:
    guest.open("a.txt", rights=READ)
    assert "fs_rights_base=FD_READ|FD_SEEK|FD_TELL|FD_FILESTAT_GET" in shown(guest)


def test_unstable_module_is_decoded_too(guest: Guest) -> None:
    guest.module = UNSTABLE
    guest.raw("fd_seek", 1, 0, 2, RESULT)
    assert shown(guest).startswith("fd_seek(fd=1 <stdout>, offset=0, whence=SET)")
    assert guest.record is not None
    assert guest.record.results == (Errno.ESPIPE,)


@pytest.mark.parametrize("layout", [FDSTAT, FILESTAT], ids=lambda layout: layout.name)
def test_result_with_an_invented_file_type_is_shown_as_unknown(layout: Layout[Any]) -> None:
    value = layout.lift(b"\xfe" * layout.size)
    assert "UNKNOWN" in layout.show(value)


def test_events_that_are_cut_are_left_out() -> None:
    event = lower_event(Event(7, Errno.SUCCESS, EventType.FD_READ))
    assert event_types(event + event[:5]) == [EventType.FD_READ]


def test_entry_with_an_invented_file_type_is_unknown() -> None:
    (entry,) = lift_dirents(struct.pack("<QQIB3x", 1, 2, 1, 254) + b"x")
    assert entry.filetype is FileType.UNKNOWN
