"""A guest without an engine: a memory, and calls of WASI functions by name."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from wasmlab.errors import Trap, TrapCode
from wasmlab.host.wasi.abi import MODULE, ROWS
from wasmlab.host.wasi.errno import Errno
from wasmlab.host.wasi.flags import (
    DIRECTORY_RIGHTS,
    INHERITED_RIGHTS,
    NO_FLAGS,
    NO_RIGHTS,
    FdFlags,
    OFlags,
    Rights,
)
from wasmlab.host.wasi.layout import FDSTAT, FILESTAT, Dirent, Fdstat, Filestat, lift_dirents
from wasmlab.host.wasi.link import HostFunctions
from wasmlab.records import dataclass, field
from wasmlab.runtime.host import Content, RawHostCall

if TYPE_CHECKING:
    from wasmlab.host.wasi.wasi import Wasi
    from wasmlab.runtime.host import HostFunc

SCRATCH = 0x1000
"""Where arguments are put."""
RESULT = 0x100
"""Where results are written."""
NO_OFLAGS = OFlags(0)
READ = Rights.FD_READ | Rights.FD_SEEK | Rights.FD_TELL | Rights.FD_FILESTAT_GET
READ_WRITE = READ | Rights.FD_WRITE | Rights.FD_FILESTAT_SET_SIZE | Rights.FD_ALLOCATE


@dataclass
class Memory:
    """Linear memory that notes what was read and written, as the engine's does."""

    data: bytearray = field(default_factory=lambda: bytearray(4 * 65_536))
    reads: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    writes: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, addr: int, n: int) -> bytes:
        self._check(addr, n)
        self.reads.append((addr, bytes(self.data[addr : addr + n])))
        return self.reads[-1][1]

    def write(self, addr: int, data: Content) -> None:
        self._check(addr, len(data))
        self.writes.append((addr, bytes(data)))
        self.data[addr : addr + len(data)] = bytes(data)

    def _check(self, addr: int, n: int) -> None:
        if addr < 0 or addr + n > len(self.data):
            raise Trap(TrapCode.OUT_OF_BOUNDS_MEMORY)


@dataclass
class Guest:
    """Calls the functions of a Wasi instance; paths and data are put into memory first."""

    wasi: Wasi
    memory: Memory = field(default_factory=Memory)
    tick: int = 0
    module: str = MODULE
    record: RawHostCall | None = None
    _at: int = SCRATCH
    _functions: dict[tuple[str, str], HostFunc] = field(
        default_factory=dict[tuple[str, str], "HostFunc"]
    )

    @property
    def exported_memory(self) -> Memory:
        return self.memory

    def need_fuel(self, nbytes: int) -> None:
        """Have enough."""

    def raw(self, name: str, *args: int) -> Errno:
        """Call with bit patterns."""
        self.memory.reads.clear()
        self.memory.writes.clear()
        if not self._functions:
            self._functions = dict(HostFunctions(self.wasi))
        results = self._functions[self.module, name].call(self, *args)
        self.record = RawHostCall(
            self.tick,
            self.module,
            name,
            args,
            tuple(results),
            tuple(self.memory.reads),
            tuple(self.memory.writes),
        )
        return Errno(results[0]) if results else Errno.SUCCESS

    def call(self, name: str, *args: int | str | bytes) -> Errno:
        """Call with paths and buffers as (address, length), result pointers appended."""
        self._at = SCRATCH
        flat: list[int] = []
        for arg in args:
            if isinstance(arg, int):
                flat.append(arg)
            else:
                flat.extend(self.put(arg))
        row = ROWS[self.module, name]
        flat.extend(RESULT + 0x80 * i for i in range(len(row.results)))
        return self.raw(name, *flat)

    def rewind(self) -> None:
        """Put what comes next at the start of the scratch area."""
        self._at = SCRATCH

    def put(self, data: str | bytes) -> tuple[int, int]:
        """Put data into memory; return (address, length)."""
        raw = data.encode() if isinstance(data, str) else data
        addr = self._at
        self.memory.data[addr : addr + len(raw)] = raw
        self._at += -(-len(raw) // 8) * 8
        return addr, len(raw)

    def result(self, number: int = 0, size: int = 4) -> int:
        at = RESULT + 0x80 * number
        return int.from_bytes(self.memory.data[at : at + size], "little")

    def iovs(self, *parts: bytes | int) -> tuple[int, int]:
        """Put vectors into memory: of data to write, or of a size to read into."""
        words: list[int] = []
        for part in parts:
            words.extend(self.put(bytes(part) if isinstance(part, int) else part))
        addr, size = self.put(struct.pack(f"<{len(words)}I", *words))
        return addr, size // 8

    # The calls that most tests need

    def write(self, fd: int, *parts: bytes) -> Errno:
        self._at = SCRATCH
        return self.raw("fd_write", fd, *self.iovs(*parts), RESULT)

    def read(self, fd: int, size: int = 1000) -> bytes:
        """Read; the errno must be SUCCESS."""
        self._at = SCRATCH
        errno = self.raw("fd_read", fd, *self.iovs(size), RESULT)
        assert errno == Errno.SUCCESS, errno
        return bytes(self.memory.data[SCRATCH : SCRATCH + self.result()])

    def open(
        self,
        path: str,
        oflags: OFlags = NO_OFLAGS,
        rights: Rights = READ,
        *,
        fd: int = 3,
        follow: bool = False,
        inheriting: Rights = NO_RIGHTS,
        fdflags: FdFlags = NO_FLAGS,
    ) -> Errno:
        return self.call("path_open", fd, int(follow), path, oflags, rights, inheriting, fdflags)

    def opened(
        self,
        path: str,
        oflags: OFlags = NO_OFLAGS,
        rights: Rights = READ,
        *,
        fd: int = 3,
        follow: bool = False,
        inheriting: Rights = NO_RIGHTS,
        fdflags: FdFlags = NO_FLAGS,
    ) -> int:
        """Open and return the descriptor."""
        errno = self.open(
            path, oflags, rights, fd=fd, follow=follow, inheriting=inheriting, fdflags=fdflags
        )
        assert errno == Errno.SUCCESS, f"{path}: {errno}"
        return self.result()

    def directory(self, path: str, *, fd: int = 3) -> int:
        return self.opened(
            path,
            OFlags.DIRECTORY,
            DIRECTORY_RIGHTS,
            fd=fd,
            inheriting=INHERITED_RIGHTS,
        )

    def create(self, path: str, data: bytes = b"", *, fd: int = 3) -> None:
        file = self.opened(path, OFlags.CREAT, READ_WRITE, fd=fd)
        assert self.write(file, data) == Errno.SUCCESS
        assert self.call("fd_close", file) == Errno.SUCCESS

    def content(self, path: str, *, fd: int = 3) -> bytes:
        file = self.opened(path, fd=fd, follow=True)
        data = self.read(file)
        assert self.call("fd_close", file) == Errno.SUCCESS
        return data

    def stat(self, path: str, *, fd: int = 3, follow: bool = False) -> Filestat:
        errno = self.call("path_filestat_get", fd, int(follow), path)
        assert errno == Errno.SUCCESS, errno
        return FILESTAT.lift(bytes(self.memory.data[RESULT : RESULT + FILESTAT.size]))

    def fdstat(self, fd: int) -> Fdstat:
        assert self.call("fd_fdstat_get", fd) == Errno.SUCCESS
        return FDSTAT.lift(bytes(self.memory.data[RESULT : RESULT + FDSTAT.size]))

    def filestat(self, fd: int) -> Filestat:
        assert self.call("fd_filestat_get", fd) == Errno.SUCCESS
        return FILESTAT.lift(bytes(self.memory.data[RESULT : RESULT + FILESTAT.size]))

    def entries(self, fd: int, size: int = 4096, cookie: int = 0) -> list[Dirent]:
        assert self.raw("fd_readdir", fd, SCRATCH, size, cookie, RESULT) == Errno.SUCCESS
        return lift_dirents(bytes(self.memory.data[SCRATCH : SCRATCH + self.result()]))
