"""Encoded bodies on disk: the second run needs no body decoded, and does the same."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from tests.native.stores import assembled, entered, live
from wasmlab import cache
from wasmlab.errors import Trap, TrapCode
from wasmlab.exec import body as exec_body
from wasmlab.exec.code import set_probes
from wasmlab.exec.lazy_code import code_of
from wasmlab.exec.machine import run
from wasmlab.exec.place import backtrace
from wasmlab.native.cache import body_cache
from wasmlab.native.cache.body_cache import StoreBodies
from wasmlab.native.machine import NativeMachine
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.module import Module
    from wasmlab.runtime.store import Store
    from wasmlab.syntax import module as syntax
    from wasmlab.syntax.instr import Body
    from wasmlab.valid.body import TypedBody

PROGRAM = """(module
  (import "host" "note" (func $note (param i32)))
  (type $unary (func (param i32) (result i32)))
  (memory 1) (global $g (mut i32) (i32.const 3)) (table $t 2 funcref) (elem (i32.const 0) $thrice)
  (elem declare func $plus)
  (tag $tag (param i32))
  (func $thrice (type $unary) (i32.mul (local.get 0) (global.get $g)))
  (func $plus (type $unary) (local v128) (i32.add (local.get 0) (i32.const 1)))
  (func $throws (param i32) (throw $tag (local.get 0)))
  (func $catches (param i32) (result i32)
    (block $b (result i32)
      (try_table (catch $tag $b) (call $throws (local.get 0)))
      (i32.const 0)))
  (func $last (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (unreachable)))
    (call $note (local.get 0))
    (i32.store (i32.const 8) (local.get 0))
    (return_call_ref $unary (local.get 0) (ref.func $plus)))
  (func (export "main") (param i32) (result i32)
    (i32.add (call_indirect $t (type $unary) (local.get 0) (i32.const 0))
      (i32.add (call $catches (local.get 0)) (call $last (local.get 0))))))"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep bodies of modules of any size, in a folder of this test's own."""

    gc.collect()  # other tests' stores write what they have to where they belong
    monkeypatch.setattr(cache, "folder", lambda: str(tmp_path))
    monkeypatch.setattr(body_cache, "WORTH_KEEPING", 1)
    return tmp_path


def note(_value: int) -> None:
    return


def begun(module: Module, n: int = 5, engine: str = "native") -> Store:
    return entered(module, "main", (n,), engine, {"host": {"note": note}})


def finish(store: Store) -> Store:
    assert (store.tier or run)(store, 1 << 40) is Status.DONE
    return store


def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that function indices are added to as bodies are decoded."""
    found, real = list[int](), exec_body.validate_body

    def validate_body(module: syntax.Module, index: int, body: Body) -> TypedBody:
        found.append(index)
        return real(module, index, body)

    monkeypatch.setattr(exec_body, "validate_body", validate_body)
    return found


def saved_once(module: Module) -> None:
    """Run it and let its bodies be written, as when the store goes away."""
    finish(begun(module))
    gc.collect()


def test_second_run_does_the_same_and_decodes_what_the_reference_executes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = assembled(PROGRAM)
    expected = live(finish(begun(module, engine="reference")))
    saved_once(module)
    assert len(list(folder.glob("*.bodies"))) == 1
    found = decoded(monkeypatch)
    assert live(finish(begun(module))) == expected
    thrice = module.syntax.imported_funcs
    assert found
    assert not {thrice, thrice + 1} & set(found)


def test_trap_in_a_body_from_disk_has_its_place() -> None:
    module = assembled(PROGRAM)
    saved_once(module)
    caught: list[tuple[object, ...]] = []
    for engine in ("reference", "native"):
        store = begun(module, 0, engine)
        with pytest.raises(Trap) as trap:
            (store.tier or run)(store, 1 << 40)
        error = trap.value
        caught.append((error.code, error.offset, backtrace(store)[0][1], live(store)))
    assert caught[0] == caught[1]
    assert caught[0][0] is TrapCode.UNREACHABLE


def test_probe_stops_in_a_body_from_disk() -> None:
    module = assembled(PROGRAM)
    saved_once(module)
    store = begun(module)
    store.tier = store.tier or run
    while store.agent.depth < 2:
        store.tier(store, store.tick + 1)
    code: Any = store.funcs[store.agent.record(1, 0)].code
    set_probes(code, {2})
    assert store.tier(store, 1 << 40) is Status.PROBE
    assert store.agent.record(1, 1) == 2


@pytest.mark.parametrize("cut", [slice(-1), slice(1, None)])
def test_damaged_bodies_are_made_again(folder: Path, cut: slice) -> None:
    module = assembled(PROGRAM)
    saved_once(module)
    (path,) = folder.glob("*.bodies")
    whole = path.read_bytes()
    path.write_bytes(whole[cut])
    expected = live(finish(begun(module, engine="reference")))
    assert live(finish(begun(module))) == expected
    saved_once(module)
    assert path.read_bytes() == whole


def prepare(machine: NativeMachine, index: int) -> None:
    """Encode a function of a machine that does not know it yet."""
    func = machine.store.instances[0].funcs[index]
    code_of(func)
    machine.prepare(func)


def test_bodies_of_two_runs_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    module = assembled(PROGRAM)
    thrice = module.syntax.imported_funcs
    machines = [NativeMachine(begun(module, engine="reference")) for _ in range(2)]
    for number in range(2):
        prepare(machines[number], thrice + number)
    machines.clear()
    gc.collect()
    funcs = begun(module, engine="reference").instances[0].funcs
    bodies, found = StoreBodies(), decoded(monkeypatch)
    assert bodies.layout(funcs[thrice]) == code_of(funcs[thrice]).layout
    assert bodies.layout(funcs[thrice + 1]) is not None
    assert bodies.layout(funcs[thrice + 2]) is None
    assert found == [thrice]


def test_small_module_leaves_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_cache, "WORTH_KEEPING", 20_000)
    saved_once(assembled(PROGRAM))
    assert not list(folder.glob("*.bodies"))
