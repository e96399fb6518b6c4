"""A large bulk instruction can be paused between its parts, and goes on from its operands."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from wasmlab.engine.program import Program, ProgramOptions, exported_func, load_program
from wasmlab.errors import Interrupted, Trap
from wasmlab.exec.invocation import begin
from wasmlab.exec.machine import run
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.module import assemble
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from wasmlab.runtime.store import Store

MODULE = """(module
  (type $a (array (mut i16)))
  (memory 80) (table $t 300000 funcref) (elem declare func $f)
  (global $g (mut (ref $a)) (array.new_default $a (i32.const 200000)))
  (func $f) (func $number (param i32) (local $i i32)
    (loop $more
      (i32.store8 (i32.mul (local.get $i) (i32.const 4099)) (local.get $i))
      (array.set $a (global.get $g) (i32.mul (local.get $i) (i32.const 151)) (local.get $i))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 1270)))))
  (func (export "f") (param i32) (call $number (i32.const 0)) {body}))"""
BODIES = {
    "fill": "(memory.fill (i32.const 5) (i32.const 7) (i32.const 5000000))",
    "copy down": "(memory.copy (i32.const 5) (i32.const 1000) (i32.const 5000000))",
    "copy up": "(memory.copy (i32.const 1000) (i32.const 5) (i32.const 5000000))",
    "table fill": "(table.fill $t (i32.const 3) (ref.func $f) (i32.const 299990))",
    "table copy": "(table.fill $t (i32.const 0) (ref.func $f) (i32.const 9))"
    "(table.copy $t $t (i32.const 3) (i32.const 0) (i32.const 299990))",
    "array fill": "(array.fill $a (global.get $g) (i32.const 1) (i32.const 9) (i32.const 199998))",
    "array copy": "(array.copy $a $a (global.get $g) (i32.const 9) (global.get $g) (i32.const 1)"
    " (i32.const 199990))",
}


def entered(body: str, engine: str = "reference") -> Program:
    module = assemble(MODULE.format(body=body))
    program = load_program(module, Wasi(), ProgramOptions(engine=engine))
    begin(program.store, exported_func(program, "f"), (0,))
    return program


def arenas(store: Store) -> tuple[object, ...]:
    return (
        [(bytes(m.data[: m.size]), bytes(m.dirty)) for m in store.mems],
        [(t.cells[: t.size].tolist(), bytes(t.dirty)) for t in store.tables],
        store.heap.cells[: store.heap.top].tolist(),
        store.tick,
    )


def ask_to_stop_every(store: Store, looks: int) -> None:
    """Let every look but the first of so many pass."""
    looked = count(1)

    def poll() -> None:
        if next(looked) % looks == 0:
            raise Interrupted("paused")

    store.poll = poll


@pytest.mark.parametrize("engine", ["reference", "native"])
@pytest.mark.parametrize("name", BODIES)
def test_paused_bulk_instruction_ends_as_if_nothing_had_been(name: str, engine: str) -> None:
    expected, paused = entered(BODIES[name]), entered(BODIES[name], engine)
    run(expected.store, 1 << 40)
    store, pauses, status = paused.store, 0, None
    ask_to_stop_every(store, 3)
    while status is not Status.DONE:
        try:
            status = (store.tier or run)(store, 1 << 40)
        except Interrupted:
            pauses += 1
            assert store.agent.depth > 0
    assert pauses >= 1
    assert arenas(store) == arenas(expected.store)


def test_pause_comes_between_parts_at_the_same_instruction() -> None:
    store = entered(BODIES["fill"]).store
    ask_to_stop_every(store, 3)
    with pytest.raises(Interrupted):
        run(store, 1 << 40)
    ticks, written = store.tick, store.mems[0].read(0, 80 << 16).count(7)
    assert 2 << 20 <= written < 3 << 20
    store.poll = None
    assert run(store, ticks + 1) is Status.FUEL
    assert store.mems[0].read(5, 5_000_000) == b"\7" * 5_000_000


@pytest.mark.parametrize(
    "body",
    [
        "(memory.fill (i32.const 300000) (i32.const 7) (i32.const 5000000))",
        "(memory.copy (i32.const 0) (i32.const 300000) (i32.const 5000000))",
        "(memory.fill (i32.const -1) (i32.const 7) (i32.const -1))",
        "(table.fill $t (i32.const 11) (ref.null func) (i32.const 299990))",
        "(array.fill $a (global.get $g) (i32.const 3) (i32.const 9) (i32.const 199998))",
    ],
)
def test_large_bulk_instruction_that_traps_writes_nothing(body: str) -> None:
    store = entered(body).store
    with pytest.raises(Trap):
        run(store, 1 << 40)
    state, trapped_at = arenas(store), store.tick
    other = entered("(unreachable)").store
    with pytest.raises(Trap):
        run(other, 1 << 40)
    assert arenas(other)[:3] == state[:3]
    assert trapped_at > other.tick
