"""Memories, tables, globals and functions that Python makes, and instances that share a store."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import TYPE_CHECKING, cast

import pytest

import wasmlab as wl
from tests.engine.waste import WASTE
from wasmlab.errors import NoSuchName, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

ALL = """(module
  (import "env" "memory" (memory 1 4))
  (import "env" "table" (table 2 funcref))
  (import "env" "count" (global $count (mut i32)))
  (import "env" "base" (global $base i64))
  (import "env" "add" (func $add (param i32 i32) (result i32)))
  (type $f (func (result i32)))
  (func (export "run") (param i32) (result i32)
    (global.set $count (call $add (global.get $count) (local.get 0)))
    (i32.store (i32.const 16) (global.get $count))
    (global.get $count))
  (func (export "base") (result i64) (global.get $base))
  (func (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "through") (param i32) (result i32)
    (call_indirect (type $f) (local.get 0))))"""


def plus(a: int, b: int) -> int:
    return a + b


def same(a: int) -> int:
    return a


def given() -> dict[str, Any]:
    return {
        "memory": wl.Memory(1, 4),
        "table": wl.Table("funcref", 2),
        "count": wl.Global("i32", 10, mutable=True),
        "base": wl.Global("i64", -1),
        "add": wl.Func(plus, "i32 i32 -> i32"),
    }


ENGINES = pytest.mark.parametrize("engine", ["reference", "native"])


@ENGINES
def test_parts_that_python_made_are_shared_with_the_instance(engine: str) -> None:
    parts = given()
    instance = wl.instantiate(wl.assemble(ALL), {"env": parts}, engine=engine)
    assert {part.store for part in parts.values()} == {instance.store}
    assert instance.exports.run(5) == 15
    assert parts["count"].value == 15
    assert parts["memory"].read_int(16) == 15
    parts["count"].value = 100
    assert instance.exports.run(1) == 101
    assert instance.exports.base() == -1
    parts["table"][1] = wl.Func(lambda: 42, "-> i32")
    assert instance.exports.through(1) == 42
    with pytest.raises(wl.Trap, match="uninitialized element"):
        instance.exports.through(0)
    assert instance.exports.grow() == 1
    assert (parts["memory"].pages, parts["memory"].grow(1), parts["memory"].pages) == (2, 2, 3)
    parts["memory"].write_int(3 * 65536 - 4, 7)
    assert parts["memory"][3 * 65536 - 4] == b"\x07"


@ENGINES
def test_instances_share_what_one_of_them_exports(engine: str) -> None:
    library = wl.instantiate(
        wl.assemble(
            """(module (memory (export "memory") 1) (global (export "n") (mut i32) (i32.const 3))
            (table (export "table") 1 funcref) (elem (i32.const 0) $two)
            (func $two (export "two") (result i32) (i32.const 2)))"""
        ),
        engine=engine,
    )
    user = wl.instantiate(
        wl.assemble(
            """(module (import "lib" "memory" (memory 1)) (import "lib" "n" (global $n (mut i32)))
            (import "lib" "table" (table 1 funcref)) (import "lib" "two" (func $two (result i32)))
            (type $f (func (result i32)))
            (func (export "run") (result i32)
              (i32.store8 (i32.const 0) (call $two))
              (global.set $n (i32.const 9))
              (call_indirect (type $f) (i32.const 0))))"""
        ),
        {"lib": library},
    )
    assert user.store is library.store
    assert user.exports.run() == 2
    assert library.memory[0] == b"\x02"
    assert library.exports.n.value == 9
    assert library.exports.table[0]() == 2
    assert library.exports.table[0] is library.exports.two


def test_store_on_purpose_is_that_of_what_is_made_and_instantiated_in_it() -> None:
    store = wl.Store()
    memory = wl.Memory(1, store=store)
    instance = wl.instantiate(wl.assemble("(module)"), store=store)
    assert memory.store is instance.store is store
    assert repr(store) == "<Store of 1 instance>"


def test_objects_of_two_stores_are_refused_by_name() -> None:
    parts = given()
    parts["memory"].write(0, b"used")
    parts["count"].store  # noqa: B018 - it gets one of its own
    with pytest.raises(UsageError, match=r'"env" "count", a global, is of another store than imp'):
        wl.instantiate(wl.assemble(ALL), {"env": parts})
    with pytest.raises(UsageError, match=r'"env" "memory", a memory, is of another store than the'):
        wl.instantiate(wl.assemble(ALL), {"env": {**given(), **parts}}, store=wl.Store())


@pytest.mark.parametrize("where", ["argument", "table", "global", "initial", "import"])
def test_function_of_another_store_is_refused_wherever_it_is_given(where: str) -> None:
    foreign = wl.Func(lambda: 1, "-> i32", store=wl.Store())
    store = wl.Store()
    text = '(module (func (export "f") (param funcref)))'
    instance = wl.instantiate(wl.assemble(text), store=store)
    gives = {
        "argument": lambda: instance.exports.f(foreign),
        "table": lambda: wl.Table("funcref", 1, store=store).__setitem__(0, foreign),
        "global": lambda: setattr(
            wl.Global("funcref", None, mutable=True, store=store), "value", foreign
        ),
        "initial": lambda: wl.Global("funcref", foreign, store=store),
        "import": lambda: wl.instantiate(
            wl.assemble('(module (import "a" "f" (func (result i32))))'),
            {"a": {"f": foreign}},
            store=store,
        ),
    }
    with pytest.raises(UsageError, match=r"of another (instance|store)"):
        gives[where]()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: wl.Memory(2, 1), "size minimum must not be greater than maximum"),
        (lambda: wl.Memory(65537), r"memory size must be at most 65536 pages \(4GiB\)"),
        (lambda: wl.Memory(-1), "a number from 0 on expected, found -1"),
        (lambda: wl.Memory(cast("int", "1")), "a number from 0 on expected, found '1'"),
        (lambda: wl.Table("i32", 1), "a table holds references, not i32"),
        (lambda: wl.Table("funcref", 1, init=5), "funcref expected, found int"),
        (lambda: wl.Global("i33", 1), "no value type 'i33'; there are i32, i64"),
        (lambda: wl.Global("i32", 1 << 40), "does not fit i32"),
        (lambda: wl.Global("i32", None), "i32 expected, found NoneType"),
        (lambda: wl.Func(cast("Any", 5), "-> i32"), "a function is needed, not a int"),
        (lambda: wl.Func(len), "have no types; give its type"),
        (lambda: wl.Func(len, "i32"), "not a function type: 'i32'; write i32 i32 -> i32"),
    ],
)
def test_wrong_descriptions_are_refused(
    make: Callable[[], wl.Memory | wl.Table | wl.Global | wl.Func], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        made_now(make)


def made_now(make: Callable[[], wl.Memory | wl.Table | wl.Global | wl.Func]) -> wl.Store:
    return make().store


def test_memory_is_read_and_written_within_its_bounds() -> None:
    memory = wl.Memory(1)
    memory[0:4] = b"abcd"
    memory[4:] = b"ef"
    memory[6] = 0x67
    memory[7] = b"h"
    assert memory[0:8] == b"abcdefgh"
    assert memory[6:3:-1] == b"gfe"
    for wrong in (
        lambda: memory[65536],
        lambda: memory[-1],
        lambda: memory.read(-4, 2),
        lambda: memory.__setitem__(slice(65535, None), b"xy"),
        lambda: memory.__setitem__(-1, 1),
        lambda: memory.write(-1, b"x"),
    ):
        with pytest.raises(wl.Trap, match="out of bounds memory access"):
            wrong()
    with pytest.raises(UsageError, match="4 bytes expected, found 3"):
        memory[0:4] = b"abc"
    with pytest.raises(UsageError, match="a byte is 0 to 255"):
        memory[0] = 256
    with pytest.raises(UsageError, match="a whole number"):
        memory["a"]  # pyright: ignore[reportArgumentType] - it is wrong
    with pytest.raises(wl.Exhaustion, match="memory limit exhausted: 1 page, and 70000 more"):
        memory.grow(70_000)


def test_table_grows_within_its_maximum() -> None:
    table = wl.Table("externref", 1, 2, init="first")
    assert (table.grow(1, "second"), list(table)) == (1, ["first", "second"])
    with pytest.raises(wl.Exhaustion):
        table.grow(1)
    with pytest.raises(UsageError, match="by its number"):
        table["a"]  # pyright: ignore[reportArgumentType] - it is wrong


def test_types_of_a_function_are_read_from_its_annotations() -> None:
    def mixed(caller: object, a: int, b: float, c: int) -> tuple[int, float]:
        del caller, c
        return a, b

    mixed.__annotations__.update({"c": "i64", "return": "tuple[int, f32]"})
    assert str(wl.Func(mixed).type) == "[i32 f64 i64] -> [i32 f32]"

    def nothing() -> None:
        pass

    assert wl.Func(nothing)() is None


def test_type_that_does_not_match_is_unlinkable() -> None:
    parts = {**given(), "add": wl.Func(same, "i32 -> i32")}
    with pytest.raises(wl.Unlinkable, match="incompatible import type"):
        wl.instantiate(wl.assemble(ALL), {"env": parts})


def test_session_takes_functions_and_refuses_other_parts_by_name() -> None:
    text = """(module (import "env" "f" (func $f (result i32)))
      (func (export "run") (result i32) (call $f)))"""
    f = wl.Func(lambda: 6, "-> i32")
    session = wl.Session(wl.assemble(text), imports={"env": {"f": f}}, invoke="run")
    assert session.run().results[0].value == 6
    for name, part, kind in (
        ("m", wl.Memory(1), "memory 1"),
        ("g", wl.Global("i32", 1), "global i32"),
        ("t", wl.Table("funcref", 1), "table 1 funcref"),
    ):
        module = wl.assemble(f'(module (import "env" "{name}" ({kind})))')
        with pytest.raises(UsageError, match=rf"env\.{name} is part of another instance"):
            wl.Session(module, imports={"env": {name: part}})


def test_grants_are_those_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes(b"text")
    program = wl.load("samples/hello.wat")
    instance = wl.instantiate(program, args=["-v"], env={"A": "b"}, dirs={"/": tmp_path}, stdin=b"")
    instance.exports._start()
    assert instance.output == b"Hello, world!\n"
    with pytest.raises(TypeError, match="instantiate: got an unexpected keyword argument 'colour'"):
        wl.instantiate(program, colour="red")
    with pytest.raises(TypeError, match="'invoke'"):
        wl.instantiate(program, invoke="f")
    with pytest.raises(UsageError, match="max_memory is a store's"):
        wl.instantiate(program, store=wl.Store(), max_memory=1)


def test_unknown_export_is_a_key_error_with_names_like_it() -> None:
    instance = wl.instantiate(wl.assemble('(module (func (export "add")))'))
    with pytest.raises(NoSuchName, match="no export 'ad'; did you mean add"):
        instance.exports["ad"]
    assert list(instance.exports) == dir(instance.exports) == ["add"]
    assert "add" in instance.exports


def test_instance_is_made_while_a_call_of_its_store_is_under_way() -> None:
    made: list[wl.Instance] = []
    store = wl.Store()

    def load() -> int:
        inner = wl.assemble('(module (func (export "five") (result i32) (i32.const 5)))')
        made.append(wl.instantiate(inner, store=store))
        return made[0].exports.five()

    text = """(module (import "a" "load" (func $load (result i32)))
      (func (export "f") (result i32) (i32.add (call $load) (i32.const 1))))"""
    outer = wl.instantiate(wl.assemble(text), {"a": {"load": load}}, store=store)
    assert outer.exports.f() == 6


@pytest.mark.parametrize("load", [wl.instantiate, wl.Session])
def test_imports_that_are_no_dictionary_are_refused_by_name(load: Callable[..., object]) -> None:
    with pytest.raises(UsageError, match="imports from 'env': a dictionary by name expected"):
        load(wl.assemble("(module)"), imports={"env": 5})


def test_session_calls_an_exported_function_as_a_host_function_and_goes_back() -> None:
    library = wl.instantiate(
        wl.assemble("""(module (global $n (mut i32) (i32.const 0))
          (func (export "next") (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))""")
    )
    text = """(module (import "lib" "next" (func $next (result i32)))
      (func (export "run") (result i32) (i32.add (call $next) (call $next))))"""
    session = wl.Session(
        wl.assemble(text), imports={"lib": {"next": library.exports.next}}, invoke="run"
    )
    assert session.run().results[0].value == 3
    session.to_start()
    assert session.run().results[0].value == 3
    assert library.exports.next() == 3


def test_store_has_the_limits_that_it_is_made_with() -> None:
    store = wl.Store(max_memory=1 << 20, engine="reference")
    memory = wl.Memory(17, store=store)
    memory[0:4] = b"some"
    with pytest.raises(wl.Exhaustion, match="memory limit exhausted"):
        memory[0:] = bytes(17 << 16)
    with pytest.raises(TypeError, match="Store: got an unexpected keyword argument 'dirs'"):
        wl.Store(dirs={})


@ENGINES
def test_objects_that_parts_of_python_hold_stay_alive(engine: str) -> None:
    text = f"""(module (type $s (struct (field i32)))
      (import "env" "kept" (global $kept (mut structref)))
      (import "env" "table" (table $t 1 structref))
      (func (export "make") (param i32) (result (ref $s)) (struct.new $s (local.get 0)))
      {WASTE}
      (func (export "get") (param structref) (result i32)
        (struct.get $s 0 (ref.cast (ref $s) (local.get 0)))))"""
    kept = wl.Global("structref", None, mutable=True)
    table = wl.Table("structref", 1)
    instance = wl.instantiate(
        wl.assemble(text), {"env": {"kept": kept, "table": table}}, engine=engine
    )
    kept.value, table[0] = instance.exports.make(5), instance.exports.make(6)
    instance.exports.waste()
    assert instance.exports.get(kept.value) == 5
    assert instance.exports.get(table[0]) == 6


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_objects_of_a_running_program_are_not_copied(take: Callable[[object], object]) -> None:
    instance = wl.instantiate(wl.assemble('(module (memory (export "m") 1))'))
    session = wl.Session(wl.assemble('(module (func (export "_start")))'))
    for there in (instance, instance.exports, instance.exports.m, instance.store, session):
        with pytest.raises(TypeError, match=f"{type(there).__name__} objects cannot be copied"):
            take(there)


def test_second_thread_in_a_store_is_refused_and_the_first_goes_on() -> None:
    text = """(module (import "env" "f" (func $f (result i32)))
      (func (export "run") (result i32) (call $f))
      (func (export "one") (result i32) (i32.const 1)))"""
    refused: list[str] = []

    def other() -> None:
        try:
            instance.exports.one()
        except UsageError as error:
            refused.append(str(error))

    def f() -> int:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return 41 + instance.exports.one()

    instance = wl.instantiate(wl.assemble(text), {"env": {"f": f}})
    assert instance.exports.run() == 42
    assert refused == [
        "another thread runs code of this store; give each thread a store of its own"
    ]
