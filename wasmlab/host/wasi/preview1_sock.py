"""Functions of preview 1 on sockets: a guest is never given one, so the answer is which error."""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, NoReturn
from wasmlab.host.wasi.errno import Errno, ErrnoError

if TYPE_CHECKING:
    from wasmlab.host.wasi.wasi import Wasi
    from wasmlab.runtime.host import HostMemory


def _no_socket(wasi: Wasi, memory: HostMemory, fd: int, *_: object) -> NoReturn:
    """Fail: EBADF if nothing is open there, ENOTSOCK if something is."""
    del memory
    wasi.descriptor(fd)
    raise ErrnoError(Errno.ENOTSOCK)


sock_accept = _no_socket
sock_recv = _no_socket
sock_send = _no_socket
sock_shutdown = _no_socket
