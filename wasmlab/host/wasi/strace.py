"""Records of WASI calls, decoded the way strace shows system calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wasmlab.errors import Trap
from wasmlab.host.wasi.abi import ROWS, Param, Row
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.values import Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wasmlab.runtime.host import HostRecord

_ADDRESSES = 1 << 33
_COUNTED = ("nread", "nwritten", "bufused", "ro_datalen", "so_datalen")


class _NotRecordedError(Exception):
    """The call did not get as far as reading that memory."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A call in readable form; all guest text in it is escaped."""

    name: str
    args: tuple[tuple[str, str], ...]
    """(parameter, value)."""
    result: str
    """``OK, 14 bytes`` or ``ENOENT (no such file or directory)``; empty for proc_exit."""
    error: bool

    @property
    def text(self) -> str:
        """The whole line."""
        args = ", ".join(f"{name}={value}" for name, value in self.args)
        return f"{self.name}({args}) = {self.result}" if self.result else f"{self.name}({args})"


@dataclass(frozen=True, slots=True)
class _RecordedMemory:
    """The memory that a record has kept."""

    ranges: tuple[tuple[int, bytes], ...]

    @property
    def size(self) -> int:
        return _ADDRESSES

    def peek(self, addr: int, n: int) -> bytes:
        for start, data in self.ranges:
            if start <= addr < start + len(data):
                return data[addr - start : addr - start + n]
        return b""

    def read(self, addr: int, n: int) -> bytes:
        data = self.peek(addr, n)
        if len(data) < n:
            raise _NotRecordedError
        return data

    def write(self, addr: int, data: bytes) -> None:
        raise NotImplementedError


def _no_name(fd: int) -> str:
    return ("<stdin>", "<stdout>", "<stderr>")[fd] if fd < 3 else ""  # noqa: PLR2004 - standard streams


def decode(record: HostRecord, fd_name: Callable[[int], str] = _no_name) -> Decoded | None:
    """Return the call that record is of; None if it is not WASI's.

    fd_name gives a name for a descriptor, as ``Wasi.fd_name`` does; "" if it has none.
    """
    row = ROWS.get((record.module, record.name))
    if row is None or len(record.args) != len(row.type.params):
        return None
    # Results first: a range that was read and then written shows what the guest finds there.
    memory = _RecordedMemory((*record.writes, *record.reads))
    inputs = _RecordedMemory((*record.reads, *record.writes))
    errno = Errno(record.results[0]) if record.results else Errno.SUCCESS
    values = _results(row, record, memory) if errno is Errno.SUCCESS else []
    count = next((value for name, value, _ in values if name in _COUNTED), None)
    shown = Shown(fd_name, memory.peek, count)
    args: list[tuple[str, str]] = []
    at = 0
    for param in row.params:
        args.append((param.name, _show(param, inputs, record.args, at, shown)))
        at += len(param.type.wasm)
    result = _result_text(errno, values) if row.returns else ""
    return Decoded(row.name, tuple(args), result, errno is not Errno.SUCCESS)


def _show(
    param: Param, memory: _RecordedMemory, args: tuple[int, ...], at: int, shown: Shown
) -> str:
    try:
        return param.type.show(param.type.lift(memory, args, at), shown)
    except (ErrnoError, Trap, _NotRecordedError):
        raw = args[at : at + len(param.type.wasm)]
        return hex(raw[0]) if len(raw) == 1 else f"{{0x{raw[0]:x}, {raw[1]}}}"


def _results(row: Row, record: HostRecord, memory: _RecordedMemory) -> list[tuple[str, Any, str]]:
    """Return (name, value, text) of what the call returned through memory."""
    found: list[tuple[str, Any, str]] = []
    for place, result in row.result_places():
        data = memory.peek(record.args[place], result.layout.size)
        if len(data) == result.layout.size:
            value = result.layout.lift(data)
            found.append((result.name, value, result.layout.show(value)))
    return found


def _result_text(errno: Errno, values: Iterable[tuple[str, Any, str]]) -> str:
    if errno is not Errno.SUCCESS:
        return f"{errno} ({errno.text})"
    texts = [text for _, _, text in values]
    return ", ".join(["OK", *texts])
