"""How references are kept in one 64-bit slot.

0 is null; otherwise the three low bits tell what the rest is: an offset in the GC heap (a multiple
of 8), an i31, the address of a function, or the number of a host handle.
"""

from __future__ import annotations

from enum import IntEnum

NULL = 0
_SHIFT = 3
_TAG = 7
_I31 = (1 << 31) - 1


class RefTag(IntEnum):
    """What a reference that is not null refers to."""

    HEAP = 0
    I31 = 1
    FUNC = 2
    HOST = 3


def ref_tag(ref: int) -> RefTag:
    """Return the tag of a reference that is not null."""
    return RefTag(ref & _TAG)


def payload(ref: int) -> int:
    """Return what stands behind the tag: 31 bits, a function address, or a handle number."""
    return ref >> _SHIFT


def func_ref(addr: int) -> int:
    """Return the reference to the function at an address of the store."""
    return addr << _SHIFT | RefTag.FUNC


def host_ref(handle: int) -> int:
    """Return the reference to a host handle."""
    return handle << _SHIFT | RefTag.HOST


def i31_ref(value: int) -> int:
    """Return the reference that holds the low 31 bits of value."""
    return (value & _I31) << _SHIFT | RefTag.I31
