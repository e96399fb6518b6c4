"""The descriptor table: closing, renumbering, rights, preopens, kinds of descriptors."""

from __future__ import annotations

import pytest
from guest import READ, READ_WRITE, RESULT, SCRATCH, Guest

from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import (
    ALL_RIGHTS,
    DIRECTORY_RIGHTS,
    INHERITED_RIGHTS,
    FdFlags,
    FileType,
    OFlags,
    Rights,
)
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.wasi import Wasi

CREAT, DIRECTORY, TRUNC = OFlags.CREAT, OFlags.DIRECTORY, OFlags.TRUNC
OFFSET_CALLS = [
    "fd_advise",
    "fd_allocate",
    "fd_filestat_set_size",
    "fd_pread",
    "fd_pwrite",
    "fd_seek",
    "fd_tell",
]
ANY_FD = [
    ("fd_advise", (0, 0, 0)),
    ("fd_allocate", (0, 1)),
    ("fd_close", ()),
    ("fd_datasync", ()),
    ("fd_fdstat_get", ()),
    ("fd_fdstat_set_flags", (0,)),
    ("fd_fdstat_set_rights", (0, 0)),
    ("fd_filestat_get", ()),
    ("fd_filestat_set_size", (0,)),
    ("fd_filestat_set_times", (0, 0, 0)),
    ("fd_pread", (SCRATCH, 0, 0)),
    ("fd_prestat_get", ()),
    ("fd_prestat_dir_name", (SCRATCH, 10)),
    ("fd_pwrite", (SCRATCH, 0, 0)),
    ("fd_read", (SCRATCH, 0)),
    ("fd_readdir", (SCRATCH, 10, 0)),
    ("fd_seek", (0, 0)),
    ("fd_sync", ()),
    ("fd_tell", ()),
    ("fd_write", (SCRATCH, 0)),
    ("path_create_directory", ("x",)),
    ("path_filestat_get", (0, "x")),
    ("path_filestat_set_times", (0, "x", 0, 0, 0)),
    ("path_open", (0, "x", 0, 0, 0, 0)),
    ("path_readlink", ("x", "buffer")),
    ("path_remove_directory", ("x",)),
    ("path_unlink_file", ("x",)),
    ("sock_accept", (0,)),
    ("sock_recv", (SCRATCH, 0, 0)),
    ("sock_send", (SCRATCH, 0, 0)),
    ("sock_shutdown", (1,)),
]


@pytest.mark.parametrize(("name", "args"), ANY_FD, ids=[name for name, _ in ANY_FD])
@pytest.mark.parametrize("fd", [99, 0xFFFFFFFF])
def test_closed_descriptor_is_ebadf(name: str, args: tuple[int | str, ...], fd: int) -> None:
    guest = Guest(Wasi())
    assert guest.call(name, fd, *args) == Errno.EBADF


@pytest.mark.parametrize("closed_first", [True, False])
def test_closed_descriptor_among_two_is_ebadf(closed_first: bool) -> None:  # noqa: FBT001 - parametrized
    guest = Guest(Wasi(dirs={"/": Dir(files={"f": b""})}))
    one, two = (99, 3) if closed_first else (3, 99)
    assert guest.call("fd_renumber", one, two) == Errno.EBADF
    assert guest.call("path_link", one, 0, "f", two, "g") == Errno.EBADF
    assert guest.call("path_rename", one, "f", two, "g") == Errno.EBADF
    assert guest.call("path_symlink", "f", 99, "g") == Errno.EBADF


@pytest.mark.parametrize("name", [n for n, _ in ANY_FD if n.startswith("path_")])
def test_path_below_a_file_is_enotdir(guest: Guest, name: str) -> None:
    fd = guest.opened("f", CREAT)
    assert guest.call(name, fd, *dict(ANY_FD)[name]) == Errno.ENOTDIR
    assert guest.call(name, 1, *dict(ANY_FD)[name]) == Errno.ENOTDIR


@pytest.mark.parametrize(
    "name",
    [*OFFSET_CALLS, "fd_read", "fd_write"],
)
def test_file_operation_on_a_directory_is_eisdir(guest: Guest, name: str) -> None:
    fd = guest.opened(".", DIRECTORY)
    assert guest.call(name, fd, *dict(ANY_FD)[name]) == Errno.EISDIR


@pytest.mark.parametrize("name", OFFSET_CALLS)
def test_offset_operation_on_a_stream_is_espipe(name: str) -> None:
    guest = Guest(Wasi())
    assert guest.call(name, 1, *dict(ANY_FD)[name]) == Errno.ESPIPE


def test_readdir_of_a_file_is_enotdir(guest: Guest) -> None:
    assert guest.raw("fd_readdir", guest.opened("f", CREAT), 0, 10, 0, RESULT) == Errno.ENOTDIR


def test_sync_of_a_stream_is_einval() -> None:
    guest = Guest(Wasi())
    assert guest.call("fd_sync", 1) == Errno.EINVAL


def test_set_times_of_a_stream_is_enotcapable() -> None:
    guest = Guest(Wasi())
    assert guest.call("fd_filestat_set_times", 1, 0, 0, 2) == Errno.ENOTCAPABLE


@pytest.mark.parametrize("name", ["sock_accept", "sock_recv", "sock_send", "sock_shutdown"])
def test_socket_operation_on_something_else_is_enotsock(guest: Guest, name: str) -> None:
    for fd in (1, 3):
        assert guest.call(name, fd, *dict(ANY_FD)[name]) == Errno.ENOTSOCK


def test_close_frees_the_lowest_number_for_the_next(guest: Guest) -> None:
    first = guest.opened("f", CREAT)
    second = guest.opened("f")
    assert (first, second) == (4, 5)
    assert guest.call("fd_close", first) == Errno.SUCCESS
    assert guest.call("fd_close", first) == Errno.EBADF
    assert guest.opened("f") == first


def test_closed_preopen_is_gone_but_what_was_opened_from_it_stays(guest: Guest) -> None:
    fd = guest.directory(".")
    assert guest.call("fd_close", 3) == Errno.SUCCESS
    assert guest.call("fd_prestat_get", 3) == Errno.EBADF
    guest.create("f", b"x", fd=fd)
    assert guest.content("f", fd=fd) == b"x"


def test_renumber_moves_and_closes(guest: Guest) -> None:
    one = guest.opened("one", CREAT, READ_WRITE)
    two = guest.opened("two", CREAT, READ)
    stat = guest.fdstat(one)
    assert guest.call("fd_renumber", one, two) == Errno.SUCCESS
    assert guest.call("fd_close", one) == Errno.EBADF
    assert guest.fdstat(two) == stat
    assert guest.call("fd_renumber", two, one) == Errno.EBADF
    assert guest.write(two, b"into one") == Errno.SUCCESS
    assert guest.content("one") == b"into one"


def test_renumber_to_itself_changes_nothing(guest: Guest) -> None:
    fd = guest.opened("f", CREAT)
    assert guest.call("fd_renumber", fd, fd) == Errno.SUCCESS
    assert guest.call("fd_close", fd) == Errno.SUCCESS


def test_renumber_over_a_preopen_takes_its_place(guest: Guest) -> None:
    guest.call("path_create_directory", 3, "d")
    fd = guest.directory("d")
    stat = guest.filestat(fd)
    assert guest.call("fd_renumber", fd, 3) == Errno.SUCCESS
    assert guest.filestat(3) == stat
    assert guest.call("fd_prestat_get", 3) == Errno.EBADF


def test_renumber_of_standard_streams_works(guest: Guest) -> None:
    for stream in (0, 1, 2):
        to = guest.opened("f", CREAT)
        assert guest.call("fd_renumber", stream, to) == Errno.SUCCESS
        assert guest.call("fd_fdstat_get", to) == Errno.SUCCESS
        assert guest.call("fd_fdstat_get", stream) == Errno.EBADF


def test_output_follows_a_renumbered_stream(guest: Guest) -> None:
    fd = guest.opened("log", CREAT, READ_WRITE)
    assert guest.call("fd_renumber", fd, 1) == Errno.SUCCESS
    guest.write(1, b"to the file")
    assert guest.content("log") == b"to the file"
    assert guest.wasi.output == []


def test_prestat_tells_name_and_length(guest: Guest) -> None:
    assert guest.call("fd_prestat_get", 3) == Errno.SUCCESS
    assert guest.memory.data[RESULT : RESULT + 8] == bytes([0, 0, 0, 0, 1, 0, 0, 0])
    assert guest.raw("fd_prestat_dir_name", 3, SCRATCH, 1) == Errno.SUCCESS
    assert guest.memory.data[SCRATCH : SCRATCH + 1] == b"/"
    assert guest.raw("fd_prestat_dir_name", 3, SCRATCH, 2) == Errno.SUCCESS
    assert guest.raw("fd_prestat_dir_name", 3, SCRATCH, 0) == Errno.ENAMETOOLONG


@pytest.mark.parametrize("fd", [0, 1, 2, 4])
def test_prestat_of_anything_else_is_ebadf(guest: Guest, fd: int) -> None:
    guest.opened("f", CREAT)
    assert guest.call("fd_prestat_get", fd) == Errno.EBADF
    assert guest.raw("fd_prestat_dir_name", fd, SCRATCH, 9) == Errno.EBADF


def test_preopens_come_in_order_from_3() -> None:
    guest = Guest(Wasi(dirs={"/a": Dir(), "b": Dir()}))
    assert [guest.wasi.fd_name(fd) for fd in (3, 4, 5)] == ["</a>", "<b>", ""]


def test_preopen_has_the_rights_of_a_directory(guest: Guest) -> None:
    stat = guest.fdstat(3)
    assert (stat.filetype, stat.flags) == (FileType.DIRECTORY, 0)
    assert stat.rights_base == DIRECTORY_RIGHTS
    assert stat.rights_inheriting == INHERITED_RIGHTS
    assert stat.rights_base & (Rights.FD_SEEK | Rights.FD_FILESTAT_SET_SIZE) == 0


@pytest.mark.parametrize(
    ("rights", "oflags"),
    [
        (DIRECTORY_RIGHTS, OFlags(0)),
        (Rights(0), OFlags(0)),
        (Rights(0), DIRECTORY),
        (Rights.FD_READ, DIRECTORY),
        (Rights.FD_SEEK, DIRECTORY),
    ],
)
def test_directory_opens_without_rights_that_do_not_apply(
    guest: Guest, rights: Rights, oflags: OFlags
) -> None:
    fd = guest.opened(".", oflags, rights)
    assert guest.fdstat(fd).rights_base == rights & DIRECTORY_RIGHTS


@pytest.mark.parametrize(
    "right", [Rights.FD_WRITE, Rights.FD_ALLOCATE, Rights.FD_FILESTAT_SET_SIZE]
)
def test_directory_opened_for_writing_is_eisdir(guest: Guest, right: Rights) -> None:
    assert guest.open(".", DIRECTORY, Rights.FD_READ | right) == Errno.EISDIR
    assert guest.open(".", rights=right) == Errno.EISDIR


def test_all_rights_at_once_are_accepted_for_a_file(guest: Guest) -> None:
    assert guest.call("path_open", 3, 0, "f", CREAT, 2**64 - 1, 2**64 - 1, 0) == Errno.SUCCESS
    assert guest.fdstat(guest.result()).rights_inheriting == ALL_RIGHTS


def test_dropped_rights_are_gone_for_ever(guest: Guest) -> None:
    fd = guest.opened("f", CREAT, READ_WRITE)
    guest.write(fd, b"abc")
    stat = guest.fdstat(fd)
    dropped = Rights.FD_READ | Rights.FD_WRITE
    less = stat.rights_base & ~dropped
    assert guest.call("fd_fdstat_set_rights", fd, less, 0) == Errno.SUCCESS
    assert guest.fdstat(fd).rights_base == less
    assert guest.raw("fd_read", fd, *guest.iovs(1), RESULT) == Errno.EBADF
    assert guest.write(fd, b"x") == Errno.EBADF
    assert guest.call("fd_fdstat_set_rights", fd, stat.rights_base, 0) == Errno.ENOTCAPABLE
    assert guest.call("fd_fdstat_set_rights", fd, less, Rights.FD_READ) == Errno.ENOTCAPABLE


def test_directory_hands_down_no_more_than_it_may(guest: Guest) -> None:
    guest.create("f")
    assert guest.call("fd_fdstat_set_rights", 3, DIRECTORY_RIGHTS, READ) == Errno.SUCCESS
    assert guest.open("f", rights=READ_WRITE) == Errno.ENOTCAPABLE
    assert guest.open("f", rights=READ) == Errno.SUCCESS
    assert guest.open("f", rights=READ, inheriting=READ_WRITE) == Errno.ENOTCAPABLE
    assert guest.open("f", rights=READ, fdflags=FdFlags.SYNC) == Errno.SUCCESS
    only_read = DIRECTORY_RIGHTS & ~Rights.FD_SYNC & ~Rights.FD_DATASYNC
    assert guest.call("fd_fdstat_set_rights", 3, only_read, READ) == Errno.SUCCESS
    assert guest.open("f", rights=READ, fdflags=FdFlags.SYNC) == Errno.ENOTCAPABLE
    assert guest.open("f", rights=READ, fdflags=FdFlags.DSYNC) == Errno.ENOTCAPABLE


def test_truncation_needs_a_right_to_set_sizes(guest: Guest) -> None:
    guest.create("f", b"abc")
    inheriting = INHERITED_RIGHTS & ~Rights.FD_FILESTAT_SET_SIZE
    base = DIRECTORY_RIGHTS
    assert guest.call("fd_fdstat_set_rights", 3, base, inheriting) == Errno.SUCCESS
    assert guest.open("f", TRUNC, Rights(0)) == Errno.SUCCESS
    base &= ~Rights.PATH_FILESTAT_SET_SIZE
    assert guest.call("fd_fdstat_set_rights", 3, base, inheriting) == Errno.SUCCESS
    assert guest.open("f", TRUNC, Rights(0)) == Errno.ENOTCAPABLE


NEEDED = [
    (Rights.PATH_CREATE_DIRECTORY, "path_create_directory", (3, "x")),
    (Rights.PATH_FILESTAT_GET, "path_filestat_get", (3, 0, "f")),
    (Rights.PATH_FILESTAT_SET_TIMES, "path_filestat_set_times", (3, 0, "f", 0, 0, 0)),
    (Rights.PATH_LINK_SOURCE, "path_link", (3, 0, "f", 3, "x")),
    (Rights.PATH_LINK_TARGET, "path_link", (3, 0, "f", 3, "x")),
    (Rights.PATH_OPEN, "path_open", (3, 0, "f", 0, 0, 0, 0)),
    (Rights.PATH_CREATE_FILE, "path_open", (3, 0, "f", int(CREAT), 0, 0, 0)),
    (Rights.PATH_READLINK, "path_readlink", (3, "f", "buffer")),
    (Rights.PATH_REMOVE_DIRECTORY, "path_remove_directory", (3, "f")),
    (Rights.PATH_RENAME_SOURCE, "path_rename", (3, "f", 3, "x")),
    (Rights.PATH_RENAME_TARGET, "path_rename", (3, "f", 3, "x")),
    (Rights.PATH_SYMLINK, "path_symlink", ("f", 3, "x")),
    (Rights.PATH_UNLINK_FILE, "path_unlink_file", (3, "f")),
    (Rights.FD_READDIR, "fd_readdir", (3, SCRATCH, 10, 0)),
    (Rights.FD_FILESTAT_GET, "fd_filestat_get", (3,)),
    (Rights.FD_FILESTAT_SET_TIMES, "fd_filestat_set_times", (3, 0, 0, 0)),
    (Rights.FD_FDSTAT_SET_FLAGS, "fd_fdstat_set_flags", (3, 0)),
    (Rights.FD_SYNC, "fd_sync", (3,)),
    (Rights.FD_DATASYNC, "fd_datasync", (3,)),
]


@pytest.mark.parametrize(
    ("right", "name", "args"), NEEDED, ids=[str(right.name) for right, _, _ in NEEDED]
)
def test_call_without_its_right_is_enotcapable(
    right: Rights, name: str, args: tuple[int | str, ...]
) -> None:
    guest = Guest(Wasi(dirs={"/": Dir(files={"f": b""})}))
    base = DIRECTORY_RIGHTS & ~right
    assert guest.call("fd_fdstat_set_rights", 3, base, INHERITED_RIGHTS) == Errno.SUCCESS
    assert guest.call(name, *args) == Errno.ENOTCAPABLE


def test_file_is_no_terminal_and_a_stream_is_one_if_asked(guest: Guest) -> None:
    assert guest.fdstat(guest.opened("f", CREAT)).filetype == FileType.REGULAR_FILE
    terminal = guest.fdstat(1)
    assert terminal.filetype == FileType.CHARACTER_DEVICE
    assert terminal.rights_base & (Rights.FD_SEEK | Rights.FD_TELL) == 0
    piped = Guest(Wasi(terminals=()))
    assert piped.fdstat(1).filetype == FileType.UNKNOWN


def test_open_directory_rights_are_what_c_programs_ask_for(guest: Guest) -> None:
    fd = guest.opened(".", DIRECTORY, DIRECTORY_RIGHTS, inheriting=INHERITED_RIGHTS)
    assert guest.entries(fd)
