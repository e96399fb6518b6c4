"""WASI calls, decoded the way strace shows system calls."""

from __future__ import annotations

from wasmlab.errors import Trap
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.host.wasi import values
from wasmlab.host.wasi.abi import ROWS, AbiRow, Param
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.values import Shown
from wasmlab.records import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wasmlab.runtime.host import Content, HostMemory, RawHostCall

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
    """``OK, 14 bytes``, ``ENOENT (no such file or directory)`` or, if the function trapped,
    ``failed (out of bounds memory access)``; empty for proc_exit."""
    error: bool
    """The call returned an error number that is no usual answer, or failed."""

    @property
    def text(self) -> str:
        """The whole line."""
        args = ", ".join(f"{name}={value}" for name, value in self.args)
        return f"{self.name}({args}) = {self.result}" if self.result else f"{self.name}({args})"


@dataclass(frozen=True, slots=True)
class _RecordedMemory:
    """The memory that a call touched, as it was kept."""

    ranges: tuple[tuple[int, Content], ...]

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

    def write(self, addr: int, data: Content) -> None:
        raise NotImplementedError


def _no_name(fd: int) -> str:
    return ("<stdin>", "<stdout>", "<stderr>")[fd] if fd < 3 else ""  # noqa: PLR2004 - standard streams


def failure_text(call: RawHostCall) -> str:
    """Return ``failed (out of bounds memory access)`` for a call that failed, escaped."""
    return f"failed ({escaped(call.failure)})"


def decode(call: RawHostCall, fd_name: Callable[[int], str] = _no_name) -> Decoded | None:
    """Return a call decoded; None if it is not one of a function in WASI's table.

    fd_name gives a name for a descriptor, as ``Wasi.fd_name`` does; "" if it has none.
    """
    row = ROWS.get((call.module, call.name))
    if row is None or not _is_of(call, row):
        return None
    # Results first: a range that was read and then written shows what the guest finds there.
    memory = _RecordedMemory((*call.writes, *call.reads))
    inputs = _RecordedMemory((*call.reads, *call.writes))
    errno = Errno(call.results[0]) if call.results else Errno.SUCCESS
    returned = errno is Errno.SUCCESS and not call.failure
    values = _results(row, call, memory) if returned else []
    count = next((value for name, value, _ in values if name in _COUNTED), None)
    shown = Shown(fd_name, memory.peek, count)
    args: list[tuple[str, str]] = []
    at = 0
    for param in row.params:
        args.append((param.name, _show(param, inputs, call.args, at, shown)))
        at += len(param.type.wasm)
    result = _result_text(errno, values) if row.returns else ""
    if call.failure:
        result = failure_text(call)
    usual = not call.failure and (row.name, errno) in _USUAL
    return Decoded(row.name, tuple(args), result, error=not returned and not usual)


class ComingArgument(NamedTuple):
    """An argument of a call that is still to be made."""

    text: str
    """``fd = 1 <stdout>``, ``iovs = [{0x20, 5 "Hello"}]``; empty for a length."""
    is_address: bool = False


def decode_coming(
    row: AbiRow, args: tuple[int, ...], memory: HostMemory, fd_name: Callable[[int], str]
) -> tuple[ComingArgument, ...]:
    """Return the arguments of a call that is still to be made, one for each Wasm parameter."""
    found: list[ComingArgument] = []
    for param in row.params:
        at, fills = len(found), param.type in _FILLED

        def peek(addr: int, n: int, most: int = 0 if fills else _PEEKED) -> bytes:
            return memory.read(addr, min(n, most))

        shown = Shown(fd_name, peek, None)
        text = f"{param.name} = {_show(param, memory, args, at, shown)}"
        more = len(param.type.wasm) - 1
        found.append(ComingArgument(text, bool(more) or param.type in _POINTING))
        found += [ComingArgument("")] * more
    for at, result in row.result_places():
        found.append(ComingArgument(f"{result.name} = {args[at]:#x}", is_address=True))
    return tuple(found)


_POINTING = (values.POINTER, values.SUBSCRIPTIONS, values.SUBSCRIPTIONS_UNSTABLE)
"""Addresses alone; others have a length after them."""


_FILLED = (values.RANDOM_BUFFER, values.NAME_BUFFER)
"""What the call fills: before it there is nothing to be seen in it."""
_PEEKED = 80
"""Bytes that are looked at: more than are shown."""
_USUAL = {("fd_prestat_get", Errno.EBADF)}
"""Answers that are no failures: programs ask for directories until there is none left."""


def _is_of(call: RawHostCall, row: AbiRow) -> bool:
    """Return whether a call can be one of WASI's function, not of another under its name."""
    if call.type is not None and call.type != row.type:
        return False
    return len(call.args) == len(row.type.params) and _ERRNOS.issuperset(call.results)


_ERRNOS = frozenset(map(int, Errno))


def _show(param: Param, memory: HostMemory, args: tuple[int, ...], at: int, shown: Shown) -> str:
    try:
        return param.type.show(param.type.lift(memory, args, at), shown)
    except (ErrnoError, Trap, _NotRecordedError):
        raw = args[at : at + len(param.type.wasm)]
        return hex(raw[0]) if len(raw) == 1 else f"{{0x{raw[0]:x}, {raw[1]}}}"


def _results(row: AbiRow, call: RawHostCall, memory: _RecordedMemory) -> list[tuple[str, Any, str]]:
    """Return (name, value, text) of what the call returned through memory."""
    found: list[tuple[str, Any, str]] = []
    for place, result in row.result_places():
        data = memory.peek(call.args[place], result.layout.size)
        if len(data) == result.layout.size:
            value = result.layout.lift(data)
            found.append((result.name, value, result.layout.show(value)))
    return found


def _result_text(errno: Errno, values: Iterable[tuple[str, Any, str]]) -> str:
    if errno is not Errno.SUCCESS:
        return f"{errno} ({errno.text})"
    texts = [text for _, _, text in values]
    return ", ".join(["OK", *texts])
