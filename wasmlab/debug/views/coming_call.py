"""The host call that is next, decoded before it is made."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.model import Value
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.host.wasi.strace import ComingArgument
    from wasmlab.runtime.host import Content
    from wasmlab.runtime.memory import Memory


@dataclass(frozen=True, slots=True)
class _OnlyRead:
    """A memory that is looked at by what reads the arguments of a host call."""

    memory: Memory

    @property
    def size(self) -> int:
        return self.memory.size

    def read(self, addr: int, n: int) -> bytes:
        return self.memory.read(addr, n)

    def write(self, addr: int, data: Content) -> None:
        raise NotImplementedError


def coming_arguments(
    target: Target, at: Position, popped: Sequence[Value]
) -> tuple[ComingArgument, ...]:
    """Return the arguments of the function of WASI that the next instruction calls, if it does.

    One for each operand that it pops, in push order.
    """
    instr, instance = at.instr, at.code.instance
    if not instr.row.is_direct_call or not instance.mems:
        return ()
    host = instance.funcs[instr.idx(0)].host
    if host is None:
        return ()
    from wasmlab.host.wasi.abi import ROWS
    from wasmlab.host.wasi.strace import decode_coming

    row = ROWS.get((host.module, host.name))
    if row is None or len(row.type.params) != len(popped):
        return ()
    args = tuple(value.bits for value in popped)
    return decode_coming(row, args, _OnlyRead(instance.mems[0]), target.program.wasi.fd_name)
