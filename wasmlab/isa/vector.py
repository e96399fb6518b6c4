"""How rows of SIMD instructions are made: one line for all the shapes that have the instruction."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.lanes import FLOAT_SHAPES, INTEGER_SHAPES, FloatShape, LaneShape
from wasmlab.syntax.row import Kind, Row, anchor
from wasmlab.syntax.types import I32, V128

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.isa.protocols import Emitter, Value

    Py1 = Callable[[int], int]
    Py2 = Callable[[int, int], int]
    Py3 = Callable[[int, int, int], int]
    Llvm1 = Callable[[Emitter, Value], Value]
    Llvm2 = Callable[[Emitter, Value, Value], Value]
    Llvm3 = Callable[[Emitter, Value, Value, Value], Value]


def _row(
    number: int,
    mnemonic: str,
    params: int,
    py: Callable[..., int],
    llvm: Callable[..., Value],
    doc: str,
    label: str,
) -> Row:
    return Row(
        (0xFD, number), mnemonic, (V128,) * params, (V128,), (), Kind.PURE, py, llvm, doc,
        anchor(label), feature="relaxed-simd" if ".relaxed_" in mnemonic else "simd",
    )  # fmt: skip


def row1(number: int, mnemonic: str, py: Py1, llvm: Llvm1, doc: str, label: str) -> Row:
    """Return the row of an instruction from one v128 to one; label is the specification's."""
    return _row(number, mnemonic, 1, py, llvm, doc, label)


def row2(number: int, mnemonic: str, py: Py2, llvm: Llvm2, doc: str, label: str) -> Row:
    """Return the row of an instruction from two v128 to one."""
    return _row(number, mnemonic, 2, py, llvm, doc, label)


def row3(number: int, mnemonic: str, py: Py3, llvm: Llvm3, doc: str, label: str) -> Row:
    """Return the row of an instruction from three v128 to one."""
    return _row(number, mnemonic, 3, py, llvm, doc, label)


def test_row(number: int, mnemonic: str, py: Py1, llvm: Llvm1, doc: str, label: str) -> Row:
    """Return the row of an instruction from v128 to i32."""
    return Row(
        (0xFD, number), mnemonic, (V128,), (I32,), (), Kind.PURE, py, llvm, doc,
        anchor(label), feature="simd",
    )  # fmt: skip


def in_lanes(width: int, verb: Llvm1) -> Llvm1:
    """Lift a verb on a vector of lanes of that width to a 128-bit operand."""

    def llvm(e: Emitter, a: Value) -> Value:
        return verb(e, e.lanes(a, width))

    return llvm


def lanewise1(width: int, verb: Llvm1) -> Llvm1:
    """Lift a verb on vectors of lanes of that width to 128-bit integers."""

    def llvm(e: Emitter, a: Value) -> Value:
        return e.joined(verb(e, e.lanes(a, width)))

    return llvm


def lanewise2(width: int, verb: Llvm2) -> Llvm2:
    """Lift a verb on two vectors likewise."""

    def llvm(e: Emitter, a: Value, b: Value) -> Value:
        return e.joined(verb(e, e.lanes(a, width), e.lanes(b, width)))

    return llvm


def unop(
    name: str, numbers: tuple[int, ...], py: Callable[[LaneShape], Py1], llvm: Llvm1, doc: str
) -> Iterator[Row]:
    """Yield the rows of one vector; numbers are by integer shape, 0 where one lacks the row.

    py makes the function for a shape; llvm works on vectors.
    """
    for s, number in zip(INTEGER_SHAPES, numbers, strict=True):
        if number:
            lifted = lanewise1(s.width, llvm)
            sentence, label = doc.format(n=s.width), f"op-i{name}"
            yield row1(number, f"{s.name}.{name}", py(s), lifted, sentence, label)


def binop(
    name: str, numbers: tuple[int, ...], py: Callable[[LaneShape], Py2], llvm: Llvm2, doc: str
) -> Iterator[Row]:
    """Yield the rows of two vectors likewise."""
    for s, number in zip(INTEGER_SHAPES, numbers, strict=True):
        if number:
            lifted = lanewise2(s.width, llvm)
            sentence, label = doc.format(n=s.width), f"op-i{name}"
            yield row2(number, f"{s.name}.{name}", py(s), lifted, sentence, label)


def relop(
    name: str, numbers: tuple[int, ...], py: Callable[[LaneShape], Py2], llvm: Llvm2, doc: str
) -> Iterator[Row]:
    """Yield the rows of comparisons likewise; llvm gives a bit per lane."""
    for s, number in zip(INTEGER_SHAPES, numbers, strict=True):
        if number:
            lifted = lanewise2(s.width, llvm_mask(llvm, s.width))
            yield row2(number, f"{s.name}.{name}", py(s), lifted, doc, f"op-i{name}")


def llvm_mask(relation: Llvm2, width: int) -> Llvm2:
    """Return the relation with all ones for true, zeros for false."""
    return lambda e, a, b: e.sext(relation(e, a, b), width)


def float_relop(
    name: str, numbers: tuple[int, int], py: Callable[[float, float], bool], llvm: Llvm2, doc: str
) -> Iterator[Row]:
    """Yield the rows of comparisons; py compares numbers, llvm gives a bit per lane of floats."""
    for s, number in zip(FLOAT_SHAPES, numbers, strict=True):
        lifted = lanewise2(s.format.width, llvm_mask(_on_floats(llvm), s.format.width))
        sentence, label = doc, f"op-f{name}"
        yield row2(number, f"{s.name}.{name}", float_mask(s, py), lifted, sentence, label)


def _on_floats(relation: Llvm2) -> Llvm2:
    return lambda e, a, b: relation(e, e.to_float(a), e.to_float(b))


def float_mask(s: FloatShape, relation: Callable[[float, float], bool]) -> Py2:
    """Return the function that sets lanes where a relation holds to ones, others to zeros."""
    values, pack = s.values, s.integers.of_signed
    return lambda a, b: pack(*[-relation(x, y) for x, y in zip(values(a), values(b), strict=True)])


def float_unop(
    name: str, numbers: tuple[int, int], py: Callable[[FloatShape], Py1], llvm: Llvm1, doc: str
) -> Iterator[Row]:
    """Yield the rows of one vector of floats; llvm works on vectors of their bits."""
    for s, number in zip(FLOAT_SHAPES, numbers, strict=True):
        lifted = lanewise1(s.format.width, llvm)
        yield row1(number, f"{s.name}.{name}", py(s), lifted, doc, f"op-f{name}")


def float_binop(
    name: str, numbers: tuple[int, int], py: Callable[[FloatShape], Py2], llvm: Llvm2, doc: str
) -> Iterator[Row]:
    """Yield the rows of two vectors of floats likewise."""
    for s, number in zip(FLOAT_SHAPES, numbers, strict=True):
        lifted = lanewise2(s.format.width, llvm)
        yield row2(number, f"{s.name}.{name}", py(s), lifted, doc, f"op-f{name}")
