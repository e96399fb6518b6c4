"""The table of functions, and what wasi_unstable has otherwise."""

from __future__ import annotations

import inspect
import struct

import pytest
from guest import READ_WRITE, RESULT, SCRATCH, Guest

from wasmlab.host.wasi import preview1
from wasmlab.host.wasi.abi import MODULE, ROWS, UNSTABLE, AbiRow
from wasmlab.host.wasi.errno import Errno, from_os_error
from wasmlab.host.wasi.flags import OFlags
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.layout import FILESTAT, FILESTAT_UNSTABLE
from wasmlab.host.wasi.link import HostFunctions
from wasmlab.host.wasi.wasi import Wasi

SIGNATURES = {
    "args_get": "[i32 i32] -> [i32]",
    "clock_time_get": "[i32 i64 i32] -> [i32]",
    "fd_advise": "[i32 i64 i64 i32] -> [i32]",
    "fd_allocate": "[i32 i64 i64] -> [i32]",
    "fd_fdstat_set_rights": "[i32 i64 i64] -> [i32]",
    "fd_filestat_set_times": "[i32 i64 i64 i32] -> [i32]",
    "fd_pread": "[i32 i32 i32 i64 i32] -> [i32]",
    "fd_readdir": "[i32 i32 i32 i64 i32] -> [i32]",
    "fd_seek": "[i32 i64 i32 i32] -> [i32]",
    "fd_write": "[i32 i32 i32 i32] -> [i32]",
    "path_filestat_get": "[i32 i32 i32 i32 i32] -> [i32]",
    "path_filestat_set_times": "[i32 i32 i32 i32 i64 i64 i32] -> [i32]",
    "path_link": "[i32 i32 i32 i32 i32 i32 i32] -> [i32]",
    "path_open": "[i32 i32 i32 i32 i32 i64 i64 i32 i32] -> [i32]",
    "path_readlink": "[i32 i32 i32 i32 i32 i32] -> [i32]",
    "path_rename": "[i32 i32 i32 i32 i32 i32] -> [i32]",
    "path_symlink": "[i32 i32 i32 i32 i32] -> [i32]",
    "poll_oneoff": "[i32 i32 i32 i32] -> [i32]",
    "proc_exit": "[i32] -> []",
    "random_get": "[i32 i32] -> [i32]",
    "sched_yield": "[] -> [i32]",
    "sock_accept": "[i32 i32 i32] -> [i32]",
    "sock_recv": "[i32 i32 i32 i32 i32 i32] -> [i32]",
    "sock_send": "[i32 i32 i32 i32 i32] -> [i32]",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature_is_that_of_witx(name: str) -> None:
    assert str(ROWS[MODULE, name].type) == SIGNATURES[name]


def test_all_46_functions_are_there() -> None:
    preview1_names = {name for module, name in ROWS if module == MODULE}
    unstable_names = {name for module, name in ROWS if module == UNSTABLE}
    assert len(preview1_names) == 46
    assert preview1_names - unstable_names == {"sock_accept"}
    assert unstable_names <= preview1_names


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: f"{row.module}.{row.name}")
def test_row_says_what_the_function_takes(row: AbiRow) -> None:
    assert row.doc.endswith(".")
    assert len(row.param_names) == len(row.type.params)
    parameters = inspect.signature(preview1.call_of(row.name)).parameters
    if not row.name.startswith("sock_"):
        assert len(parameters) == 2 + len(row.params)


def test_functions_are_offered_under_both_modules() -> None:
    functions = HostFunctions(Wasi())
    assert set(functions) == set(ROWS)
    assert functions[MODULE, "fd_write"].type == ROWS[MODULE, "fd_write"].type
    assert functions[MODULE, "fd_write"].param_names == ("fd", "iovs", "iovs_len", "nwritten")


def test_unstable_whence_counts_differently() -> None:
    guest = Guest(Wasi(dirs={"/": Dir(files={"f": b"12345"})}), module=UNSTABLE)
    fd = guest.opened("f", OFlags(0), READ_WRITE)
    for whence, offset, expected in [(2, 3, 3), (0, 1, 4), (1, 0, 5)]:
        assert guest.call("fd_seek", fd, offset, whence) == Errno.SUCCESS
        assert guest.result(size=8) == expected


def test_unstable_filestat_is_shorter() -> None:
    guest = Guest(Wasi(dirs={"/": Dir(files={"f": b"12345"})}))
    expected = guest.stat("f")
    guest.module = UNSTABLE
    assert guest.call("path_filestat_get", 3, 0, "f") == Errno.SUCCESS
    raw = bytes(guest.memory.data[RESULT : RESULT + 56])
    assert FILESTAT_UNSTABLE.size == 56
    assert FILESTAT.size == 64
    assert FILESTAT_UNSTABLE.lift(raw) == expected
    assert struct.unpack_from("<I", raw, 20) == (1,)
    assert struct.unpack_from("<Q", raw, 24) == (5,)


def test_unstable_subscription_has_an_identifier_before_the_clock() -> None:
    guest = Guest(Wasi(), module=UNSTABLE)
    raw = struct.pack("<QB7xQI4xQQH6x", 42, 0, 99, 1, 5000, 0, 0)
    guest.memory.data[SCRATCH : SCRATCH + 56] = raw
    assert guest.raw("poll_oneoff", SCRATCH, 0x8000, 1, RESULT) == Errno.SUCCESS
    assert guest.wasi.clock.state.slept == 5000


def test_errno_numbers_are_those_of_witx() -> None:
    known = {"E2BIG": 1, "EBADF": 8, "EINVAL": 28, "ENOENT": 44, "ENOSYS": 52, "EPERM": 63}
    assert {name: Errno[name] for name in known} == known
    assert Errno.ENOTCAPABLE == 76
    assert len(Errno) == 77


@pytest.mark.parametrize(
    ("number", "expected"), [(2, Errno.ENOENT), (13, Errno.EACCES), (99999, Errno.EIO)]
)
def test_error_of_the_system_becomes_errno(number: int, expected: Errno) -> None:
    assert from_os_error(OSError(number, "text")).errno is expected
