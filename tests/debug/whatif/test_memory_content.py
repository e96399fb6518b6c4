"""Memories as they are compared: only pages that were written are copied and looked at."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wasmlab as wl
from wasmlab.debug.whatif.memory_content import MemoryContent, different_bytes, different_ranges

HUGE = """
(module (memory 65536) (data (i32.const 100) "abc")
  (func (export "f") (i32.store (i32.const 0xFFFFFF00) (i32.const 1)) nop nop))
"""


@pytest.mark.parametrize("max_memory", [8 << 20, 8 << 30])
def test_branches_of_a_memory_of_4_gib_are_compared_by_what_they_wrote(max_memory: int) -> None:
    session = wl.Session(wl.assemble(HUGE), invoke="f", max_memory=max_memory)
    session.run()
    session.goto(4)
    session.set("i32[0x80000ffe]", -1)
    session.run()
    tracemalloc.start()
    found = session.compare(1, 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (difference,) = found.differences
    assert str(difference) == "memory[0x80000ffe:0x80001002]: 00 00 00 00 | ff ff ff ff"
    assert peak < 16 << 20


def content(data: bytes) -> MemoryContent:
    pages = {n: data[n << 12 : (n + 1) << 12] for n in range((len(data) >> 12) + 1)}
    return MemoryContent(len(data), {n: page for n, page in pages.items() if any(page)})


@given(
    size=st.integers(1, 4),
    writes=st.lists(
        st.tuples(st.booleans(), st.integers(0, (1 << 14) - 1), st.integers(1, 5000)), max_size=6
    ),
)
def test_different_bytes_are_those_of_the_whole_memories(
    size: int, writes: list[tuple[bool, int, int]]
) -> None:
    both = bytearray(4 << 12), bytearray(size << 12)
    for second, at, count in writes:
        data = both[second]
        data[at : at + count] = b"\7" * (min(at + count, len(data)) - min(at, len(data)))
    a, b = bytes(both[0]), bytes(both[1])
    assert list(different_bytes(content(a), content(b))) == list(different_ranges(a, b))
    assert content(a)[slice(100, 9000)] == a[100:9000]
