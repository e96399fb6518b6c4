"""Memories as large as programs declare: reserved as a whole, bounded by what is touched."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

import wasmlab as wl
from wasmlab.debug.views.model import StopReason

ENGINES = ("reference", "native")
ALL_PAGES = """
(module (memory {pages}) (func (export "f") (result i32)
  (i32.store8 (i32.const -65537) (i32.const 7))
  (memory.fill (i32.const -65537) (i32.const 9) (i32.const 1))
  (drop (memory.grow (i32.const {more})))
  (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
  (if (i32.ne (memory.size) (i32.const 65536)) (then unreachable))
  (i32.add (i32.load8_u (i32.const -65537)) (i32.load8_u offset=65535 (i32.const -65536)))))
"""
WIDE = """
(module (memory i64 1048576) (func (export "f") (result i64)
  (i64.store (i64.const 0xFFFFFFFF8) (i64.const 40))
  (i64.store (i64.const 0) (i64.const 2))
  (memory.copy (i64.const 0x800000000) (i64.const 0xFFFFFFFF8) (i64.const 8))
  (if (i64.ne (memory.size) (i64.const 1048576)) (then unreachable))
  (i64.add (i64.load (i64.const 0x800000000)) (i64.load (i64.const 0)))))
"""
TOUCHES = """
(module (memory 16384) (func (export "f") (local $i i32)
  (loop $l
    (i32.store (local.get $i) (i32.const 0))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4096)))
      (i32.const 0x3fff0000))))))
"""
FILLS = """
(module (memory 16384) (func (export "f")
  (memory.fill (i32.const 5) (i32.const 1) (i32.const 5000000))
  (memory.fill (i32.const 100000005) (i32.const 1) (i32.const 4000000))))
"""
GROWS = """
(module (memory 1) (func (export "f") (result i32)
  (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
  (memory.size)))
"""


def session(text: str, engine: str, **grants: int) -> wl.Session:
    return wl.Session(wl.assemble(text), invoke="f", engine=engine, **grants)  # pyright: ignore[reportArgumentType] - numbers only


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("pages", [65_535, 65_536])
def test_memory_of_all_pages_that_32_bits_reach_runs(engine: str, pages: int) -> None:
    s = session(ALL_PAGES.format(pages=pages, more=65_536 - pages), engine, max_memory=5 << 30)
    assert s.run().message == "f returned 9"


@pytest.mark.parametrize("engine", ENGINES)
def test_memory_of_64_gib_runs_and_goes_back(engine: str) -> None:
    s = session(WIDE, engine, max_memory=1 << 20)
    assert s.run().message == "f returned 42"
    s.goto(3)
    assert s.memory[0xFFFFFFFF8] == b"\x28"
    assert s.memory[0] == b"\0"
    s.goto(0)
    assert s.memory[0xFFFFFFFF8] == b"\0"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("max_memory", [8 << 20, 8 << 30])
def test_large_memory_is_the_same_at_each_step_of_each_branch(engine: str, max_memory: int) -> None:
    text = """(module (memory 65536) (func (export "f")
      (i32.store (i32.const 0xFFFFFF00) (i32.const 1)) nop nop))"""
    s = session(text, engine, max_memory=max_memory)
    s.run()
    s.goto(3)
    s.set("i32[0x1000]", -1)
    for branch in (1, 2, 1, 2):
        s.switch(branch)
        for tick in (4, 3, 5, 0, 3, 2):
            s.goto(tick)
            stored = int(tick >= 3)
            changed = b"\xff" if branch == 2 and tick >= 3 else b"\0"
            assert (s.memory[0xFFFFFF00], s.memory[0x1000]) == (bytes((stored,)), changed)


@pytest.mark.parametrize("text", [TOUCHES, FILLS])
def test_touching_more_than_the_limit_traps_at_the_same_step_everywhere(text: str) -> None:
    ends = set[tuple[int, StopReason, str]]()
    for engine in ENGINES:
        s = session(text, engine, max_memory=8 << 20)
        stop = s.run()
        ends.add((stop.tick, stop.reason, stop.message))
        s.goto(5)
        stop = s.run()
        ends.add((stop.tick, stop.reason, stop.message))
    ((_, reason, message),) = ends
    assert reason is StopReason.TRAP
    assert "memory limit exhausted" in message
    assert "of 8,388,608 are left; --max-memory allows more" in message


@pytest.mark.parametrize("engine", ENGINES)
def test_growth_beyond_the_limit_fails(engine: str) -> None:
    assert session(GROWS, engine, max_memory=1 << 20).run().message == "f returned 16"


def test_more_address_space_than_the_limit_is_refused_with_its_name() -> None:
    text = "(module (memory i64 32769))"
    with pytest.raises(wl.Exhaustion, match="--max-address-space allows more"):
        wl.Session(wl.assemble(text), max_address_space=1 << 31)
    with pytest.raises(wl.Exhaustion, match="--max-memory allows more"):
        wl.Session(wl.assemble("(module (table 1000 funcref))"), max_memory=4096)


def test_more_than_a_hundred_memories_are_valid_and_not_instantiated() -> None:
    module = wl.assemble(f"(module {'(memory 0)' * 101})")
    with pytest.raises(wl.Exhaustion, match="101 memories, at most 100 can be"):
        wl.Session(module)
    wl.Session(wl.assemble(f"(module {'(memory 0)' * 100})"))


def peak_in_child(code: str, *, address_space: int | None = None) -> int:
    """Return the peak of memory in bytes of a child that runs code."""
    limit = (address_space, address_space)
    lines = ["import resource"]
    if address_space is not None:
        lines.append(f"resource.setrlimit(resource.RLIMIT_AS, {limit})")
    lines += [textwrap.dedent(code), "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1]) << 10


@pytest.mark.skipif(sys.platform != "linux", reason="measured as Linux counts")
@pytest.mark.parametrize(
    "fields", ["(table 10000000 funcref)" * 40, "(memory 0)" * 100, "(memory 65536)" * 3]
)
def test_what_is_declared_takes_no_memory(fields: str) -> None:
    empty = peak_in_child("import wasmlab as wl\nwl.Session(wl.assemble('(module)'))")
    load = f"wl.Session(wl.assemble('(module {fields})'), max_memory=20 << 30)"
    assert peak_in_child(f"import wasmlab as wl\n{load}") < empty + (30 << 20)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux")
def test_memory_runs_where_the_system_gives_less_than_is_reserved() -> None:
    code = """
    import wasmlab as wl
    text = '''(module (memory 1) (func (export "f") (result i32)
      (i32.store (i32.const 8) (i32.const 42))
      (if (i32.ne (memory.grow (i32.const 999)) (i32.const 1)) (then unreachable))
      (if (i32.ne (memory.grow (i32.const 60000)) (i32.const -1)) (then unreachable))
      (i32.load (i32.const 8))))'''
    s = wl.Session(wl.assemble(text), invoke="f", engine="reference", max_memory=20 << 30)
    assert s.run().message == "f returned 42", s.stop.message
    try:
        wl.Session(wl.assemble("(module (memory 60000))"))
    except wl.Exhaustion as error:
        assert "ulimit -v" in str(error), error
    else:
        raise AssertionError
    """
    peak_in_child(code, address_space=2 << 30)
