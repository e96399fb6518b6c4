"""SIMD loads and stores: whole vectors, extended and repeated parts, single lanes."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.lanes import INTEGER_SHAPES, LaneShape, packer, unpacker
from wasmlab.isa.memory import same
from wasmlab.isa.vector_lane import lane_getter, lane_setter
from wasmlab.syntax.row import Access, Imm, Kind, Row, anchor
from wasmlab.syntax.types import ADDR, V128

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.protocols import Emitter, Value

_LETTERS = {8: "b", 16: "h", 32: "i", 64: "q"}


def _load(
    number: int,
    name: str,
    nbytes: int,
    py: Callable[[int], int],
    llvm: Callable[[Emitter, Value], Value],
    doc: str,
    label: str,
) -> Row:
    return Row(
        (0xFD, number), f"v128.{name}", (ADDR,), (V128,), (Imm.MEMARG,), Kind.LOAD, py, llvm,
        doc, anchor(label), access=Access(nbytes), feature="simd",
    )  # fmt: skip


def _llvm_same(_e: Emitter, raw: Value) -> Value:
    return raw


def _stored(value: int) -> int:
    return value


def _llvm_stored(_e: Emitter, value: Value) -> Value:
    return value


def extender(width: int, *, signed: bool) -> Callable[[int], int]:
    """Return the function from 64 bits in lanes of that width to lanes twice as wide."""
    count = 64 // width
    narrow, wide = _LETTERS[width], _LETTERS[2 * width]
    if not signed:
        narrow, wide = narrow.upper(), wide.upper()
    unpack, pack = unpacker(f"{count}{narrow}"), packer(f"{count}{wide}")

    def extend(raw: int) -> int:
        return pack(*unpack(raw))

    return extend


def _llvm_extender(width: int, *, signed: bool) -> Callable[[Emitter, Value], Value]:
    def llvm(e: Emitter, raw: Value) -> Value:
        lanes = e.lanes(raw, width)
        return e.joined(e.sext(lanes, 2 * width) if signed else e.zext(lanes, 2 * width))

    return llvm


def extending_loads(first: int, doc: str) -> Iterator[Row]:
    """Yield ``v128.load8x8_s`` to ``v128.load32x2_u``."""
    number = first
    for width in (8, 16, 32):
        for suffix, how in (("s", "by their signs"), ("u", "with zeros")):
            signed = suffix == "s"
            py, llvm = extender(width, signed=signed), _llvm_extender(width, signed=signed)
            name, sentence = f"load{width}x{64 // width}_{suffix}", doc.format(64 // width, how)
            yield _load(number, name, 8, py, llvm, sentence, "exec-vload-pack")
            number += 1


def _splat_load(number: int, s: LaneShape, doc: str) -> Row:
    ones = s.ones

    def py(raw: int) -> int:
        return raw * ones

    def llvm(e: Emitter, raw: Value) -> Value:
        return e.joined(e.splat(raw, s.count))

    return _load(number, f"load{s.width}_splat", s.width // 8, py, llvm, doc, "exec-vload-splat")


def _zero_load(number: int, width: int, doc: str) -> Row:
    def llvm(e: Emitter, raw: Value) -> Value:
        return e.zext(raw, 128)

    return _load(number, f"load{width}_zero", width // 8, same, llvm, doc, "exec-vload-zero")


def _lane_load(number: int, s: LaneShape, doc: str) -> Row:
    replace = lane_setter(s)

    def py(raw: int, lane: int, vector: int) -> int:
        return replace(lane, vector, raw)

    def llvm(e: Emitter, raw: Value, lane: Value, vector: Value) -> Value:
        return e.joined(e.insert(e.lanes(vector, s.width), lane, raw))

    return Row(
        (0xFD, number), f"v128.load{s.width}_lane", (ADDR, V128), (V128,),
        (Imm.MEMARG, Imm.LANE), Kind.LANE, py, llvm, doc, anchor("exec-vload_lane"),
        access=Access(s.width // 8), feature="simd",
    )  # fmt: skip


def _lane_store(number: int, s: LaneShape, doc: str) -> Row:
    get = lane_getter(s)

    def py(lane: int, vector: int) -> int:
        return get(lane, vector)

    def llvm(e: Emitter, lane: Value, vector: Value) -> Value:
        return e.extract(e.lanes(vector, s.width), lane)

    return Row(
        (0xFD, number), f"v128.store{s.width}_lane", (ADDR, V128), (),
        (Imm.MEMARG, Imm.LANE), Kind.LANE, py, llvm, doc, anchor("exec-vstore_lane"),
        access=Access(s.width // 8), feature="simd",
    )  # fmt: skip


_STORE = Row(
    (0xFD, 0x0B), "v128.store", (ADDR, V128), (), (Imm.MEMARG,), Kind.STORE,
    _stored, _llvm_stored, "Stores a vector in memory; traps outside it.",
    anchor("exec-vstore"), access=Access(16), feature="simd",
)  # fmt: skip

# Columns: number after 0xFD, name, bytes, Python semantics, LLVM semantics, doc, anchor.
# fmt: off
ROWS: tuple[Row, ...] = (
    _load(0x00, "load", 16, same, _llvm_same, "Loads a vector from memory; traps outside it.", "exec-vload-val"),
    *extending_loads(0x01, "Loads {} lanes and extends them {} to twice their width."),
    *(_splat_load(0x07 + i, s, "Loads a lane and copies it to all.") for i, s in enumerate(INTEGER_SHAPES)),
    _STORE,
    *(_lane_load(0x54 + i, s, "Loads one lane; the others stay.") for i, s in enumerate(INTEGER_SHAPES)),
    *(_lane_store(0x58 + i, s, "Stores one lane.") for i, s in enumerate(INTEGER_SHAPES)),
    _zero_load(0x5C, 32, "Loads the lowest lane, 32 bits; the others are zero."),
    _zero_load(0x5D, 64, "Loads the lowest lane, 64 bits; the other is zero."),
)
# fmt: on
