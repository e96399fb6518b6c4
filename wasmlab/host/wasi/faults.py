"""Faults on demand: make a chosen call fail or fall short, to see how a program copes."""

from __future__ import annotations

from wasmlab.errors import UsageError
from wasmlab.host.wasi.abi import MODULE, ROWS
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.values import MOVING
from wasmlab.records import dataclass

_FAULT = (
    r"(?P<name>\w+)(?::(?P<first>\d+)(?P<more>\+|-(?P<last>\d+))?)?"
    r"=(?:short(?::(?P<short>\d+))?|(?P<errno>\w+))"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A function whose calls ``first`` to ``last`` (None: no end) fail, or move fewer bytes."""

    name: str
    first: int = 1
    last: int | None = None
    errno: Errno | None = None
    """The call has no effect and answers this."""
    short: int | None = None
    """The call reads or writes at most so many bytes."""

    def hits(self, name: str, number: int) -> bool:
        """Return whether the number-th call of name (from 1) is one of them."""
        return (
            name == self.name
            and self.first <= number
            and (self.last is None or number <= self.last)
        )


def parse_fault(text: str) -> Fault:
    """Return the fault that text describes.

    ``fd_write:3=ENOSPC`` is the third call, ``fd_write=EIO`` every one, ``fd_write:2-4=EIO`` and
    ``fd_write:2+=EIO`` a range; ``fd_read:1=short`` reads one byte, ``fd_read=short:5`` up to five.
    Raises UsageError.
    """
    import re  # only where faults are asked for

    match = re.fullmatch(_FAULT, text.strip())
    row = None if match is None else ROWS.get((MODULE, match["name"]))
    if match is None or row is None or not row.returns:
        hint = "write FUNCTION:NUMBER=ERRNO or FUNCTION:NUMBER=short:BYTES, as in fd_write:3=ENOSPC"
        raise UsageError(f"not a fault: {text!r}", hint=hint)
    first = int(match["first"] or 1)
    last = None if match["first"] is None or match["more"] == "+" else int(match["last"] or first)
    if first < 1 or (last is not None and last < first):
        raise UsageError(f"no call is meant by {text!r}", hint="calls are counted from 1")
    if match["errno"] is None:
        if not any(param.type in MOVING for param in row.params):
            raise UsageError(f"{row.name} moves no bytes that could fall short")
        return Fault(match["name"], first, last, short=int(match["short"] or 1))
    return Fault(match["name"], first, last, errno=_errno(match["errno"]))


def _errno(name: str) -> Errno:
    upper = name.upper()
    for candidate in (upper, f"E{upper}"):
        if candidate in Errno.__members__ and candidate != "SUCCESS":
            return Errno[candidate]
    raise UsageError(f"not an error number: {name!r}", hint="write one such as EIO or ENOSPC")
