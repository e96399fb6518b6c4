"""Structures that WASI functions read and write in guest memory; all little endian.

Sizes and offsets are those of the witx documents. ``wasi_unstable`` differs in
filestat, subscription and whence.
"""

from __future__ import annotations

import struct

from wasmlab.counted import counted
from wasmlab.hints import TYPE_CHECKING, Generic, TypeVar
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.flags import (
    NO_CLOCK_FLAGS,
    ClockId,
    EventType,
    FdFlags,
    FileType,
    Rights,
    SubClockFlags,
    flag_names,
    show_rights,
)
from wasmlab.host.wasi.quote import quote
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Layout(Generic[T]):
    """How a value lies in memory and how it is shown."""

    name: str
    size: int
    """Bytes; also the alignment of scalars."""
    lower: Callable[[T], bytes]
    lift: Callable[[bytes], T]
    show: Callable[[T], str]


@dataclass(frozen=True, slots=True)
class Filestat:
    """Attributes of a file; times in nanoseconds since 1970."""

    dev: int
    ino: int
    filetype: FileType
    nlink: int
    size: int
    atim: int
    mtim: int
    ctim: int


@dataclass(frozen=True, slots=True)
class Fdstat:
    """Attributes of a descriptor."""

    filetype: FileType
    flags: FdFlags
    rights_base: Rights
    rights_inheriting: Rights


@dataclass(frozen=True, slots=True)
class Subscription:
    """One thing that poll_oneoff waits for: a clock, or a descriptor."""

    userdata: int
    type: EventType
    fd: int = 0
    clock: ClockId = ClockId.REALTIME
    timeout: int = 0
    flags: SubClockFlags = NO_CLOCK_FLAGS


@dataclass(frozen=True, slots=True)
class Event:
    """Something that poll_oneoff waited for and that happened."""

    userdata: int
    error: Errno
    type: EventType
    nbytes: int = 0


@dataclass(frozen=True, slots=True)
class Dirent:
    """A directory entry; next is the cookie of the entry after it."""

    next: int
    ino: int
    filetype: FileType
    name: bytes


def scalar(name: str, code: str, show: Callable[[int], str] = str) -> Layout[int]:
    """Return the layout of one integer with the given struct code."""
    packer = struct.Struct("<" + code)
    return Layout(name, packer.size, packer.pack, lambda data: int(packer.unpack(data)[0]), show)


U32 = scalar("u32", "I")
SIZE = scalar("size", "I")
BYTES = scalar("size", "I", lambda n: counted(n, "byte"))
EVENTS = scalar("size", "I", lambda n: counted(n, "event"))
FD = scalar("fd", "I", lambda n: f"fd {n}")
FILESIZE = scalar("filesize", "Q", lambda n: f"at {n}")
TIMESTAMP = scalar("timestamp", "Q", lambda n: f"{n} ns")
ROFLAGS = scalar("roflags", "H")

_FDSTAT = struct.Struct("<BxHxxxxQQ")
_FILESTAT = struct.Struct("<QQB7xQQQQQ")
_FILESTAT_UNSTABLE = struct.Struct("<QQB3xIQQQQ")
_PRESTAT = struct.Struct("<B3xI")
_DIRENT = struct.Struct("<QQIB3x")
_EVENT = struct.Struct("<QHB5xQH6x")
_CLOCK = struct.Struct("<I4xQQH6x")
DIRENT_SIZE = _DIRENT.size
EVENT_SIZE = _EVENT.size


def lower_dirent(entry: Dirent) -> bytes:
    """Return the entry as fd_readdir writes it, followed by its name."""
    return _DIRENT.pack(entry.next, entry.ino, len(entry.name), entry.filetype) + entry.name


def _file_type(number: int) -> FileType:
    """Return what a number in memory stands for, which a recording may have invented."""
    return FileType(number) if number in _FILE_TYPES else FileType.UNKNOWN


_FILE_TYPES = frozenset(map(int, FileType))


def lift_dirents(data: bytes) -> list[Dirent]:
    """Return the whole entries in what fd_readdir wrote; a cut one at the end is left out."""
    entries: list[Dirent] = []
    at = 0
    while at + _DIRENT.size <= len(data):
        after, ino, length, filetype = _DIRENT.unpack_from(data, at)
        name = data[at + _DIRENT.size : at + _DIRENT.size + length]
        if len(name) < length:
            break
        entries.append(Dirent(after, ino, _file_type(filetype), name))
        at += _DIRENT.size + length
    return entries


def event_types(data: bytes) -> list[int]:
    """Return the types of the events that lie in data, 32 bytes each; a cut one is left out."""
    whole = data[: len(data) // _EVENT.size * _EVENT.size]
    return [kind for _, _, kind, *_ in _EVENT.iter_unpack(whole)]


def lower_event(event: Event) -> bytes:
    """Return the 32 bytes of an event."""
    return _EVENT.pack(event.userdata, event.error, event.type, event.nbytes, 0)


def _lower_fdstat(stat: Fdstat) -> bytes:
    return _FDSTAT.pack(stat.filetype, stat.flags, stat.rights_base, stat.rights_inheriting)


def _lift_fdstat(data: bytes) -> Fdstat:
    filetype, flags, base, inheriting = _FDSTAT.unpack(data)
    return Fdstat(_file_type(filetype), FdFlags(flags), Rights(base), Rights(inheriting))


def _show_fdstat(stat: Fdstat) -> str:
    flags = flag_names(stat.flags, FdFlags)
    inheriting = show_rights(stat.rights_inheriting)
    return (
        f"{{{stat.filetype.name}, flags={flags}, "
        f"rights={show_rights(stat.rights_base)}, inheriting={inheriting}}}"
    )


def _filestat(packer: struct.Struct) -> Layout[Filestat]:
    def lower(s: Filestat) -> bytes:
        nlink = min(s.nlink, 0xFFFFFFFF)
        return packer.pack(s.dev, s.ino, s.filetype, nlink, s.size, s.atim, s.mtim, s.ctim)

    def lift(data: bytes) -> Filestat:
        dev, ino, filetype, *rest = packer.unpack(data)
        return Filestat(dev, ino, _file_type(filetype), *rest)

    def show(s: Filestat) -> str:
        return f"{{{s.filetype.name}, ino={s.ino}, nlink={s.nlink}, size={s.size}, mtim={s.mtim}}}"

    return Layout("filestat", packer.size, lower, lift, show)


FILESTAT = _filestat(_FILESTAT)
FILESTAT_UNSTABLE = _filestat(_FILESTAT_UNSTABLE)
FDSTAT = Layout("fdstat", _FDSTAT.size, _lower_fdstat, _lift_fdstat, _show_fdstat)
PRESTAT: Layout[int] = Layout(
    "prestat",
    _PRESTAT.size,
    lambda length: _PRESTAT.pack(0, length),
    lambda data: int(_PRESTAT.unpack(data)[1]),
    lambda length: f"{{dir, name length {length}}}",
)


@dataclass(frozen=True, slots=True)
class SubscriptionLayout:
    """Where a subscription has its parts; offsets in bytes."""

    size: int
    clock_at: int


SUBSCRIPTION = SubscriptionLayout(48, 16)
SUBSCRIPTION_UNSTABLE = SubscriptionLayout(56, 24)
"""Has 64 bits of identifier before the clock."""


def lift_subscription(data: bytes, layout: SubscriptionLayout) -> Subscription:
    """Return the subscription in data; ErrnoError(EINVAL) for unknown clocks and types."""
    userdata, tag = struct.unpack_from("<QB", data)
    try:
        kind = EventType(tag)
        if kind is not EventType.CLOCK:
            return Subscription(userdata, kind, fd=struct.unpack_from("<I", data, 16)[0])
        clock, timeout, _, flags = _CLOCK.unpack_from(data, layout.clock_at)
        known = SubClockFlags(flags & 1)
        return Subscription(userdata, kind, 0, ClockId(clock), timeout, known)
    except ValueError:
        raise ErrnoError(Errno.EINVAL) from None


def show_subscription(subscription: Subscription) -> str:
    """Return ``{CLOCK MONOTONIC 1000 ns}`` or ``{FD_READ fd=0}``."""
    if subscription.type is EventType.CLOCK:
        until = " ABSTIME" if subscription.flags else ""
        return f"{{CLOCK {subscription.clock.name} {subscription.timeout} ns{until}}}"
    return f"{{{subscription.type.name} fd={subscription.fd}}}"


def show_dirents(data: bytes) -> str:
    """Return ``[".", "..", "a.txt"]``."""
    return f"[{', '.join(quote(entry.name) for entry in lift_dirents(data))}]"
