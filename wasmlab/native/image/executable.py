"""Memory that can be executed: never writable and executable at once. It stays until the end.

Linux maps a file without a name for reading and execution: no mapping is ever writable, folders
that forbid execution do not matter, and the system keeps the caches of instructions right, as for
every program. macOS and Windows write first and then change what the memory is for.
"""

from __future__ import annotations

import ctypes
import os
import sys

_READ, _WRITE, _EXECUTE = 1, 2, 4
_PRIVATE = 2
_ANONYMOUS = 0x1000
"""On macOS and the BSDs."""
_COMMIT_AND_RESERVE, _READ_WRITE, _EXECUTE_READ = 0x3000, 0x04, 0x20


def executable(code: bytes) -> int:
    """Return the address of a copy of the code, at the start of a page.

    Raises OSError where the system refuses, or where this is not known to be safe.
    """
    if sys.platform == "linux":
        return _from_memory_file(code)
    if sys.platform == "win32":
        return _on_windows(code)
    return _by_turns(code)


def _from_memory_file(code: bytes) -> int:
    descriptor = os.memfd_create("wasmlab-loop", os.MFD_CLOEXEC)
    try:
        rest = memoryview(code)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        return _mapped(len(code), _READ | _EXECUTE, _PRIVATE, descriptor)
    finally:
        os.close(descriptor)


def _mapped(size: int, protection: int, flags: int, descriptor: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_int64]
    address: int | None = libc.mmap(None, size, protection, flags, descriptor, 0)
    if address is None or address == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "the system gives no executable memory")
    return address


def _by_turns(code: bytes) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    invalidate = getattr(libc, "sys_icache_invalidate", None)
    if invalidate is None and os.uname().machine not in {"x86_64", "amd64"}:
        raise OSError("there is no way to make new instructions visible")
    address = _mapped(len(code), _READ | _WRITE, _PRIVATE | _ANONYMOUS, -1)
    ctypes.memmove(address, code, len(code))
    place, size = ctypes.c_void_p(address), ctypes.c_size_t(len(code))
    if libc.mprotect(place, size, _READ | _EXECUTE):
        raise OSError(ctypes.get_errno(), "the system gives no executable memory")
    if invalidate is not None:
        invalidate(place, size)
    return address


def _on_windows(code: bytes) -> int:
    if sys.platform != "win32":
        raise OSError("not Windows")
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    size = ctypes.c_size_t(len(code))
    kernel.VirtualAlloc.restype = ctypes.c_void_p
    address: int | None = kernel.VirtualAlloc(None, size, _COMMIT_AND_RESERVE, _READ_WRITE)
    if address is None:
        raise ctypes.WinError(ctypes.get_last_error())
    ctypes.memmove(address, code, len(code))
    place, before = ctypes.c_void_p(address), ctypes.c_uint32()
    if not kernel.VirtualProtect(place, size, _EXECUTE_READ, ctypes.byref(before)):
        raise ctypes.WinError(ctypes.get_last_error())
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.FlushInstructionCache(ctypes.c_void_p(kernel.GetCurrentProcess()), place, size)
    return address
