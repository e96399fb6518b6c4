"""Which tier runs; results are the same in each."""

from __future__ import annotations

import builtins
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from wasmlab.engine import tier
from wasmlab.engine.program import ProgramOptions, call_export, exported_func, load_program
from wasmlab.engine.slices import run_slices
from wasmlab.engine.work import Work
from wasmlab.errors import Interrupted, Unsupported, UsageError
from wasmlab.exec.invocation import begin
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.module import assemble
from wasmlab.native import loop, machine
from wasmlab.native.cache import preparation
from wasmlab.runtime.store import Status

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.engine.program import Program
    from wasmlab.native.cache.body_cache import StoreBodies
    from wasmlab.runtime.store import Store

LOOP = """(module (func (export "count") (param i64) (result i64) (local i64)
  (loop (local.set 1 (i64.add (local.get 1) (i64.const 1)))
    (br_if 0 (i64.lt_u (local.get 1) (local.get 0))))
  (local.get 1)))"""


def program(engine: str) -> Program:
    return load_program(assemble(LOOP), Wasi(), ProgramOptions(engine=engine))


def entered(engine: str, count: int) -> Program:
    made = program(engine)
    begin(made.store, exported_func(made, "count"), (count,))
    return made


@pytest.mark.parametrize("engine", tier.ENGINES)
def test_results_and_ticks_are_the_same_in_every_tier(engine: str) -> None:
    made = program(engine)
    assert call_export(made, "count", 20_000) == 20_000
    assert made.store.tick == 20_000 * 8 + 2


@pytest.mark.parametrize("engine", tier.ENGINES)
@pytest.mark.parametrize(
    "limit", [1, tier.TIER_UP_THRESHOLD - 1, tier.TIER_UP_THRESHOLD, tier.TIER_UP_THRESHOLD + 1]
)
def test_limit_is_kept_exactly_where_tiers_change(engine: str, limit: int) -> None:
    made = entered(engine, 1 << 40)
    assert made.store.tier is None or made.store.tier(made.store, limit) is Status.FUEL
    assert made.store.tick == (limit if made.store.tier else 0)


def test_unknown_engine_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match="auto, reference, native"):
        program("jit")


def test_without_llvmlite_native_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier, "_has_native", lambda: False)
    with pytest.raises(Unsupported, match="llvmlite"):
        program("native")


def test_without_llvmlite_auto_stays_with_the_reference_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real_import: Any = builtins.__import__

    def importing(name: str, *rest: object) -> object:
        if name.startswith("wasmlab.native"):
            raise ImportError("No module named 'llvmlite'")
        return real_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", importing)
    for _ in range(2):
        assert call_export(program("auto"), "count", 9_000) == 9_000
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "native engine" in caplog.text


def test_pause_from_another_thread_stops_an_endless_loop() -> None:
    made, work = entered("native", 1 << 60), Work()
    timer = threading.Timer(0.02, work.request)
    timer.start()
    with pytest.raises(Interrupted):
        run_slices(made.store, work=work)
    timer.join()
    assert made.store.tick > 0
    assert made.store.agent.depth == 1


class Compiling:
    """A compilation that is over at the third look."""

    looks = 0

    @property
    def is_over(self) -> bool:
        Compiling.looks += 1
        return Compiling.looks > 2


def test_auto_goes_on_in_the_reference_while_the_loop_is_compiled(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Compiling, "looks", 0)
    monkeypatch.setattr(loop, "is_ready", lambda: Compiling.looks > 2)
    monkeypatch.setattr(preparation, "preparation", Compiling)
    loaded: list[int] = []

    class Machine(machine.NativeMachine):
        def __init__(self, store: Store, bodies: StoreBodies | None = None) -> None:
            loaded.append(store.tick)
            super().__init__(store, bodies)

    monkeypatch.setattr(machine, "NativeMachine", Machine)
    made = program("auto")
    assert call_export(made, "count", 40_000) == 40_000
    assert made.store.tick == 40_000 * 8 + 2
    assert loaded == [3 * tier.TIER_UP_THRESHOLD]
    assert not caplog.records


def test_where_the_loop_cannot_be_compiled_beside_it_says_that_it_takes_a_while(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def preparing() -> Compiling:
        raise OSError("no process")

    vars(tier)["_say_once"].cache_clear()  # another test may have had it said
    monkeypatch.setattr(loop, "is_ready", lambda: False)
    monkeypatch.setattr(preparation, "preparation", preparing)
    for engine in ("auto", "native", "auto"):
        assert call_export(program(engine), "count", 9_000) == 9_000
    assert [record.message for record in caplog.records] == [
        "wasmlab: preparing the native engine, once (some seconds)"
    ]


def test_preparing_beside_compiles_the_loop_into_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys; from wasmlab.native import loop; from pathlib import Path\n"
        "loop.prepare = lambda: (Path(__file__).parent / 'done').touch()"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    process = preparation.Preparation()
    process.wait()
    assert process.is_over
    assert (tmp_path / "done").exists()
