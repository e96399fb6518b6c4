from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wasmlab.binary.decode import decode
from wasmlab.module import assemble
from wasmlab.text.assemble import assemble_text
from wasmlab.text.linemap import LineMap, read_line_map
from wasmlab.tools import WASM_OBJDUMP, run

if TYPE_CHECKING:
    from pathlib import Path

FUNC = """
  (func $f{n} (param $x i32) (result i32)
    (local $y i64)
    (if (result i32)
      (i32.eqz (local.get $x))
      (then (i32.const {n}))
      (else
        (i32.add
          (i32.const {n})
          (local.get $x))))
    (drop)
    block $b
      br $b
    end
    (; a ;) i32.const 1 i32.const 2
    i32.add)"""
WORD = re.compile(r"[a-z0-9_.]+")


def line_map_of(text: str) -> LineMap:
    made = assemble(text).line_map
    assert made is not None
    return made


def objdump(data: bytes, folder: Path) -> list[tuple[int, str]]:
    (folder / "m.wasm").write_bytes(data)
    shown = run(WASM_OBJDUMP, ("-d", "m.wasm"), folder).output.decode()
    found = re.findall(r"^ ([0-9a-f]+): [^|]*\| +([a-z][a-z0-9_.]*)(?= |$)", shown, re.MULTILINE)
    return [(int(offset, 16), mnemonic) for offset, mnemonic in found]


def test_line_map_of_300_functions_agrees_with_objdump(tmp_path: Path) -> None:
    text = "(module" + "".join(FUNC.format(n=n) for n in range(300)) + ")"
    made = assemble(text)
    assert made.line_map is not None
    lines = text.split("\n")
    instructions = objdump(made.data, tmp_path)
    assert len(instructions) == 300 * 17
    ends = {func.body.end - 1 for func in decode(made.data).funcs}
    for offset, mnemonic in instructions:
        position = made.line_map.at(offset)
        assert position is not None
        rest = lines[position.line - 1][position.column - 1 :]
        if offset in ends:
            assert rest.startswith(")")
        elif offset not in made.line_map.marks:
            found = WORD.match(rest)
            assert found is not None
            assert found[0] == mnemonic, (hex(offset), position)


def test_line_map_line_binds_to_its_lowest_offset() -> None:
    line_map = line_map_of("(module (func\n (drop (i32.add (i32.const 1)\n (i32.const 2)))))")
    second, third = line_map.offset(2), line_map.offset(3)
    assert second is not None
    assert third is not None
    assert third - second == 2
    assert sorted(line_map.first_offsets) == [2, 3]


def test_line_map_else_and_end_bind_no_line() -> None:
    text = "(module (func\nblock\nend\ni32.const 0\nif\nnop\nelse\nend\n))"
    line_map = line_map_of(text)
    assert sorted(line_map.first_offsets) == [2, 4, 5, 6]


def test_line_map_column_counts_characters() -> None:
    line_map = line_map_of("(module (func (;é𝄞;) nop))")
    assert [p.column for p in line_map.positions.values()] == [22, 25]


def test_line_map_closing_parenthesis_skips_imports_and_types() -> None:
    line_map = line_map_of(
        '(func (import "a" "b"))(import "a" "c" (func))\n(type (func))\n(table 1 (ref null func)'
        " (ref.null func)) (elem declare func 2)\n(func (param (ref func))\n)"
    )
    assert list(line_map.positions.values()) == [(5, 1)]


def test_read_line_map_row_inside_an_instruction_is_refused() -> None:
    data = assemble_text("(module (func i32.const 1000 drop))").data
    assert read_line_map(sequence(address=2), decode(data), "") is not None
    assert read_line_map(sequence(address=3), decode(data), "") is None
    assert read_line_map(sequence(address=9), decode(data), "") is None


def sequence(address: int) -> bytes:
    """Return a DWARF 5 line table with one row."""
    header = bytes([1, 1, 1, 0xFB, 14, 10]) + bytes(9)
    program = bytes([0, 5, 2, address, 0, 0, 0, 1, 0, 1, 1])
    tail = len(header).to_bytes(4, "little") + header + program
    unit = (5).to_bytes(2, "little") + b"\4\0" + tail
    return len(unit).to_bytes(4, "little") + unit
