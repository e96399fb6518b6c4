"""Core dumps: modules of their own that say where a program stood."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from typing import TYPE_CHECKING

import pytest

import wasmlab as wl
from wasmlab.binary.reader import Reader
from wasmlab.cli.inspect import inspect_bytes
from wasmlab.debug.views import core_dump
from wasmlab.samples import folder

if TYPE_CHECKING:
    from pathlib import Path

Value = int | bytes | None
Frame = tuple[int, int, int, list[Value], list[Value]]

STATE = """
(module
  (memory $a 1) (memory $b i64 1 8)
  (global $i (mut i32) (i32.const -5)) (global $l i64 (i64.const -6))
  (global $f f32 (f32.const 1.5)) (global $d (mut f64) (f64.const -2.5))
  (global $v (mut v128) (v128.const i64x2 1 2)) (global $r (mut funcref) (ref.func $leaf))
  (data (memory $a) (i32.const 5000) "low") (data (memory $a) (i32.const 60000) "high")
  (data (memory $b) (i64.const 9) "other")
  (func $leaf (param $n i32) (param $big i64) (local $x f32) (local $y f64) (local $s v128)
    (local.set $x (f32.const 0.5))
    (i32.const 77) (f64.const 3) (unreachable))
  (func $main (export "_start") (local $ref funcref)
    (i32.const 11)
    (call $leaf (i32.const -1) (i64.const -2))
    (drop)))
"""


def trapped(text: str = STATE) -> wl.Session:
    session = wl.Session(wl.assemble(text, file="state.wat"))
    session.run()
    return session


def section(module: wl.Module, name: str) -> Reader:
    return Reader(next(c.data for c in module.custom_sections if c.name == name))


def read_name(reader: Reader) -> str:
    return reader.take(reader.u32()).decode()


def read_value(reader: Reader) -> Value:
    match reader.byte():
        case 0x7F:
            return reader.signed(32)
        case 0x7E:
            return reader.signed(64)
        case 0x7D:
            return reader.take(4)
        case 0x7C:
            return reader.take(8)
        case kind:
            assert kind == 1
            return None


def read_frames(module: wl.Module) -> list[Frame]:
    reader = section(module, "corestack")
    assert reader.byte() == 0
    assert read_name(reader) == "main"
    frames: list[Frame] = []
    for _ in range(reader.u32()):
        assert reader.byte() == 0
        head = reader.u32(), reader.u32(), reader.u32()
        values = [[read_value(reader) for _ in range(reader.u32())] for _ in range(2)]
        frames.append((*head, values[0], values[1]))
    assert reader.pos == reader.end
    return frames


def test_frames_have_locals_operands_and_offsets() -> None:
    session = trapped()
    leaf, main = read_frames(wl.load(session.core_dump))
    code = {f.name: f.offset or 0 for f in session.module.functions}
    place = session.location
    assert place is not None
    half, three = bytes.fromhex("0000003f"), bytes.fromhex("0000000000000840")
    assert leaf == (
        0, 0, place.offset - code["leaf"], [-1, -2, half, bytes(8), None], [77, three],
    )  # fmt: skip
    caller = session.frames[1].location
    assert caller is not None
    assert main == (0, 1, caller.offset - code["main"], [None], [11])


def test_memories_are_what_they_were() -> None:
    session = trapped()
    session.step_back(4)
    dump = wl.load(session.core_dump)
    store = wl.instantiate(dump)._program.store  # pyright: ignore[reportPrivateUsage] - it exports nothing
    old = session.control.store
    assert [bytes(m.data[: m.size]) for m in store.mems] == [
        bytes(m.data[: m.size]) for m in old.mems
    ]
    width = store.global_count - 1
    assert store.global_slots[:width].tolist() == old.global_slots[:width].tolist()
    assert store.global_slots[width] == 0


def test_names_and_instances() -> None:
    library = wl.assemble('(module (memory (export "m") 1) (global i32 (i32.const 3)))')
    text = '(module (import "lib" "m" (memory 1)) (func (export "_start") nop))'
    session = wl.Session(wl.assemble(text, file="main.wat"), preload={"lib": library})
    dump = wl.load(session.core_dump)
    core = section(dump, "core")
    assert (core.byte(), read_name(core)) == (0, "main.wat")
    modules = section(dump, "coremodules")
    found = [(modules.byte(), read_name(modules)) for _ in range(modules.u32())]
    assert found == [(0, "lib"), (0, "main.wat")]
    instances = section(dump, "coreinstances")
    rows: list[tuple[int, list[int], list[int]]] = []
    for _ in range(instances.u32()):
        assert instances.byte() == 0
        rows.append(
            (
                instances.u32(),
                [instances.u32() for _ in range(instances.u32())],
                [instances.u32() for _ in range(instances.u32())],
            )
        )
    assert rows == [(0, [0], [0]), (1, [0], [])]


def test_dump_of_a_program_that_is_over_has_no_frames() -> None:
    session = wl.Session(wl.load(folder() / "hello.wat"))
    session.run()
    assert read_frames(wl.load(session.core_dump)) == []


def test_dump_is_a_state_of_the_past() -> None:
    session = trapped()
    session.to_start()
    assert len(read_frames(wl.load(session.core_dump))) == 1


def test_many_scattered_pages_become_few_segments(monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(core_dump, "_MOST_SEGMENTS", 3)
    text = """(module (memory 4) (func (export "_start") (local $i i32) (loop $l
      (i32.store (local.get $i) (i32.const -1))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 12000)))
        (i32.const 200000)))) unreachable))"""
    session = trapped(text)
    dump = wl.load(session.core_dump)
    assert len(dump.syntax.datas) <= 3
    copy = wl.instantiate(dump)._program.store.mems[0]  # pyright: ignore[reportPrivateUsage] - likewise
    assert bytes(copy.data[: copy.size]) == session.memory[0 : len(session.memory)]


def test_inspect_knows_a_core_dump() -> None:
    report = inspect_bytes(trapped().core_dump)
    assert report.abi.name == "core dump"


@pytest.mark.parametrize("name", ["trap.wat", "kotlin/shapes.wasm", "cpp/exceptions.wasm"])
def test_wasm_tools_accepts_and_reads_it(name: str, tmp_path: Path) -> None:
    tool = shutil.which("wasm-tools", path=sysconfig.get_path("scripts"))
    if tool is None:
        pytest.skip("wasm-tools is not installed")
    session = wl.Session(wl.load(folder() / name))
    session.run()
    session.goto(max(session.tick - 9, 0))
    path = tmp_path / "core.wasm"
    path.write_bytes(session.core_dump)
    command = [tool, "validate", "--features", "all", str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    shown = subprocess.run([tool, "dump", str(path)], capture_output=True, check=True, text=True)
    assert "CoreDumpStackFrame" in shown.stdout.replace("\n", "")
