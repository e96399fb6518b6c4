"""Any call with any arguments ends in an errno, a trap, an exit or a wait: never in a crash."""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from guest import Guest, Memory
from hypothesis import given, settings
from hypothesis import strategies as st

from wasmlab.errors import ProcExit, Trap, WouldBlock
from wasmlab.host.wasi.abi import ROWS
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.fs.mount import Dir
from wasmlab.host.wasi.quotas import Quotas
from wasmlab.host.wasi.strace import decode
from wasmlab.host.wasi.wasi import Input, Wasi

if TYPE_CHECKING:
    from wasmlab.host.wasi.fs.mount import Mode

WORDS = ["a", "d", "d/f", "..", ".", "a/", "l", "../x", "\xff", "new", "d/new", "l/f", "", "/"]
EDGES = [0, 1, 2, 3, 4, 5, 8, 16, 0x100, 0x10000 - 1, 0x10000, 2**31 - 1, 2**31, 2**32 - 1]
LONG_EDGES = [*EDGES, 2**44, 2**62, 2**63 - 1, 2**63, 2**64 - 1, (1 << 30) - 1, 0x7BFFE19]


def filled_memory() -> Memory:
    """Return a page with paths at 0x1000 and vectors and subscriptions at 0x2000 and 0x3000."""
    data = bytearray(0x10000)
    for number, word in enumerate(WORDS):
        raw = word.encode()
        data[0x1000 + 16 * number : 0x1000 + 16 * number + len(raw)] = raw
    vectors = [(0x4000, 10), (0x5000, 0x4000), (0xFFFF, 1), (0x10000, 0), (0, 0)]
    data[0x2000 : 0x2000 + 40] = b"".join(struct.pack("<II", *each) for each in vectors)
    for number in range(4):
        at = 0x3000 + 48 * number
        data[at : at + 48] = struct.pack("<QB7xI4xQQH6x", 1, number, number, 2**62, 0, number & 1)
    return Memory(data)


ADDRESSES = st.sampled_from([*(0x1000 + 16 * n for n in range(14)), 0x2000, 0x3000, 0x8000])
SMALL = st.integers(0, 8) | st.sampled_from(EDGES) | ADDRESSES
LONG = st.integers(0, 20) | st.sampled_from(LONG_EDGES)
CALLS = st.sampled_from(sorted(ROWS)).flatmap(
    lambda key: st.tuples(
        st.just(key),
        st.tuples(*(LONG if str(t) == "i64" else SMALL for t in ROWS[key].type.params)),
    )
)


@pytest.mark.parametrize("mode", ["memory", "overlay", "real"])
@settings(max_examples=60, deadline=None)
@given(calls=st.lists(CALLS, max_size=30))
def test_no_sequence_of_calls_crashes_the_host(
    mode: Mode, calls: list[tuple[tuple[str, str], tuple[int, ...]]]
) -> None:
    with TemporaryDirectory() as place:
        host = Path(place)
        (host / "d").mkdir()
        (host / "d" / "f").write_bytes(b"content")
        (host / "a").write_bytes(b"a" * 5000)
        (host / "l").symlink_to("d")
        directory = Dir() if mode == "memory" else Dir(host, mode=mode)
        quotas = Quotas(storage=1 << 20, written=1 << 24)
        with Wasi(args=["x"], dirs={"/": directory}, stdin=Input(), quotas=quotas) as wasi:
            guest = Guest(wasi, filled_memory())
            for (guest.module, name), args in calls:
                make(guest, name, args)
            wasi.restore(wasi.snapshot())
            wasi.diff()


def make(guest: Guest, name: str, args: tuple[int, ...]) -> None:
    before = guest.wasi.snapshot()
    try:
        assert isinstance(guest.raw(name, *args), Errno)
    except (Trap, ProcExit):
        return
    except WouldBlock:
        assert guest.wasi.snapshot() == before
        return
    assert guest.record is not None
    decoded = decode(guest.record, guest.wasi.fd_name)
    assert decoded is not None
    assert decoded.text.isprintable()
