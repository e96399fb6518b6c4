"""Flags and enumerations of WASI preview 1, with the names of its witx documents."""

from __future__ import annotations

from wasmlab.records import IntEnum, IntFlag


def flag_names(value: int, kind: type[IntFlag]) -> str:
    """Return the names of the flags in value joined by ``|``, unknown bits as hex, or ``0``."""
    names = [str(flag.name) for flag in kind if value & flag]
    rest = value & ~sum(kind)
    return "|".join([*names, hex(rest)] if rest else names) or "0"


class Rights(IntFlag):
    """What may be done with a descriptor."""

    FD_DATASYNC = 1 << 0
    FD_READ = 1 << 1
    FD_SEEK = 1 << 2
    FD_FDSTAT_SET_FLAGS = 1 << 3
    FD_SYNC = 1 << 4
    FD_TELL = 1 << 5
    FD_WRITE = 1 << 6
    FD_ADVISE = 1 << 7
    FD_ALLOCATE = 1 << 8
    PATH_CREATE_DIRECTORY = 1 << 9
    PATH_CREATE_FILE = 1 << 10
    PATH_LINK_SOURCE = 1 << 11
    PATH_LINK_TARGET = 1 << 12
    PATH_OPEN = 1 << 13
    FD_READDIR = 1 << 14
    PATH_READLINK = 1 << 15
    PATH_RENAME_SOURCE = 1 << 16
    PATH_RENAME_TARGET = 1 << 17
    PATH_FILESTAT_GET = 1 << 18
    PATH_FILESTAT_SET_SIZE = 1 << 19
    PATH_FILESTAT_SET_TIMES = 1 << 20
    FD_FILESTAT_GET = 1 << 21
    FD_FILESTAT_SET_SIZE = 1 << 22
    FD_FILESTAT_SET_TIMES = 1 << 23
    PATH_SYMLINK = 1 << 24
    PATH_REMOVE_DIRECTORY = 1 << 25
    PATH_UNLINK_FILE = 1 << 26
    POLL_FD_READWRITE = 1 << 27
    SOCK_SHUTDOWN = 1 << 28
    SOCK_ACCEPT = 1 << 29


NO_RIGHTS = Rights(0)
ALL_RIGHTS = Rights((1 << 30) - 1)
SOCKET_RIGHTS = Rights.SOCK_SHUTDOWN | Rights.SOCK_ACCEPT
FILE_RIGHTS = (
    Rights.FD_DATASYNC
    | Rights.FD_READ
    | Rights.FD_SEEK
    | Rights.FD_FDSTAT_SET_FLAGS
    | Rights.FD_SYNC
    | Rights.FD_TELL
    | Rights.FD_WRITE
    | Rights.FD_ADVISE
    | Rights.FD_ALLOCATE
    | Rights.FD_FILESTAT_GET
    | Rights.FD_FILESTAT_SET_SIZE
    | Rights.FD_FILESTAT_SET_TIMES
    | Rights.POLL_FD_READWRITE
)
"""The rights that mean anything for a regular file."""
DIRECTORY_RIGHTS = (
    ALL_RIGHTS & ~FILE_RIGHTS & ~SOCKET_RIGHTS
    | Rights.FD_FDSTAT_SET_FLAGS
    | Rights.FD_SYNC
    | Rights.FD_DATASYNC
    | Rights.FD_FILESTAT_GET
    | Rights.FD_FILESTAT_SET_TIMES
)
"""The rights that mean anything for a directory."""
INHERITED_RIGHTS = ALL_RIGHTS
"""What descriptors opened below a preopened directory may have; those of sockets never apply, but
programs ask for all."""
STREAM_RIGHTS = (
    Rights.FD_FDSTAT_SET_FLAGS | Rights.FD_FILESTAT_GET | Rights.POLL_FD_READWRITE | Rights.FD_SYNC
)
WRITE_RIGHTS = Rights.FD_WRITE | Rights.FD_ALLOCATE | Rights.FD_FILESTAT_SET_SIZE
"""A file opened with any of these must be writable."""


def show_rights(value: int) -> str:
    """Return rights by name: their list, or a whole set less a few, whichever is shorter."""
    texts = [flag_names(value, Rights)]
    for name, whole in _RIGHT_SETS:
        if value == whole:
            return name
        if value & ~whole == 0:
            texts.append(f"{name}&~({flag_names(whole & ~value, Rights)})")
    return min(texts, key=len)


_RIGHT_SETS = (
    ("ALL", ALL_RIGHTS),
    ("ALL_BUT_SOCK", ALL_RIGHTS & ~SOCKET_RIGHTS),
    ("FILE", FILE_RIGHTS),
    ("DIRECTORY", DIRECTORY_RIGHTS),
)


class FdFlags(IntFlag):
    """State of an open descriptor."""

    APPEND = 1 << 0
    DSYNC = 1 << 1
    NONBLOCK = 1 << 2
    RSYNC = 1 << 3
    SYNC = 1 << 4


NO_FLAGS = FdFlags(0)


class OFlags(IntFlag):
    """How path_open opens."""

    CREAT = 1 << 0
    DIRECTORY = 1 << 1
    EXCL = 1 << 2
    TRUNC = 1 << 3


class LookupFlags(IntFlag):
    """How a path is resolved."""

    SYMLINK_FOLLOW = 1 << 0


class FstFlags(IntFlag):
    """Which times to set, and whether to now."""

    ATIM = 1 << 0
    ATIM_NOW = 1 << 1
    MTIM = 1 << 2
    MTIM_NOW = 1 << 3


class EventRwFlags(IntFlag):
    """State of the peer of a polled descriptor."""

    FD_READWRITE_HANGUP = 1 << 0


class SubClockFlags(IntFlag):
    """How the timeout of a clock subscription counts."""

    SUBSCRIPTION_CLOCK_ABSTIME = 1 << 0


class RiFlags(IntFlag):
    """Flags of sock_recv."""

    RECV_PEEK = 1 << 0
    RECV_WAITALL = 1 << 1


class RoFlags(IntFlag):
    """Flags that sock_recv returns."""

    RECV_DATA_TRUNCATED = 1 << 0


class SiFlags(IntFlag):
    """Flags of sock_send: there are none."""


class SdFlags(IntFlag):
    """Which side of a socket to shut down."""

    RD = 1 << 0
    WR = 1 << 1


class FileType(IntEnum):
    """What a descriptor or directory entry is."""

    UNKNOWN = 0
    BLOCK_DEVICE = 1
    CHARACTER_DEVICE = 2
    DIRECTORY = 3
    REGULAR_FILE = 4
    SOCKET_DGRAM = 5
    SOCKET_STREAM = 6
    SYMBOLIC_LINK = 7


NO_CLOCK_FLAGS = SubClockFlags(0)


class ClockId(IntEnum):
    """The clocks."""

    REALTIME = 0
    MONOTONIC = 1
    PROCESS_CPUTIME_ID = 2
    THREAD_CPUTIME_ID = 3


class Whence(IntEnum):
    """Where an offset counts from."""

    SET = 0
    CUR = 1
    END = 2


class Advice(IntEnum):
    """Expected access to a file."""

    NORMAL = 0
    SEQUENTIAL = 1
    RANDOM = 2
    WILLNEED = 3
    DONTNEED = 4
    NOREUSE = 5


class EventType(IntEnum):
    """What poll_oneoff waits for."""

    CLOCK = 0
    FD_READ = 1
    FD_WRITE = 2


class Signal(IntEnum):
    """Signals of proc_raise."""

    NONE = 0
    HUP = 1
    INT = 2
    QUIT = 3
    ILL = 4
    TRAP = 5
    ABRT = 6
    BUS = 7
    FPE = 8
    KILL = 9
    USR1 = 10
    SEGV = 11
    USR2 = 12
    PIPE = 13
    ALRM = 14
    TERM = 15
    CHLD = 16
    CONT = 17
    STOP = 18
    TSTP = 19
    TTIN = 20
    TTOU = 21
    URG = 22
    XCPU = 23
    XFSZ = 24
    VTALRM = 25
    PROF = 26
    WINCH = 27
    POLL = 28
    PWR = 29
    SYS = 30
