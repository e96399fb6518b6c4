"""Worked examples: an instruction on numbers small enough to check by hand, computed by its row."""

from __future__ import annotations

from wasmlab.errors import Trap
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.isa.bits import F32_FORMAT, F64_FORMAT, signed
from wasmlab.syntax.row import Imm, Kind
from wasmlab.syntax.types import F32, F64, I32, I64, V128, ValType
from wasmlab.text.numerals import float_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.syntax.row import Row

_WIDTHS: dict[ValType, int] = {I32: 32, I64: 64, F32: 32, F64: 64, V128: 128}
_SAMPLES: tuple[tuple[float, ...], ...] = ((7, 2, 3, 4), (-7, 2, 3, 4))
_FRACTIONS = (6.5, 0.25, 0.5, 2.0)
_ZEROS = (1, 0, 0, 0)
"""Shown where they trap."""
_RAW = 0xF0E0_D0C0_B0A0_9080_7060_5040_3020_10F8
"""What lies in memory where an instruction loads."""
_IMMEDIATES: dict[Imm, object] = {
    Imm.I32: 7,
    Imm.I64: 7,
    Imm.F32: F32_FORMAT.encode(0.5),
    Imm.F64: F64_FORMAT.encode(0.5),
    Imm.V128: 0x0F0E_0D0C_0B0A_0908_0706_0504_0302_0100,
    Imm.LANE: 1,
    Imm.LANES: tuple(range(15, -1, -1)),
}


def examples(row: Row) -> list[str]:
    """Return lines such as ``7 2 -> 9``; none where the outcome depends on the machine's state."""
    match row.kind:
        case Kind.PURE:
            found = _pure_cases(row)
        case Kind.LOAD:
            found = [_load(row)]
        case Kind.STORE:
            found = [_store(row, numbers) for numbers in _SAMPLES]
        case _:
            found = []
    return list(dict.fromkeys(line for line in found if line))


def _pure_cases(row: Row) -> list[str]:
    has_floats = F32 in (row.params or ()) or F64 in (row.params or ())
    found = [
        _pure(row, numbers) for numbers in (_SAMPLES[0], _FRACTIONS if has_floats else _SAMPLES[1])
    ]
    zeros = _pure(row, _ZEROS)
    return [*found, zeros] if "trap" in zeros else found


def _pure(row: Row, numbers: Sequence[float]) -> str:
    params, results = row.params, row.results
    if row.py is None or params is None or results is None or len(params) > len(numbers):
        return ""
    if any(imm not in _IMMEDIATES for imm in row.imms):
        return ""
    operands = [_bits(t, number) for t, number in zip(params, numbers, strict=False)]
    imms = [_IMMEDIATES[imm] for imm in row.imms]
    before = " ".join(_text(t, bits) for t, bits in zip(params, operands, strict=True))
    try:
        outcome = row.py(*imms, *operands)
    except Trap as trap:
        return f"{before}  ->  trap: {trap.code.value}"
    found = cast("tuple[int, ...]", outcome) if isinstance(outcome, tuple) else (outcome,)
    after = " ".join(_text(t, bits) for t, bits in zip(results, found, strict=True))
    return f"{before}  ->  {after}".strip()


def _load(row: Row) -> str:
    if row.py is None or row.results is None or row.access is None:
        return ""
    raw = _RAW & (1 << 8 * row.access.nbytes) - 1
    return f"memory {_bytes(raw, row)}  ->  {_text(row.results[0], row.py(raw))}"


def _store(row: Row, numbers: Sequence[float]) -> str:
    if row.py is None or row.params is None or row.access is None:
        return ""
    t = row.params[-1]
    bits = _bits(t, numbers[0])
    raw = row.py(bits) & (1 << 8 * row.access.nbytes) - 1
    return f"{_text(t, bits)}  ->  memory {_bytes(raw, row)}"


def _bytes(raw: int, row: Row) -> str:
    return raw.to_bytes(row.access.nbytes if row.access else 0, "little").hex(" ")


def _bits(t: ValType, number: float) -> int:
    """Return the bit pattern of a number, rounded down for an integer type."""
    if t is F32:
        return F32_FORMAT.encode(number)
    if t is F64:
        return F64_FORMAT.encode(number)
    if t is V128:
        return int.from_bytes(bytes(int(number) + lane & 0xFF for lane in range(16)), "little")
    return int(number) & (1 << _WIDTHS.get(t, 64)) - 1


def _text(t: ValType, bits: int) -> str:
    """Return a bit pattern (before wrapping) as the number that it stands for."""
    width = _WIDTHS.get(t, 64)
    bits &= (1 << width) - 1
    if t is F32 or t is F64:
        return float_text(bits, t)
    return f"0x{bits:032x}" if t is V128 else str(signed(bits, width))
