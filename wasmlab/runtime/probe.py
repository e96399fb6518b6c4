"""Predicates of probes: the machine stops only where they hold for its state.

They are plain data, to which every tier gives the meaning of ``exec.probe.holds``. A probe without
a predicate always stops.
"""

from __future__ import annotations

from wasmlab.records import Enum, NamedTuple, dataclass


class Space(Enum):
    """Where a number is."""

    FRAME = 0
    """In a slot relative to the FP."""
    GLOBALS = 1
    """In a slot of the arena of globals."""
    CONSTANT = 2


class Number(NamedTuple):
    """A signed number that a predicate compares: a slot with 32 or 64 bits, or a constant."""

    space: Space
    at: int
    bits: int = 64


LESS, EQUAL, GREATER = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Compare:
    """Holds if the relation of two numbers is one of ``relations``, a sum of the three above."""

    left: Number
    relations: int
    right: Number


@dataclass(frozen=True, slots=True)
class Touch:
    """Holds if an access overlaps the addresses from start to below end.

    The access begins at the address in a slot of the frame plus ``offset``; it has ``nbytes``
    bytes, and as many more as the slot ``count`` says.
    """

    address: int
    offset: int
    nbytes: int
    count: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class InFrame:
    """Holds in the frame with that record number and FP."""

    number: int
    fp: int


@dataclass(frozen=True, slots=True)
class CallsHost:
    """Holds before a call of a host function, also one by reference or through a table."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds if one of its parts does."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds if all of its parts do."""

    parts: tuple[Predicate, ...]


Predicate = Compare | Touch | InFrame | CallsHost | AnyOf | AllOf
ALWAYS = AllOf(())
