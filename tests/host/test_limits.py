"""Quotas and faults on demand."""

from __future__ import annotations

import pytest
from guest import READ_WRITE, RESULT, Guest

from wasmlab.errors import Exhaustion, TrapCode, UsageError, WouldBlock
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.faults import Fault, parse_fault
from wasmlab.host.wasi.flags import OFlags
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.quotas import Quotas
from wasmlab.host.wasi.wasi import Input, Wasi

CREAT = OFlags.CREAT


def limited(quotas: Quotas) -> Guest:
    return Guest(Wasi(dirs={"/": Dir()}, quotas=quotas))


def test_opening_without_end_is_stopped_with_a_message() -> None:
    guest = limited(Quotas(descriptors=10))
    for _ in range(6):
        guest.opened("f", CREAT)
    with pytest.raises(Exhaustion, match="more than 10 open descriptors") as caught:
        guest.open("f", CREAT)
    assert caught.value.code is TrapCode.HOST_QUOTA_EXHAUSTED


def test_opening_and_closing_without_end_is_fine() -> None:
    guest = limited(Quotas(descriptors=10))
    for _ in range(100):
        assert guest.call("fd_close", guest.opened("f", CREAT)) == Errno.SUCCESS


def test_printing_without_end_is_stopped_with_a_message() -> None:
    guest = limited(Quotas(output=1000))
    for _ in range(10):
        guest.write(1, b"x" * 100)
    with pytest.raises(Exhaustion, match="more than 1,000 bytes of output"):
        guest.write(1, b"x")
    assert len(guest.wasi.printed(1)) == 1000


def test_writing_without_end_is_stopped_with_a_message() -> None:
    guest = limited(Quotas(written=1000))
    fd = guest.opened("f", CREAT, READ_WRITE)
    for _ in range(10):
        guest.raw("fd_pwrite", fd, *guest.iovs(b"x" * 100), 0, RESULT)
    with pytest.raises(Exhaustion, match="more than 1,000 bytes written"):
        guest.raw("fd_pwrite", fd, *guest.iovs(b"x"), 0, RESULT)


def test_storage_that_is_full_is_enospc() -> None:
    guest = limited(Quotas(storage=3 * 4096))
    fd = guest.opened("f", CREAT, READ_WRITE)
    assert guest.write(fd, b"x" * 3 * 4096) == Errno.SUCCESS
    assert guest.write(fd, b"x") == Errno.ENOSPC
    guest.call("path_unlink_file", 3, "f")
    guest.call("fd_close", fd)
    guest.create("g", b"x" * 3 * 4096)


def test_holes_take_no_storage() -> None:
    guest = limited(Quotas(storage=4096))
    fd = guest.opened("f", CREAT, READ_WRITE)
    assert guest.call("fd_filestat_set_size", fd, 1 << 40) == Errno.SUCCESS
    assert guest.raw("fd_pread", fd, *guest.iovs(10), 1 << 39, RESULT) == Errno.SUCCESS


def test_file_longer_than_any_disk_is_efbig() -> None:
    guest = limited(Quotas())
    fd = guest.opened("f", CREAT, READ_WRITE)
    assert guest.call("fd_allocate", fd, 0, 1 << 50) == Errno.EFBIG
    assert guest.raw("fd_pwrite", fd, *guest.iovs(b"x"), 1 << 50, RESULT) == Errno.EFBIG


def test_more_files_than_the_quota_is_enospc() -> None:
    guest = limited(Quotas(files=5))
    found = [guest.open(f"{number}", CREAT) for number in range(7)]
    assert found == [Errno.SUCCESS] * 5 + [Errno.ENOSPC] * 2
    assert guest.call("path_create_directory", 3, "d") == Errno.ENOSPC


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("fd_write:3=ENOSPC", Fault("fd_write", 3, 3, Errno.ENOSPC)),
        ("fd_write=EIO", Fault("fd_write", 1, None, Errno.EIO)),
        ("fd_write:2+=io", Fault("fd_write", 2, None, Errno.EIO)),
        ("fd_write:2-4=EIO", Fault("fd_write", 2, 4, Errno.EIO)),
        ("fd_read:1=short", Fault("fd_read", 1, 1, short=1)),
        (" fd_read=short:5 ", Fault("fd_read", 1, None, short=5)),
        ("path_open:1=2BIG", Fault("path_open", 1, 1, Errno.E2BIG)),
    ],
)
def test_fault_is_read_from_text(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fd_write",
        "fd_write:x=EIO",
        "fd_write:0=EIO",
        "fd_write:4-2=EIO",
        "no_call:1=EIO",
        "fd_write:1=EWHAT",
        "fd_write:1=SUCCESS",
        "proc_exit=EIO",
        "fd_close=short",
    ],
)
def test_text_that_is_no_fault_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_fault(text)


def faulty(*faults: str) -> Guest:
    wasi = Wasi(dirs={"/": Dir()}, stdin=b"abcdef", faults=map(parse_fault, faults))
    return Guest(wasi)


def test_fault_hits_the_numbered_call_only_and_has_no_effect() -> None:
    guest = faulty("fd_write:2=ENOSPC")
    found = [guest.write(1, b"%d" % number) for number in (1, 2, 3)]
    assert found == [Errno.SUCCESS, Errno.ENOSPC, Errno.SUCCESS]
    assert guest.wasi.printed(1) == b"13"


def test_fault_in_a_range_hits_its_calls() -> None:
    guest = faulty("sched_yield:2-3=EIO", "sched_yield:5+=EAGAIN")
    found = [guest.raw("sched_yield") for _ in range(6)]
    names = ["SUCCESS", "EIO", "EIO", "SUCCESS", "EAGAIN", "EAGAIN"]
    assert [errno.name for errno in found] == names


def test_short_read_and_write_move_less() -> None:
    guest = faulty("fd_read:1=short", "fd_write=short:3")
    assert guest.read(0, 100) == b"a"
    assert guest.read(0, 100) == b"bcdef"
    assert guest.write(1, b"ab", b"cdef") == Errno.SUCCESS
    assert guest.result() == 3
    assert guest.wasi.printed(1) == b"abc"


def test_short_directory_listing_and_link_are_cut() -> None:
    guest = faulty("fd_readdir=short:30", "path_readlink=short:2")
    guest.call("path_symlink", "target", 3, "l")
    assert guest.raw("fd_readdir", 3, 0x2000, 500, 0, RESULT) == Errno.SUCCESS
    assert guest.result() == 30
    assert guest.call("path_readlink", 3, "l", "buffer") == Errno.SUCCESS
    assert guest.result() == 2


def test_going_back_takes_back_the_count_of_calls() -> None:
    guest = faulty("sched_yield:2=EIO")
    guest.raw("sched_yield")
    before = guest.wasi.snapshot()
    assert guest.raw("sched_yield") == Errno.EIO
    guest.wasi.restore(before)
    assert guest.raw("sched_yield") == Errno.EIO


def test_call_that_would_block_is_not_counted() -> None:
    guest = Guest(Wasi(stdin=Input(), faults=[parse_fault("fd_read:2=EIO")]))
    for _ in range(3):
        with pytest.raises(WouldBlock):
            guest.raw("fd_read", 0, *guest.iovs(1), RESULT)
    guest.wasi.stdin.feed(b"xy")
    assert guest.read(0, 1) == b"x"
    assert guest.raw("fd_read", 0, *guest.iovs(1), RESULT) == Errno.EIO
