"""Reading and writing open files, on every kind of volume."""

from __future__ import annotations

import pytest
from guest import READ, READ_WRITE, RESULT, SCRATCH, Guest

from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import FdFlags, FileType, OFlags, Rights

CREAT = OFlags.CREAT
SET, CUR, END = 0, 1, 2


def pread(guest: Guest, fd: int, size: int, offset: int) -> bytes:
    assert guest.raw("fd_pread", fd, *guest.iovs(size), offset, RESULT) == Errno.SUCCESS
    data = guest.memory.writes[0][1] if guest.result() else b""
    return data[: guest.result()]


def seek(guest: Guest, fd: int, offset: int, whence: int) -> Errno:
    return guest.call("fd_seek", fd, offset % (1 << 64), whence)


def test_write_then_read_returns_the_same_bytes(guest: Guest) -> None:
    guest.create("f", b"hello")
    assert guest.content("f") == b"hello"


def test_write_of_several_vectors_joins_them(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    assert guest.write(fd, b"ab", b"", b"cde") == Errno.SUCCESS
    assert guest.result() == 5
    assert guest.content("f") == b"abcde"


def test_read_into_several_vectors_fills_one_after_the_other(guest: Guest) -> None:
    guest.create("f", b"abcde")
    fd = guest.opened("f")
    assert guest.raw("fd_read", fd, *guest.iovs(2, 2, 9), RESULT) == Errno.SUCCESS
    assert [data for _, data in guest.memory.writes[:3]] == [b"ab", b"cd", b"e"]
    assert guest.result() == 5


def test_read_at_the_end_returns_nothing(guest: Guest) -> None:
    guest.create("f", b"x")
    fd = guest.opened("f")
    assert guest.read(fd) == b"x"
    assert guest.read(fd) == b""


def test_read_of_file_opened_for_writing_is_ebadf(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, Rights.FD_WRITE)
    assert guest.raw("fd_read", fd, *guest.iovs(4), RESULT) == Errno.EBADF
    assert guest.write(fd, b"x") == Errno.SUCCESS


def test_write_of_file_opened_for_reading_is_ebadf(guest: Guest) -> None:
    guest.create("f")
    fd = guest.opened("f", rights=READ)
    assert guest.write(fd, b"x") == Errno.EBADF
    assert guest.fdstat(fd).rights_base & Rights.FD_WRITE == 0


def test_write_by_one_descriptor_is_seen_by_another(guest: Guest) -> None:
    reader = guest.opened("f", CREAT, READ)
    writer = guest.opened("f", rights=Rights.FD_WRITE)
    assert guest.write(writer, b"\1") == Errno.SUCCESS
    assert guest.read(reader) == b"\1"


@pytest.mark.parametrize("offset", [0, 1, 4095, 4096, 10_000])
def test_pwrite_and_pread_leave_the_offset_alone(guest: Guest, offset: int) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    assert guest.raw("fd_pwrite", fd, *guest.iovs(b"data"), offset, RESULT) == Errno.SUCCESS
    assert guest.result() == 4
    assert pread(guest, fd, 100, offset) == b"data"
    assert pread(guest, fd, 2, offset + 3) == b"a"
    assert guest.call("fd_tell", fd) == Errno.SUCCESS
    assert guest.result(size=8) == 0
    assert guest.filestat(fd).size == offset + 4


def test_pread_far_beyond_the_end_returns_nothing(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    assert pread(guest, fd, 10, 1 << 40) == b""


@pytest.mark.parametrize("name", ["fd_pread", "fd_pwrite"])
def test_offset_of_2_to_63_is_einval(guest: Guest, name: str) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    assert guest.raw(name, fd, *guest.iovs(b"abc"), 1 << 63, RESULT) == Errno.EINVAL


def test_pwrite_with_append_writes_at_its_offset(guest: Guest) -> None:
    guest.create("f", b"abcd")
    fd = guest.opened("f", rights=READ_WRITE, fdflags=FdFlags.APPEND)
    assert guest.raw("fd_pwrite", fd, *guest.iovs(b"XY"), 0, RESULT) == Errno.SUCCESS
    assert guest.content("f") == b"XYcd"


def test_append_writes_at_the_end_until_it_is_taken_away(guest: Guest) -> None:
    rights = READ_WRITE | Rights.FD_FDSTAT_SET_FLAGS
    fd = guest.opened("f", CREAT, rights, fdflags=FdFlags.APPEND)
    guest.write(fd, b"one")
    assert seek(guest, fd, 0, SET) == Errno.SUCCESS
    guest.write(fd, b"two")
    assert guest.content("f") == b"onetwo"
    assert guest.call("fd_fdstat_set_flags", fd, 0) == Errno.SUCCESS
    seek(guest, fd, 0, SET)
    guest.write(fd, b"ONE")
    assert guest.content("f") == b"ONEtwo"


def test_seek_counts_from_start_position_and_end(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    guest.write(fd, bytes(100))
    for offset, whence, expected in [
        (-50, CUR, 50),
        (0, SET, 0),
        (-10, END, 90),
        (1000, CUR, 1090),
    ]:
        assert seek(guest, fd, offset, whence) == Errno.SUCCESS
        assert guest.result(size=8) == expected
    assert seek(guest, fd, -2000, CUR) == Errno.EINVAL
    assert seek(guest, fd, 0, 3) == Errno.EINVAL


def test_seek_without_the_right_is_enotcapable_but_tell_allows_asking(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, Rights.FD_READ | Rights.FD_TELL)
    assert seek(guest, fd, 1, SET) == Errno.ENOTCAPABLE
    assert seek(guest, fd, 0, CUR) == Errno.SUCCESS


def test_write_beyond_the_end_leaves_zeros_between(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    seek(guest, fd, 3, SET)
    guest.write(fd, b"x")
    assert guest.content("f") == b"\0\0\0x"


def test_truncation_on_open_empties_the_file(guest: Guest) -> None:
    guest.create("f", b"this will go")
    fd = guest.opened("f", CREAT | OFlags.TRUNC, READ_WRITE)
    assert guest.read(fd) == b""


@pytest.mark.parametrize("size", [0, 3, 4096, 5000])
def test_set_size_cuts_and_extends_with_zeros(guest: Guest, size: int) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    guest.write(fd, b"x" * 4500)
    assert guest.call("fd_filestat_set_size", fd, size) == Errno.SUCCESS
    assert guest.call("fd_filestat_set_size", fd, 6000) == Errno.SUCCESS
    kept = min(size, 4500)
    expected = (b"x" * kept).ljust(6000, b"\0")
    assert guest.filestat(fd).size == 6000
    assert pread(guest, fd, 6000, 0) == expected


def test_set_size_without_the_right_is_enotcapable(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ)
    assert guest.call("fd_filestat_set_size", fd, 1) == Errno.ENOTCAPABLE


def test_set_size_of_2_to_63_is_einval_and_of_2_to_62_efbig(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    assert guest.call("fd_filestat_set_size", fd, 1 << 63) == Errno.EINVAL
    assert guest.call("fd_filestat_set_size", fd, 1 << 62) == Errno.EFBIG


def test_allocate_only_ever_extends(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    for offset, length, size in [(0, 100, 100), (10, 10, 100), (90, 20, 110)]:
        assert guest.call("fd_allocate", fd, offset, length) == Errno.SUCCESS
        assert guest.filestat(fd).size == size


@pytest.mark.parametrize(
    ("offset", "length", "errno"),
    [
        (0, 0, Errno.EINVAL),
        (1 << 63, 1, Errno.EINVAL),
        (0, 1 << 63, Errno.EINVAL),
        ((1 << 63) - 1, 1, Errno.EFBIG),
    ],
)
def test_allocate_of_a_bad_range_is_refused(
    guest: Guest, offset: int, length: int, errno: Errno
) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    assert guest.call("fd_allocate", fd, offset, length) == errno


def test_advise_changes_nothing(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE | Rights.FD_ADVISE)
    guest.call("fd_filestat_set_size", fd, 100)
    for advice in range(6):
        assert guest.call("fd_advise", fd, 10, 50, advice) == Errno.SUCCESS
    assert guest.call("fd_advise", fd, 10, 50, 6) == Errno.EINVAL
    assert guest.call("fd_advise", fd, 1 << 63, 1, 0) == Errno.EINVAL
    assert guest.filestat(fd).size == 100


def test_sync_and_datasync_need_their_rights(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE | Rights.FD_SYNC | Rights.FD_DATASYNC)
    assert guest.call("fd_sync", fd) == Errno.SUCCESS
    assert guest.call("fd_datasync", fd) == Errno.SUCCESS
    plain = guest.opened("f")
    assert guest.call("fd_sync", plain) == Errno.ENOTCAPABLE
    assert guest.call("fd_datasync", plain) == Errno.ENOTCAPABLE


@pytest.mark.parametrize("flag", [FdFlags.SYNC, FdFlags.DSYNC, FdFlags.RSYNC])
def test_synchronous_descriptor_writes_as_others(guest: Guest, flag: FdFlags) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE, fdflags=flag)
    assert guest.fdstat(fd).flags == flag
    assert guest.write(fd, b"abc") == Errno.SUCCESS
    assert guest.raw("fd_pwrite", fd, *guest.iovs(b"X"), 1, RESULT) == Errno.SUCCESS
    assert guest.content("f") == b"aXc"


def test_unknown_flags_are_einval(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE | Rights.FD_FDSTAT_SET_FLAGS)
    assert guest.call("fd_fdstat_set_flags", fd, 1 << 5) == Errno.EINVAL
    assert guest.call("path_open", 3, 0, "f", 16, 0, 0, 0) == Errno.EINVAL
    assert guest.call("path_open", 3, 2, "f", 0, 0, 0, 0) == Errno.EINVAL


def test_set_flags_without_the_right_is_enotcapable(guest: Guest) -> None:
    fd = guest.opened("f", CREAT)
    assert guest.call("fd_fdstat_set_flags", fd, 0) == Errno.ENOTCAPABLE


def test_filestat_describes_the_open_file(guest: Guest) -> None:
    guest.create("f", b"abc")
    stat = guest.filestat(guest.opened("f"))
    assert (stat.filetype, stat.size, stat.nlink) == (FileType.REGULAR_FILE, 3, 1)
    assert stat == guest.stat("f")
    assert guest.stat(".").filetype == FileType.DIRECTORY


def test_different_files_have_different_inode_numbers(guest: Guest) -> None:
    guest.create("a")
    guest.create("b")
    assert guest.stat("a").dev == guest.stat("b").dev
    assert guest.stat("a").ino != guest.stat("b").ino


def test_set_times_sets_what_the_flags_say(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE | Rights.FD_FILESTAT_SET_TIMES)
    before = guest.filestat(fd)
    assert guest.call("fd_filestat_set_times", fd, 5, before.mtim - 100, 4) == Errno.SUCCESS
    after = guest.filestat(fd)
    assert (after.atim, after.mtim) == (before.atim, before.mtim - 100)
    assert guest.call("fd_filestat_set_times", fd, 7, 9, 1) == Errno.SUCCESS
    assert guest.filestat(fd).atim == 7
    assert guest.filestat(fd).mtim == before.mtim - 100


def test_set_times_to_now_takes_the_guests_clock(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE | Rights.FD_FILESTAT_SET_TIMES)
    guest.tick = 1000
    assert guest.call("fd_filestat_set_times", fd, 0, 0, 2 | 8) == Errno.SUCCESS
    stat = guest.filestat(fd)
    assert stat.atim == stat.mtim == guest.wasi.now()


@pytest.mark.parametrize("flags", [3, 12, 15, 16])
def test_set_times_with_contradicting_flags_is_einval(guest: Guest, flags: int) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE | Rights.FD_FILESTAT_SET_TIMES)
    assert guest.call("fd_filestat_set_times", fd, 100, 200, flags) == Errno.EINVAL
    assert guest.call("path_filestat_set_times", 3, 0, "f", 100, 200, flags) == Errno.EINVAL


def test_file_without_a_name_lives_until_it_is_closed(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    guest.write(fd, b"still here")
    assert guest.call("path_unlink_file", 3, "f") == Errno.SUCCESS
    assert guest.open("f") == Errno.ENOENT
    assert pread(guest, fd, 100, 0) == b"still here"
    assert guest.filestat(fd).nlink == 0
    assert guest.call("fd_close", fd) == Errno.SUCCESS
    guest.create("f", b"new")
    assert guest.content("f") == b"new"


def test_more_vectors_than_a_call_takes_are_left_for_the_next(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    guest.memory.data[SCRATCH : SCRATCH + 2000 * 8] = (
        (0x100).to_bytes(4, "little") + (1).to_bytes(4, "little")
    ) * 2000
    assert guest.raw("fd_write", fd, SCRATCH, 2000, RESULT) == Errno.SUCCESS
    assert guest.result() == 1024
