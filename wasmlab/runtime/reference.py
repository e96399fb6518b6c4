"""How references are kept in one 64-bit slot.

0 is null; otherwise the three low bits tell what the rest is: an offset in the GC heap (a multiple
of 8), an i31, the address of a function, or the number of a host handle.
"""

from __future__ import annotations

from wasmlab.records import IntEnum

TAG_SHIFT = 3
TAG_MASK = (1 << TAG_SHIFT) - 1
_I31 = (1 << 31) - 1


class RefTag(IntEnum):
    """What a reference that is not null refers to."""

    HEAP = 0
    I31 = 1
    FUNC = 2
    HOST = 3


def ref_tag(ref: int) -> RefTag:
    """Return the tag of a reference that is not null."""
    return RefTag(ref & TAG_MASK)


def payload(ref: int) -> int:
    """Return a reference without its tag: 31 bits, a function address, or a handle number."""
    return ref >> TAG_SHIFT


def func_ref(addr: int) -> int:
    """Return the reference to the function at an address of the store."""
    return addr << TAG_SHIFT | RefTag.FUNC


def host_ref(handle: int) -> int:
    """Return the reference to a host handle."""
    return handle << TAG_SHIFT | RefTag.HOST


def i31_ref(value: int) -> int:
    """Return the reference that holds the low 31 bits of value."""
    return (value & _I31) << TAG_SHIFT | RefTag.I31
