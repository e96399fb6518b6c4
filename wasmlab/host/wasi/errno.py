"""WASI error numbers, and how errors of the host's system become them."""

from __future__ import annotations

import errno as system

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import IntEnum

if TYPE_CHECKING:
    from wasmlab.hints import Self


class Errno(IntEnum):
    """Error numbers of preview 1; str() is the C name, text says what happened."""

    text: str

    def __new__(cls, number: int, text: str) -> Self:
        """Return the member for number."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.text = text
        return member

    SUCCESS = (0, "no error")
    E2BIG = (1, "argument list too long")
    EACCES = (2, "permission denied")
    EADDRINUSE = (3, "address in use")
    EADDRNOTAVAIL = (4, "address not available")
    EAFNOSUPPORT = (5, "address family not supported")
    EAGAIN = (6, "resource unavailable, try again")
    EALREADY = (7, "connection already in progress")
    EBADF = (8, "bad file descriptor")
    EBADMSG = (9, "bad message")
    EBUSY = (10, "device or resource busy")
    ECANCELED = (11, "operation canceled")
    ECHILD = (12, "no child processes")
    ECONNABORTED = (13, "connection aborted")
    ECONNREFUSED = (14, "connection refused")
    ECONNRESET = (15, "connection reset")
    EDEADLK = (16, "resource deadlock would occur")
    EDESTADDRREQ = (17, "destination address required")
    EDOM = (18, "argument outside the domain of the function")
    EDQUOT = (19, "quota exceeded")
    EEXIST = (20, "file exists")
    EFAULT = (21, "bad address")
    EFBIG = (22, "file too large")
    EHOSTUNREACH = (23, "host is unreachable")
    EIDRM = (24, "identifier removed")
    EILSEQ = (25, "not valid UTF-8")
    EINPROGRESS = (26, "operation in progress")
    EINTR = (27, "interrupted")
    EINVAL = (28, "invalid argument")
    EIO = (29, "input/output error")
    EISCONN = (30, "socket is connected")
    EISDIR = (31, "is a directory")
    ELOOP = (32, "too many levels of symbolic links")
    EMFILE = (33, "too many open descriptors")
    EMLINK = (34, "too many links")
    EMSGSIZE = (35, "message too large")
    EMULTIHOP = (36, "multihop attempted")
    ENAMETOOLONG = (37, "name too long")
    ENETDOWN = (38, "network is down")
    ENETRESET = (39, "connection aborted by network")
    ENETUNREACH = (40, "network is unreachable")
    ENFILE = (41, "too many files open in system")
    ENOBUFS = (42, "no buffer space available")
    ENODEV = (43, "no such device")
    ENOENT = (44, "no such file or directory")
    ENOEXEC = (45, "executable file format error")
    ENOLCK = (46, "no locks available")
    ENOLINK = (47, "link has been severed")
    ENOMEM = (48, "not enough memory")
    ENOMSG = (49, "no message of the desired type")
    ENOPROTOOPT = (50, "protocol not available")
    ENOSPC = (51, "no space left on device")
    ENOSYS = (52, "function not supported")
    ENOTCONN = (53, "socket is not connected")
    ENOTDIR = (54, "not a directory")
    ENOTEMPTY = (55, "directory not empty")
    ENOTRECOVERABLE = (56, "state not recoverable")
    ENOTSOCK = (57, "not a socket")
    ENOTSUP = (58, "not supported")
    ENOTTY = (59, "inappropriate I/O control operation")
    ENXIO = (60, "no such device or address")
    EOVERFLOW = (61, "value too large")
    EOWNERDEAD = (62, "previous owner died")
    EPERM = (63, "operation not permitted")
    EPIPE = (64, "broken pipe")
    EPROTO = (65, "protocol error")
    EPROTONOSUPPORT = (66, "protocol not supported")
    EPROTOTYPE = (67, "wrong protocol type for socket")
    ERANGE = (68, "result too large")
    EROFS = (69, "read-only file system")
    ESPIPE = (70, "invalid seek")
    ESRCH = (71, "no such process")
    ESTALE = (72, "stale file handle")
    ETIMEDOUT = (73, "connection timed out")
    ETXTBSY = (74, "text file busy")
    EXDEV = (75, "cross-device link")
    ENOTCAPABLE = (76, "capabilities insufficient")

    def __str__(self) -> str:
        return "OK" if self is Errno.SUCCESS else self.name


class ErrnoError(Exception):
    """A WASI call fails with errno; inside the WASI implementation only, guests get the number."""

    def __init__(self, errno: Errno) -> None:
        super().__init__(errno.text)
        self.errno = errno


_BY_SYSTEM = {
    number: Errno[name] for number, name in system.errorcode.items() if name in Errno.__members__
} | {system.EOPNOTSUPP: Errno.ENOTSUP, system.EWOULDBLOCK: Errno.EAGAIN}


def from_os_error(error: OSError) -> ErrnoError:
    """Return the failure that a guest sees for error; EIO where WASI has no such number."""
    return ErrnoError(_BY_SYSTEM.get(error.errno or 0, Errno.EIO))
