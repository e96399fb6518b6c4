"""The types of WASI parameters: how to read their values from a call, and how to show them."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.errors import Trap, TrapCode
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.host.wasi import flags, layout
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.quote import quote
from wasmlab.records import dataclass
from wasmlab.syntax.types import I32, I64, NumType

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.records import IntEnum, IntFlag
    from wasmlab.runtime.host import HostMemory

PATH_LIMIT = 4096
"""Longest path in bytes; longer ones are ENAMETOOLONG."""
IOV_LIMIT = 1024
"""Vectors that take part in a call; more are left for the next, as after any short call."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """A range of guest memory, checked to lie inside it."""

    addr: int
    size: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a parameter may look at when it is shown."""

    fd_name: Callable[[int], str]
    """Name of a descriptor, such as ``<stdout>``; empty if unknown."""
    peek: Callable[[int, int], bytes]
    """The bytes at an address that the call read or wrote: at most n, fewer if not recorded."""
    count: int | None
    """How many bytes the call says it read or wrote; None if it failed or does not say."""


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a parameter: its Wasm parameters, how to read its value and how to show it."""

    name: str
    wasm: tuple[NumType, ...]
    lift: Callable[[HostMemory, tuple[int, ...], int], Any]
    """(memory, all arguments, place of the first of its own) -> value; ErrnoError or Trap."""
    show: Callable[[Any, Shown], str]


def check_range(memory: HostMemory, addr: int, size: int) -> None:
    """Trap(OUT_OF_BOUNDS_MEMORY) unless the range lies in memory."""
    if addr + size > memory.size:
        detail = f"0x{addr:x} + {counted(size, 'byte')}, memory has 0x{memory.size:x}"
        raise Trap(TrapCode.OUT_OF_BOUNDS_MEMORY, detail)


def _plain(name: str, wasm: NumType, show: Callable[[int], str] = str) -> Type:
    return Type(name, (wasm,), lambda _, args, at: args[at], lambda value, _: show(value))


def _lift_signed(_: HostMemory, args: tuple[int, ...], at: int) -> int:
    value = args[at]
    return value - (1 << 64) if value >> 63 else value


def _flag_set(name: str, kind: type[IntFlag], wasm: NumType = I32) -> Type:
    known = sum(kind)

    def lift(_: HostMemory, args: tuple[int, ...], at: int) -> int:
        if args[at] & ~known:
            raise ErrnoError(Errno.EINVAL)
        # An IntFlag without members cannot be made from 0.
        return kind(args[at]) if known else args[at]

    return Type(name, (wasm,), lift, lambda value, _: flags.flag_names(value, kind))


def _lift_rights(_: HostMemory, args: tuple[int, ...], at: int) -> flags.Rights:
    # Programs ask for "all rights" as all ones, so bits without a meaning are left out.
    return flags.Rights(args[at] & flags.ALL_RIGHTS)


def _enum(name: str, kind: type[IntEnum], order: tuple[IntEnum, ...] | None = None) -> Type:
    members = order or tuple(kind)

    def lift(_: HostMemory, args: tuple[int, ...], at: int) -> IntEnum:
        if args[at] >= len(members):
            raise ErrnoError(Errno.EINVAL)
        return members[args[at]]

    return Type(name, (I32,), lift, lambda value, _: value.name)


def _lift_path(memory: HostMemory, args: tuple[int, ...], at: int) -> str:
    addr, size = args[at : at + 2]
    check_range(memory, addr, size)
    if size > PATH_LIMIT:
        raise ErrnoError(Errno.ENAMETOOLONG)
    try:
        path = memory.read(addr, size).decode()
    except UnicodeDecodeError:
        raise ErrnoError(Errno.EILSEQ) from None
    if "\0" in path:
        raise ErrnoError(Errno.EINVAL)
    return path


def _lift_buffer(memory: HostMemory, args: tuple[int, ...], at: int) -> Buffer:
    check_range(memory, args[at], args[at + 1])
    return Buffer(args[at], args[at + 1])


def _lift_iovs(memory: HostMemory, args: tuple[int, ...], at: int) -> tuple[Buffer, ...]:
    check_range(memory, args[at], 8 * args[at + 1])
    raw = memory.read(args[at], 8 * min(args[at + 1], IOV_LIMIT))
    words = [int.from_bytes(raw[i : i + 4], "little") for i in range(0, len(raw), 4)]
    buffers = tuple(map(Buffer, words[::2], words[1::2]))
    for buffer in buffers:
        check_range(memory, buffer.addr, buffer.size)
    return buffers


def _show_fd(fd: int, shown: Shown) -> str:
    name = shown.fd_name(fd)
    return f"{fd} {name}" if name else str(fd)


def _show_buffer(buffer: Buffer, shown: Shown) -> str:
    data = shown.peek(buffer.addr, buffer.size if shown.count is None else shown.count)
    text = f" {quote(data)}" if data else ""
    return f"{{0x{buffer.addr:x}, {buffer.size}{text}}}"


def _show_filled(buffer: Buffer, shown: Shown) -> str:
    return _show_buffer(buffer, shown) if shown.count is not None else _show_empty(buffer)


def _show_empty(buffer: Buffer) -> str:
    return f"{{0x{buffer.addr:x}, {buffer.size}}}"


def _show_random(buffer: Buffer, shown: Shown) -> str:
    data = shown.peek(buffer.addr, min(buffer.size, 8))
    more = ".." if data and buffer.size > len(data) else ""
    return f"{{0x{buffer.addr:x}, {buffer.size}{' ' if data else ''}{data.hex()}{more}}}"


def _show_name(buffer: Buffer, shown: Shown) -> str:
    data = shown.peek(buffer.addr, buffer.size)
    return quote(data) if data else _show_empty(buffer)


def _show_entries(buffer: Buffer, shown: Shown) -> str:
    if shown.count is None:
        return _show_empty(buffer)
    return layout.show_dirents(shown.peek(buffer.addr, shown.count))


def _show_sources(iovs: tuple[Buffer, ...], shown: Shown) -> str:
    parts = [_show_buffer(iov, Shown(shown.fd_name, shown.peek, iov.size)) for iov in iovs]
    return f"[{', '.join(parts)}]"


def _show_targets(iovs: tuple[Buffer, ...], shown: Shown) -> str:
    left = shown.count or 0
    parts: list[str] = []
    for iov in iovs:
        parts.append(_show_buffer(iov, Shown(shown.fd_name, shown.peek, min(left, iov.size))))
        left -= min(left, iov.size)
    return f"[{', '.join(parts)}]"


def _subscriptions(where: layout.SubscriptionLayout) -> Type:
    def lift(memory: HostMemory, args: tuple[int, ...], at: int) -> list[layout.Subscription]:
        count = args[at + 2]
        check_range(memory, args[at], count * where.size)
        check_range(memory, args[at + 1], count * layout.EVENT_SIZE)
        if not 0 < count <= IOV_LIMIT:
            raise ErrnoError(Errno.EINVAL)
        raw = memory.read(args[at], count * where.size)
        return [
            layout.lift_subscription(raw[i : i + where.size], where)
            for i in range(0, len(raw), where.size)
        ]

    def show(value: list[layout.Subscription], _: Shown) -> str:
        return f"[{', '.join(map(layout.show_subscription, value))}]"

    return Type("subscriptions", (I32,), lift, show)


FD = Type("fd", (I32,), lambda _, args, at: args[at], _show_fd)
U32 = _plain("u32", I32)
SIZE = _plain("size", I32)
FILESIZE = _plain("filesize", I64)
FILEDELTA = Type("filedelta", (I64,), _lift_signed, lambda value, _: str(value))
TIMESTAMP = _plain("timestamp", I64)
DIRCOOKIE = _plain("dircookie", I64)
POINTER = _plain("pointer", I32, hex)
PATH = Type("path", (I32, I32), _lift_path, lambda value, _: quote(value))
CIOVECS = Type("ciovec_array", (I32, I32), _lift_iovs, _show_sources)
IOVECS = Type("iovec_array", (I32, I32), _lift_iovs, _show_targets)
BUFFER = Type("buffer", (I32, I32), _lift_buffer, _show_filled)
NAME_BUFFER = Type("name_buffer", (I32, I32), _lift_buffer, _show_name)
RANDOM_BUFFER = Type("random_buffer", (I32, I32), _lift_buffer, _show_random)
DIRENTS = Type("dirents", (I32, I32), _lift_buffer, _show_entries)
RIGHTS = Type("rights", (I64,), _lift_rights, lambda value, _: flags.show_rights(value))
FDFLAGS = _flag_set("fdflags", flags.FdFlags)
OFLAGS = _flag_set("oflags", flags.OFlags)
LOOKUPFLAGS = _flag_set("lookupflags", flags.LookupFlags)
FSTFLAGS = _flag_set("fstflags", flags.FstFlags)
RIFLAGS = _flag_set("riflags", flags.RiFlags)
SIFLAGS = _flag_set("siflags", flags.SiFlags)
SDFLAGS = _flag_set("sdflags", flags.SdFlags)
CLOCKID = _enum("clockid", flags.ClockId)
ADVICE = _enum("advice", flags.Advice)
SIGNAL = _enum("signal", flags.Signal)
MOVING = (CIOVECS, IOVECS, BUFFER, DIRENTS)
"""Parameters of calls that may move fewer bytes than asked for, and say how many they moved."""
WHOLE = (CIOVECS, RANDOM_BUFFER)
"""Parameters of calls that move all that they are asked to, if they move anything."""
WHENCE = _enum("whence", flags.Whence)
WHENCE_UNSTABLE = _enum(
    "whence", flags.Whence, (flags.Whence.CUR, flags.Whence.END, flags.Whence.SET)
)
SUBSCRIPTIONS = _subscriptions(layout.SUBSCRIPTION)
SUBSCRIPTIONS_UNSTABLE = _subscriptions(layout.SUBSCRIPTION_UNSTABLE)
