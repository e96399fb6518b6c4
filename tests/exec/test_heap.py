"""The GC heap: what is kept alive, what is freed, and what happens when it is full."""

from __future__ import annotations

from random import Random

import pytest

from tests.exec.programs import call, load
from wasmlab.errors import Exhaustion, TrapCode
from wasmlab.runtime.heap import (
    Heap,
    allocate,
    collect,
    is_object,
    object_slots,
    payload_at,
    shape_of,
)
from wasmlab.runtime.store import ModuleInst, Store
from wasmlab.syntax.types import (
    I64,
    V128,
    ArrayType,
    DefType,
    FieldType,
    StructType,
    SubType,
    intern_group,
)

PROGRAM = """
(module
  (type $node (struct (field $v (mut i32)) (field $next (mut (ref null $node)))))
  (type $bytes (array (mut i8)))
  (type $refs (array (mut anyref)))
  (tag $e (param (ref $node)))
  (global $kept (mut (ref null $node)) (ref.null $node))
  (global $start (ref $node) (struct.new $node (i32.const 77) (ref.null $node)))
  (table $t 4 anyref)
  (elem $seg anyref (item (struct.new $node (i32.const 88) (ref.null $node))))
  (func $churn (export "churn") (param $n i32) (param $size i32)
    (loop $again
      (drop (array.new_default $bytes (local.get $size)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func $node (param i32) (result (ref $node))
    (struct.new $node (local.get 0) (ref.null $node)))
  (func (export "list") (param $n i32) (result i32) (local $sum i32) (local $at (ref null $node))
    (loop $again
      (global.set $kept (struct.new $node (local.get $n) (global.get $kept)))
      (call $churn (i32.const 50) (i32.const 1000))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.set $at (global.get $kept))
    (loop $sum_up
      (local.set $sum (i32.add (local.get $sum) (struct.get $node $v (local.get $at))))
      (br_if $sum_up (i32.eqz (ref.is_null
        (local.tee $at (struct.get $node $next (local.get $at)))))))
    (local.get $sum))
  (func (export "operand") (result i32)
    (struct.get $node $v (call $node (i32.const 5)))
    (call $node (i32.const 6))
    (call $churn (i32.const 5000) (i32.const 1000))
    (struct.get $node $v)
    (i32.add))
  (func (export "local") (result i32) (local $x (ref null $node))
    (local.set $x (call $node (i32.const 5)))
    (call $churn (i32.const 5000) (i32.const 1000))
    (struct.get $node $v (local.get $x)))
  (func (export "table") (result i32)
    (table.set $t (i32.const 3) (call $node (i32.const 5)))
    (call $churn (i32.const 5000) (i32.const 1000))
    (struct.get $node $v (ref.cast (ref $node) (table.get $t (i32.const 3)))))
  (func (export "element") (result i32)
    (call $churn (i32.const 5000) (i32.const 1000))
    (struct.get $node $v (ref.cast (ref $node)
      (array.get $refs (array.new_elem $refs $seg (i32.const 0) (i32.const 1)) (i32.const 0)))))
  (func (export "constant") (result i32)
    (call $churn (i32.const 5000) (i32.const 1000))
    (struct.get $node $v (global.get $start)))
  (func (export "array") (result i32) (local $x (ref null $refs))
    (local.set $x (array.new $refs (call $node (i32.const 5)) (i32.const 3)))
    (call $churn (i32.const 5000) (i32.const 1000))
    (struct.get $node $v (ref.cast (ref $node) (array.get $refs (local.get $x) (i32.const 2)))))
  (func (export "extern") (result i32) (local $x externref)
    (local.set $x (extern.convert_any (call $node (i32.const 5))))
    (call $churn (i32.const 5000) (i32.const 1000))
    (struct.get $node $v (ref.cast (ref $node) (any.convert_extern (local.get $x)))))
  (func (export "exception") (result i32) (local $x exnref)
    (block $h (result (ref $node) (ref exn))
      (try_table (catch_ref $e $h) (throw $e (call $node (i32.const 5))))
      (unreachable))
    (local.set $x) (drop)
    (call $churn (i32.const 5000) (i32.const 1000))
    (block $g (result (ref $node)) (try_table (catch $e $g) (throw_ref (local.get $x)))
      (unreachable))
    (struct.get $node $v)))
"""
HEAP = 2 << 20


@pytest.fixture(name="program")
def _program() -> ModuleInst:
    """Return the program over a heap of 2 MiB."""
    store = Store()
    store.heap = Heap(HEAP // 8)
    return load(PROGRAM, store=store)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("operand", 11),
        ("local", 5),
        ("table", 5),
        ("element", 88),
        ("constant", 77),
        ("array", 5),
        ("extern", 5),
        ("exception", 5),
    ],
)
def test_object_that_is_reachable_survives_collections(
    program: ModuleInst, name: str, expected: int
) -> None:
    assert call(program, name) == [expected]


def test_chain_that_a_global_leads_to_survives_collections(program: ModuleInst) -> None:
    assert call(program, "list", 200) == [200 * 201 // 2]


def test_program_that_allocates_two_hundred_megabytes_runs_in_two(program: ModuleInst) -> None:
    call(program, "churn", 20_000, 10_000)
    assert program.store.heap.top * 8 <= HEAP


def test_object_larger_than_the_heap_exhausts_it(program: ModuleInst) -> None:
    with pytest.raises(Exhaustion) as caught:
        call(program, "churn", 1, HEAP)
    assert caught.value.code is TrapCode.MEMORY_EXHAUSTED


def test_garbage_is_collected_before_the_heap_counts_as_full(program: ModuleInst) -> None:
    heap = program.store.heap
    call(program, "churn", 20, 60_000)
    heap.due = 1 << 62
    call(program, "churn", 100, 60_000)
    assert heap.top * 8 <= HEAP


def test_collections_are_the_same_in_every_run() -> None:
    states = list[bytes]()
    for _ in range(2):
        store = Store()
        store.heap = Heap(HEAP // 8)
        call(load(PROGRAM, store=store), "list", 60)
        states.append(store.heap.cells[: store.heap.top].tobytes())
    assert states[0] == states[1]


def deftype(comp: ArrayType | StructType) -> DefType:
    return DefType(intern_group((SubType(final=True, supers=(), comp=comp),)), 0)


WORDS = deftype(ArrayType(FieldType(I64, mutable=True)))
WIDE = deftype(StructType((FieldType(I64, mutable=True), FieldType(V128, mutable=True))))


def test_layout_of_structure_gives_vectors_two_slots() -> None:
    shape = shape_of(Heap(1024), WIDE)
    assert (shape.offsets, shape.wide, shape.slots) == ((0, 1), (False, True), 3)


def test_objects_of_a_heap_are_told_from_other_places() -> None:
    heap = Heap(1 << 14)
    shape = shape_of(heap, WORDS)
    refs = [allocate(heap, shape, n) for n in (3, 0, 8, 1)]
    assert all(is_object(heap, ref) for ref in refs)
    places = range(0, heap.top * 8, 8)
    assert [ref for ref in places if is_object(heap, ref)] == refs
    collect(heap, [refs[0], refs[2]])
    assert [ref for ref in places if is_object(heap, ref)] == [refs[0], refs[2]]


def test_freed_pieces_are_used_again_exact_ones_first() -> None:
    heap = Heap(1 << 14)
    shape = shape_of(heap, WORDS)
    refs = [allocate(heap, shape, n) for n in (4, 10, 4, 20, 4)]
    collect(heap, refs[::2])
    assert allocate(heap, shape, 20) == refs[3]
    assert allocate(heap, shape, 10) == refs[1]
    assert all(heap.cells[(refs[3] >> 3) + 2 + i] == 0 for i in range(20))
    collect(heap, refs[::2])
    assert allocate(heap, shape, 2) == refs[3]
    assert allocate(heap, shape, 2) == refs[3] + 32


def test_reference_to_an_object_that_is_kept_keeps_what_it_refers_to() -> None:
    heap = Heap(1 << 12)
    shape = shape_of(heap, WORDS)
    ref = allocate(heap, shape, 1)
    collect(heap, [0, 0x11, ref, ref])
    assert is_object(heap, ref)
    collect(heap, [])
    assert not is_object(heap, ref)
    assert heap.used == 0


def test_any_sequence_of_allocations_and_collections_keeps_what_is_kept() -> None:
    random = Random(3)  # noqa: S311 - the same sequence every time
    heap = Heap(1 << 13)
    shape = shape_of(heap, WORDS)
    kept = dict[int, list[int]]()
    for number in range(1500):
        n = random.choice((0, 1, 2, 3, 5, 8, 40))
        try:
            ref = allocate(heap, shape, n)
        except Exhaustion:
            for dropped in random.sample(sorted(kept), len(kept) // 2):
                del kept[dropped]
            collect(heap, kept)
            continue
        content = list(range(number, number + n))
        base = payload_at(ref)
        assert not any(heap.cells[base : base + n])
        for k, word in enumerate(content):
            heap.cells[base + k] = word
        if random.random() < 0.5:
            kept[ref] = content
        if random.random() < 0.01:
            collect(heap, kept)
        for held, words in kept.items():
            assert heap.cells[payload_at(held) : payload_at(held) + len(words)].tolist() == words
    used = sum(object_slots(shape, len(words)) for words in kept.values())
    collect(heap, kept)
    assert heap.used == used
