"""Operands worth trying: the edges of every number type, and random ones from a fixed seed."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING

from wasmlab.isa.bits import BITS, F32_FORMAT, F64_FORMAT, FloatFormat
from wasmlab.syntax.row import Imm, Kind, Row
from wasmlab.syntax.types import F32, F64, V128, ValType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CASES = 240
"""How many operand tuples a row is tried with, at most."""
SHUFFLES: tuple[tuple[int, ...], ...] = (
    tuple(range(16)),
    tuple(range(31, 15, -1)),
    (0, 31, 1, 30, 2, 29, 3, 28, 4, 27, 5, 26, 6, 25, 7, 24),
    (17,) * 16,
)


def integer_edges(width: int) -> list[int]:
    """Return bit patterns around zero, the sign bit, the width and powers in between."""
    sign, top = 1 << width - 1, (1 << width) - 1
    around = [x + d for x in (0, sign, width, 1 << width // 2) for d in (-1, 0, 1, 2, -2)]
    patterns = [top // 3, top // 3 * 2, top // 255, sign >> 1, 0x7F, 0x80, 0x7FFF, 0x8000, 10, 7]
    nearly_ties = [sign | sign >> 24 | 1, sign >> 1 | sign >> 25 | 1, sign >> 1 | sign >> 54 | 1]
    return _unique(x & top for x in around + patterns + nearly_ties)


def _unique(values: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(values))


def float_edges(f: FloatFormat) -> list[int]:
    """Return bit patterns of both signs: zeros, infinities, NaNs, subnormals, ties, borders."""
    special = [0, f.infinity, f.nan, f.infinity + 1, f.encode(1.0), 1, f.nan + 1]
    values = [0.5, 0.75, 1.0, 1.5, 2.5, 3.5, 0.1, 3.0, 7.0, 1e10, 3.4028234663852886e38]
    values += [2.0**-126, 2.0**-149, 2.0**-150, 1.5 * 2.0**-149, 3.4028235677973366e38]
    for exponent in (7, 8, 15, 16, 23, 24, 31, 32, 52, 53, 63, 64):
        values += [2.0**exponent, 2.0**exponent - 0.5, 2.0**exponent - 1, 2.0**exponent + 1]
    smallest_normal = 1 << (23 if f is F32_FORMAT else 52)
    borders = [smallest_normal, smallest_normal - 1, f.infinity - 1, f.infinity >> 1, f.sign - 1]
    borders += [f.encode(math.nextafter(0.5, 0)), f.encode(1.0) - 1]
    patterns = special + borders + [f.encode(x) for x in values]
    return _unique(x for p in patterns for x in (p, p | f.sign))


def _lanes(chance: random.Random, width: int, pool: list[int]) -> int:
    return sum(chance.choice(pool) << i for i in range(0, 128, width))


def vectors(chance: random.Random, count: int) -> list[int]:
    """Return v128 values made of edges of every lane type, and random ones."""
    pools = [(n, integer_edges(n)) for n in (8, 16, 32, 64)]
    pools += [(32, float_edges(F32_FORMAT)), (64, float_edges(F64_FORMAT))]
    made = [0, (1 << 128) - 1, 1 << 127, 1]
    while len(made) < count:
        made += [_lanes(chance, width, pool) for width, pool in pools]
        made.append(chance.getrandbits(128))
    return made


def operands(chance: random.Random, t: ValType | int) -> list[int]:
    """Return values to try of a type, or raw ones of a width in bits."""
    if isinstance(t, int):
        return operands_of_width(chance, t)
    if t in (F32, F64):
        f = F32_FORMAT if t is F32 else F64_FORMAT
        return float_edges(f) + [chance.getrandbits(f.width) for _ in range(20)]
    return operands_of_width(chance, BITS[t])


def operands_of_width(chance: random.Random, width: int) -> list[int]:
    """Return integers to try."""
    if width == BITS[V128]:
        return vectors(chance, CASES)
    return integer_edges(width) + [chance.getrandbits(width) for _ in range(20)]


def operand_types(row: Row) -> tuple[ValType | int, ...]:
    """Return what a row takes apart from immediates; raw memory contents are a width."""
    assert row.params is not None
    if row.access is None:
        return row.params
    raw = row.access.nbytes * 8
    loads = bool(row.results)
    return (raw, *row.params[1:]) if loads else row.params[1:]


def cases(row: Row) -> list[tuple[int, ...]]:
    """Return operand tuples for a row, the same ones in every run."""
    chance = random.Random(row.mnemonic)  # noqa: S311 - reproducible, not secret
    pools = [operands(chance, t) for t in operand_types(row)]
    if math.prod(len(pool) for pool in pools) <= CASES:
        return list(itertools.product(*pools))
    first = 14 if len(pools) < 3 else 5
    made = list(itertools.product(*(pool[:first] for pool in pools)))
    made += [tuple(chance.choice(pool) for pool in pools) for _ in range(CASES)]
    return made[: CASES + 60]


def lane_count(row: Row) -> int:
    """Return how many lanes an index may name."""
    if row.kind is Kind.LANE:
        assert row.access is not None
        return 16 // row.access.nbytes
    return int(row.mnemonic.partition(".")[0].partition("x")[2])


def immediates(row: Row) -> Iterator[tuple[int | tuple[int, ...], ...]]:
    """Yield immediates to try a row with; memory arguments and indices are left out."""
    chance = random.Random(row.mnemonic)  # noqa: S311 - reproducible, not secret
    kinds = [imm for imm in row.imms if imm not in (Imm.MEMARG, Imm.MEMIDX)]
    if not kinds:
        yield ()
    elif kinds == [Imm.LANE]:
        yield from ((lane,) for lane in {0, lane_count(row) // 2, lane_count(row) - 1})
    elif kinds == [Imm.LANES]:
        yield from ((lanes,) for lanes in SHUFFLES)
    else:
        assert row.results
        yield from ((value,) for value in operands(chance, row.results[0])[:60:3])
