"""What belongs to one store is refused by name in another, wherever Python hands it over."""

import copy
from collections.abc import Callable

import pytest

import wasmlab as wl
from tests.engine.waste import WASTE
from wasmlab.engine.embed import Instance
from wasmlab.errors import HostError, Trap, UsageError, WasmException
from wasmlab.runtime.values import PyValue, to_bits
from wasmlab.syntax.types import STRUCT, RefType

PARTS = """(module
  (type $s (struct (field i32)))
  (type $f (func (result i32)))
  (tag $e (export "tag") (param i32))
  (memory (export "memory") 1)
  (table (export "table") 2 funcref)
  (table (export "objects") 1 (ref null $s))
  (global (export "global") (mut funcref) (ref.null func))
  (global (export "object") (mut (ref null $s)) (ref.null $s))
  (global (export "number") (mut i32) (i32.const 0))
  (elem declare func $seven $eight)
  (func $eight (type $f) (i32.const 8))
  (func $seven (type $f) (i32.const {seven}))
  (func (export "function") (result funcref) (ref.func $seven))
  (func (export "make") (result (ref $s)) (struct.new $s (i32.const {seven})))
  (func (export "caught") (result exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h) (throw $e (i32.const 3))) (unreachable)))
  (func (export "call") (param funcref) (result i32)
    (call_ref $f (ref.cast (ref $f) (local.get 0))))
  (func (export "get") (param (ref null $s)) (result i32)
    (struct.get $s 0 (local.get 0)))
  (func (export "any") (param anyref) (result anyref) (local.get 0))
  (func (export "eq") (param eqref) (result i32) (i31.get_s (ref.cast (ref i31) (local.get 0))))
  (func (export "extern") (param externref) (result externref) (local.get 0))
  (func (export "exn") (param exnref))
  (func (export "throws") (throw $e (i32.const 3))))"""
OF_ANOTHER = "of another instance"


def instance(seven: int = 7) -> Instance:
    return wl.instantiate(wl.assemble(PARTS.replace("{seven}", str(seven))))


PARTS_OF = [
    ("memory", "memory 1"),
    ("table", "table 2 funcref"),
    ("global", "global (mut funcref)"),
    ("number", "global (mut i32)"),
    ("tag", "tag (param i32)"),
]


@pytest.mark.parametrize(("name", "kind"), PARTS_OF)
def test_import_that_is_part_of_an_instance_is_shared_with_it_or_refused_by_a_session(
    name: str, kind: str
) -> None:
    library = instance()
    part = library.exports[name]
    module = wl.assemble(
        f'(module (import "lib" "{name}" ({kind})) (export "x" ({kind.split(maxsplit=1)[0]} 0)))'
    )
    shared = wl.instantiate(module, imports={"lib": {name: part}})
    assert shared.store is library.store
    assert shared.exports.x.extern is part.extern
    with pytest.raises(UsageError, match=rf"lib\.{name} is part of another instance"):
        wl.Session(module, imports={"lib": {name: part}})


@pytest.mark.parametrize(("name", "kind"), PARTS_OF)
def test_parts_of_two_instances_are_refused_by_the_names_of_both(name: str, kind: str) -> None:
    parts = {"a": instance().exports[name], "b": instance().exports[name]}
    module = wl.assemble(f'(module (import "l" "a" ({kind})) (import "l" "b" ({kind})))')
    with pytest.raises(
        UsageError, match=r'"l" "b", a \w+, is of another store than import "l" "a"'
    ):
        wl.instantiate(module, imports={"l": parts})


def test_function_reference_of_another_instance_is_called_directly() -> None:
    function = instance().exports.function()
    module = wl.assemble(
        '(module (import "lib" "f" (func $f (result i32))) (export "f" (func $f)))'
    )
    assert wl.instantiate(module, imports={"lib": {"f": function}}).exports.f() == 7


def test_exported_function_is_a_python_function_to_another_instance() -> None:
    module = wl.assemble(
        '(module (import "lib" "f" (func $f (param i32) (result i32)))'
        ' (func (export "run") (result i32) (call $f (i32.const -5))))'
    )
    library = wl.instantiate(
        wl.assemble('(module (func (export "f") (param i32) (result i32) (local.get 0)))')
    )
    assert wl.instantiate(module, {"lib": {"f": library.exports.f}}).exports.run() == -5


def test_references_come_back_to_their_own_store() -> None:
    a = instance()
    function, made = a.exports.function(), a.exports.make()
    assert a.exports.call(function) == 7
    assert a.exports.get(made) == 7
    assert a.exports.any(made) == made
    assert a.exports.extern(made) == made
    a.exports.exn(a.exports.caught())
    a.exports["global"].value = function
    assert a.exports["global"].value is function
    a.exports.object.value = copy.deepcopy(made)
    assert a.exports.get(a.exports.object.value) == 7
    a.exports.table[1] = function
    assert list(a.exports.table) == [None, function]
    a.exports.table[1] = None
    assert len(a.exports.table) == 2


GIVES: dict[str, Callable[[Instance], PyValue]] = {
    "function": lambda a: a.exports.function(),
    "object": lambda a: a.exports.make(),
    "exception": lambda a: a.exports.caught(),
}
TAKES: dict[str, Callable[[Instance, PyValue], object]] = {
    "call": lambda b, value: b.exports.call(value),
    "get": lambda b, value: b.exports.get(value),
    "any": lambda b, value: b.exports.any(value),
    "eq": lambda b, value: b.exports.eq(value),
    "extern": lambda b, value: b.exports.extern(value),
    "exn": lambda b, value: b.exports.exn(value),
    "global": lambda b, value: setattr(b.exports["global"], "value", value),
    "object": lambda b, value: setattr(b.exports.object, "value", value),
    "table": lambda b, value: b.exports.table.__setitem__(0, value),
    "objects": lambda b, value: b.exports.objects.__setitem__(0, value),
}


@pytest.mark.parametrize("take", TAKES)
@pytest.mark.parametrize("give", GIVES)
def test_reference_of_another_instance_is_refused_by_name(give: str, take: str) -> None:
    value, b = GIVES[give](instance(7)), instance(9)
    with pytest.raises(UsageError, match=OF_ANOTHER):
        TAKES[take](b, value)
    assert b.exports.call(b.exports.function()) == 9
    assert b.exports.get(b.exports.make()) == 9


@pytest.mark.parametrize("give", GIVES)
def test_reference_of_another_run_of_a_session_is_refused(give: str) -> None:
    value = GIVES[give](instance())
    s = wl.Session(wl.assemble(PARTS.replace("{seven}", "9")))
    with pytest.raises(UsageError, match=OF_ANOTHER):
        s.call("any", value)
    assert s.tick == 0


@pytest.mark.parametrize("give", GIVES)
@pytest.mark.parametrize("engine", ["reference", "native"])
def test_result_of_a_host_function_that_is_of_another_instance_is_refused(
    give: str, engine: str
) -> None:
    types = {"function": "funcref", "object": "structref", "exception": "exnref"}
    text = f"""(module (import "env" "f" (func $f (result {types[give]})))
      (func (export "run") (drop (call $f))))"""
    value = GIVES[give](instance())
    s = wl.Session(
        wl.assemble(text), imports={"env": {"f": lambda: value}}, invoke="run", engine=engine
    )
    message = s.run().message
    assert "env.f returned" in message
    assert OF_ANOTHER in message


HANDLES = """(module (import "env" "f" (func $f)) (tag $e (export "e") (param i32))
  (func (export "run") (result i32)
    (block $h (try_table (catch_all $h) (call $f)) (return (i32.const 0)))
    (i32.const 1)))"""


def test_exception_of_another_instance_is_refused_by_name_and_not_caught() -> None:
    other = instance()

    def throws() -> None:
        other.exports.throws()

    b = wl.instantiate(wl.assemble(HANDLES), {"env": {"f": throws}})
    with pytest.raises(HostError, match=r"env\.f raised an exception of another instance"):
        b.exports.run()


@pytest.mark.parametrize("reference", [0, 8, 16, 10, 1 << 40, (1 << 64) - 8, -8])
def test_exception_that_python_made_of_nothing_is_refused(reference: int) -> None:
    def raises() -> None:
        raise WasmException(0, [1], reference)

    b = wl.instantiate(wl.assemble(HANDLES), {"env": {"f": raises}})
    with pytest.raises(HostError, match=r"env\.f raised an exception that is no object here"):
        b.exports.run()


def test_exception_of_the_own_store_passes_through_python() -> None:
    text = """(module (import "env" "f" (func $f)) (tag $e)
      (func (export "throws") (throw $e))
      (func (export "run") (result i32)
        (block $h (try_table (catch $e $h) (call $f)) (return (i32.const 0)))
        (i32.const 1)))"""
    held: list[Instance] = []

    def call_back() -> None:
        held[0].exports.throws()

    own = wl.instantiate(wl.assemble(text), {"env": {"f": call_back}})
    held.append(own)
    assert own.exports.run() == 1


@pytest.mark.parametrize(
    ("take", "value"),
    [
        ("call", 5),
        ("call", "f"),
        ("call", len),
        ("get", 5),
        ("get", 16),
        ("get", object()),
        ("eq", "text"),
        ("eq", 1 << 31),
        ("exn", 8),
    ],
)
def test_value_that_is_no_reference_of_the_type_is_refused(take: str, value: PyValue) -> None:
    with pytest.raises(UsageError, match="expected, found"):
        TAKES[take](instance(), value)


def test_reference_of_another_type_is_refused() -> None:
    a = instance()
    for take, value in (("call", a.exports.make()), ("get", a.exports.function())):
        with pytest.raises(UsageError, match="expected, found"):
            TAKES[take](a, value)
    with pytest.raises(UsageError, match="i32 expected, found an object"):
        a.exports.number.value = a.exports.make()
    with pytest.raises(UsageError, match="expected, found a function"):
        a.exports.object.value = a.exports.function()


def test_numbers_and_python_objects_are_what_they_were() -> None:
    a, thing = instance(), object()
    assert a.exports.eq(-5) == -5
    assert a.exports.any(1 << 30) == -(1 << 30)
    assert a.exports.any(thing) is thing
    for value in (thing, 5, "text", [1]):
        assert a.exports.extern(value) is value


@pytest.mark.parametrize("index", [-1, 2, 1 << 40])
def test_element_outside_a_table_traps(index: int) -> None:
    table = instance().exports.table
    with pytest.raises(Trap):
        table[index] = None
    with pytest.raises(Trap):
        table[index]  # pyright: ignore[reportUnusedExpression] - it is what traps


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_reference_to_an_object_that_has_gone_is_refused(engine: str) -> None:
    text = """(module (import "env" "swap" (func $swap (param structref) (result structref)))
      (type $s (struct (field i32)))
      (func (export "run")
        (drop (call $swap (struct.new $s (i32.const 1))))
        (drop (call $swap (ref.null struct)))))"""
    held: list[PyValue] = []

    def swap(value: PyValue) -> PyValue:
        held.append(value)
        return held[0]

    s = wl.Session(wl.assemble(text), imports={"env": {"swap": swap}}, invoke="run", engine=engine)
    s.run()
    assert len(held) == 2
    s.to_start()
    with pytest.raises(UsageError, match="structref expected, found an object"):
        to_bits(s.control.store, RefType(nullable=True, heap=STRUCT), held[0])


def test_collection_leaves_references_to_living_objects_usable() -> None:
    text = f"""(module (type $s (struct (field i32)))
      (global (export "kept") (mut (ref null $s)) (ref.null $s))
      (func (export "make") (param i32) (result (ref $s)) (struct.new $s (local.get 0)))
      {WASTE}
      (func (export "get") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0))))"""
    a = wl.instantiate(wl.assemble(text))
    kept = a.exports.make(5)
    a.exports.kept.value = kept
    a.exports.waste()
    assert a.exports.get(kept) == 5
