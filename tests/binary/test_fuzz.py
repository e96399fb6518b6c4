"""Whatever the bytes are: a module, or an error of wasmlab's own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from wasmlab.binary.custom import check_customs
from wasmlab.binary.decode import decode, decode_body
from wasmlab.errors import WasmlabError
from wasmlab.isa.index import ROWS

if TYPE_CHECKING:
    from wasmlab.syntax.row import Row

SECTIONS = {
    1: b"\x03\x60\x02\x7f\x7f\x01\x7f\x4e\x01\x5f\x01\x63\x01\x01\x60\x00\x00",
    2: b"\x02\x01a\x01f\x00\x00\x01b\x00\x7f\x01\x01g\x03\x7f\x00",
    3: b"\x01\x00",
    4: b"\x01\x70\x00\x02",
    5: b"\x01\x01\x01\x02",
    13: b"\x01\x00\x02",
    6: b"\x01\x7f\x01\x41\x07\x0b",
    7: b"\x01\x01e\x00\x01",
    8: b"\x00",
    9: b"\x02\x00\x41\x00\x0b\x01\x01\x05\x70\x01\xd0\x70\x0b",
    12: b"\x01",
    10: b"\x01\x14\x01\x02\x7e\x20\x00\x04\x7f\x28\x02\x00\x05\x41\x80\x01\x0b\xfc\x0a\x00\x00\x0b",
    11: b"\x01\x00\x41\x00\x0b\x02hi",
    0: b"\x04name\x01\x04\x01\x00\x01f\x02\x06\x01\x00\x01\x00\x01x",
}
WHOLE = b"\0asm\x01\0\0\0" + b"".join(
    bytes([number, len(content)]) + content for number, content in SECTIONS.items()
)


def load(data: bytes) -> None:
    with suppress(WasmlabError):
        module = decode(data)
        with suppress(WasmlabError):
            check_customs(module)
        for func in module.funcs:
            with suppress(WasmlabError):
                decode_body(module, func)


def test_seed_of_the_mutations_is_whole() -> None:
    module = decode(WHOLE)
    check_customs(module)
    assert len(decode_body(module, module.funcs[0]).instrs) == 8
    assert module.warnings == ()


@given(st.binary(max_size=200))
def test_any_bytes_after_the_preamble_are_handled(data: bytes) -> None:
    load(WHOLE[:8] + data)


@settings(max_examples=200)
@given(st.data())
def test_mutated_module_is_handled(data: st.DataObject) -> None:
    at = data.draw(st.integers(8, len(WHOLE) - 1))
    cut = data.draw(st.integers(0, 6))
    new = data.draw(st.binary(max_size=6))
    load(WHOLE[:at] + new + WHOLE[at + cut :])


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(ROWS), st.binary(max_size=6)), max_size=12))
def test_any_instructions_are_handled(code: list[tuple[Row, bytes]]) -> None:
    content = b"\x00"
    for row, imms in code:
        number = bytes([n & 0x7F | 0x80 for n in row.opcode[1:]] + [n >> 7 for n in row.opcode[1:]])
        content += bytes(row.opcode[:1]) + number + imms
    head = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a"
    size = len(content) + 1
    load(head + bytes([size + 2, 1, size]) + content + b"\x0b")


def test_truncation_anywhere_is_handled() -> None:
    for end in range(len(WHOLE)):
        load(WHOLE[:end])
