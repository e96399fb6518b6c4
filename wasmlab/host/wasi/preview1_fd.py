"""Functions of preview 1 on open descriptors.

Functions raise ErrnoError, whose number the guest gets.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.flags import FdFlags, FileType, FstFlags, Rights, Whence
from wasmlab.host.wasi.fs.volume import Times
from wasmlab.host.wasi.layout import Fdstat, Filestat, lower_dirent
from wasmlab.records import replace

if TYPE_CHECKING:
    from wasmlab.host.wasi.descriptor import Descriptor
    from wasmlab.host.wasi.flags import Advice
    from wasmlab.host.wasi.fs.volume import Handle, Volume
    from wasmlab.host.wasi.values import Buffer
    from wasmlab.host.wasi.wasi import Wasi
    from wasmlab.runtime.host import HostMemory

CALL_LIMIT = 64 << 20
"""Bytes moved by one call at most; larger ones fall short, as they may."""
OFFSET_LIMIT = 1 << 63
_SYNC = FdFlags.SYNC | FdFlags.DSYNC


def file_of(descriptor: Descriptor) -> tuple[Volume, Handle]:
    """Return where the descriptor of a regular file leads; EISDIR or ESPIPE for others."""
    if descriptor.kind is FileType.DIRECTORY:
        raise ErrnoError(Errno.EISDIR)
    if descriptor.volume is None:
        raise ErrnoError(Errno.ESPIPE)
    return descriptor.volume, descriptor.handle


def directory_of(descriptor: Descriptor) -> tuple[Volume, Handle]:
    """Return where the descriptor of a directory leads; ENOTDIR for others."""
    if descriptor.kind is not FileType.DIRECTORY or descriptor.volume is None:
        raise ErrnoError(Errno.ENOTDIR)
    return descriptor.volume, descriptor.handle


def check_writable(volume: Volume) -> None:
    """Raise EROFS for a directory that was granted for reading only."""
    if volume.readonly:
        raise ErrnoError(Errno.EROFS)


def _seekable(wasi: Wasi, fd: int, rights: Rights) -> tuple[Descriptor, Volume, Handle]:
    """Return the descriptor of a regular file; what kind it is comes before its rights."""
    volume, handle = file_of(wasi.descriptor(fd))
    return wasi.descriptor(fd, rights), volume, handle


def _total(iovs: tuple[Buffer, ...]) -> int:
    return min(sum(iov.size for iov in iovs), CALL_LIMIT)


def _gather(memory: HostMemory, iovs: tuple[Buffer, ...]) -> bytes:
    left = _total(iovs)
    parts: list[bytes] = []
    for iov in iovs:
        size = min(iov.size, left)
        if size:
            parts.append(memory.read(iov.addr, size))
        left -= size
    return b"".join(parts)


def _scatter(memory: HostMemory, iovs: tuple[Buffer, ...], data: bytes) -> None:
    at = 0
    for iov in iovs:
        part = data[at : at + iov.size]
        if part:
            memory.write(iov.addr, part)
        at += len(part)


def fd_read(wasi: Wasi, memory: HostMemory, fd: int, iovs: tuple[Buffer, ...]) -> int:
    """Read from a file at its offset, or from standard input."""
    descriptor = wasi.descriptor(fd)
    if descriptor.stream is not None:
        wasi.descriptor(fd, Rights.FD_READ)
        data = _read_stdin(wasi, descriptor, _total(iovs))
    else:
        descriptor, volume, handle = _seekable(wasi, fd, Rights.FD_READ)
        data = volume.read(handle, descriptor.position, _total(iovs))
        wasi.change(fd, position=descriptor.position + len(data))
    _scatter(memory, iovs, data)
    return len(data)


def _read_stdin(wasi: Wasi, descriptor: Descriptor, size: int) -> bytes:
    if FdFlags.NONBLOCK in descriptor.flags and not wasi.stdin.poll(0):
        raise ErrnoError(Errno.EAGAIN)
    return wasi.stdin.take(size)


def fd_pread(wasi: Wasi, memory: HostMemory, fd: int, iovs: tuple[Buffer, ...], offset: int) -> int:
    """Read from a file at an offset."""
    _, volume, handle = _seekable(wasi, fd, Rights.FD_READ | Rights.FD_SEEK)
    _check_offset(offset)
    data = volume.read(handle, offset, _total(iovs))
    _scatter(memory, iovs, data)
    return len(data)


def fd_write(wasi: Wasi, memory: HostMemory, fd: int, iovs: tuple[Buffer, ...]) -> int:
    """Write to a file at its offset, or its end with APPEND, or to a standard stream."""
    descriptor = wasi.descriptor(fd)
    if descriptor.stream is not None:
        wasi.descriptor(fd, Rights.FD_WRITE)
        data = _gather(memory, iovs)
        return wasi.print(descriptor.stream, data)
    descriptor, volume, handle = _seekable(wasi, fd, Rights.FD_WRITE)
    data = _gather(memory, iovs)
    append = FdFlags.APPEND in descriptor.flags
    end = _write(wasi, descriptor, data, None if append else descriptor.position)
    wasi.change(fd, position=end)
    if descriptor.flags & _SYNC:
        volume.sync(handle, data_only=FdFlags.SYNC not in descriptor.flags)
    return len(data)


def _write(wasi: Wasi, descriptor: Descriptor, data: bytes, offset: int | None) -> int:
    volume, handle = file_of(descriptor)
    check_writable(volume)
    wasi.count_written(len(data))
    return volume.write(handle, offset, data)


def fd_pwrite(
    wasi: Wasi, memory: HostMemory, fd: int, iovs: tuple[Buffer, ...], offset: int
) -> int:
    """Write to a file at an offset, with APPEND too, as POSIX has it."""
    descriptor, volume, handle = _seekable(wasi, fd, Rights.FD_WRITE | Rights.FD_SEEK)
    _check_offset(offset)
    data = _gather(memory, iovs)
    _write(wasi, descriptor, data, offset)
    if descriptor.flags & _SYNC:
        volume.sync(handle, data_only=FdFlags.SYNC not in descriptor.flags)
    return len(data)


def _check_offset(offset: int) -> None:
    if offset >= OFFSET_LIMIT:
        raise ErrnoError(Errno.EINVAL)


def fd_seek(wasi: Wasi, memory: HostMemory, fd: int, offset: int, whence: Whence) -> int:
    """Move the offset; asking where it is needs the right to tell only."""
    del memory
    asks = whence is Whence.CUR and offset == 0
    descriptor, volume, handle = _seekable(wasi, fd, Rights(0))
    if not (Rights.FD_SEEK in descriptor.rights or (asks and Rights.FD_TELL in descriptor.rights)):
        raise ErrnoError(Errno.ENOTCAPABLE)
    base = {Whence.SET: 0, Whence.CUR: descriptor.position}.get(whence)
    if base is None:
        base = volume.stat(handle).size
    position = base + offset
    if not 0 <= position < OFFSET_LIMIT:
        raise ErrnoError(Errno.EINVAL)
    wasi.change(fd, position=position)
    return position


def fd_tell(wasi: Wasi, memory: HostMemory, fd: int) -> int:
    """Return the offset."""
    del memory
    return _seekable(wasi, fd, Rights.FD_TELL)[0].position


def fd_close(wasi: Wasi, memory: HostMemory, fd: int) -> None:
    """Close a descriptor."""
    del memory
    wasi.remove(fd)


def fd_renumber(wasi: Wasi, memory: HostMemory, fd: int, to: int) -> None:
    """Move a descriptor to an open number."""
    del memory
    descriptor = wasi.descriptor(fd)
    wasi.descriptor(to)
    if fd != to:
        wasi.remove(to)
        wasi.descriptors = wasi.descriptors.remove(fd).put(to, descriptor)


def fd_sync(wasi: Wasi, memory: HostMemory, fd: int) -> None:
    """Bring a file to the disk."""
    del memory
    _sync(wasi.descriptor(fd, Rights.FD_SYNC), data_only=False)


def fd_datasync(wasi: Wasi, memory: HostMemory, fd: int) -> None:
    """Bring a file's data to the disk."""
    del memory
    _sync(wasi.descriptor(fd, Rights.FD_DATASYNC), data_only=True)


def _sync(descriptor: Descriptor, *, data_only: bool) -> None:
    if descriptor.volume is None:
        raise ErrnoError(Errno.EINVAL)
    descriptor.volume.sync(descriptor.handle, data_only=data_only)


def fd_advise(
    wasi: Wasi, memory: HostMemory, fd: int, offset: int, length: int, advice: Advice
) -> None:
    """Check the arguments; the advice itself changes nothing."""
    del memory, advice
    _seekable(wasi, fd, Rights.FD_ADVISE)
    if offset + length >= OFFSET_LIMIT:
        raise ErrnoError(Errno.EINVAL)


def fd_allocate(wasi: Wasi, memory: HostMemory, fd: int, offset: int, length: int) -> None:
    """Make a file long enough."""
    del memory
    _, volume, handle = _seekable(wasi, fd, Rights.FD_ALLOCATE)
    check_writable(volume)
    if length == 0 or offset >= OFFSET_LIMIT or length >= OFFSET_LIMIT:
        raise ErrnoError(Errno.EINVAL)
    if offset + length >= OFFSET_LIMIT:
        raise ErrnoError(Errno.EFBIG)
    if offset + length > volume.stat(handle).size:
        volume.resize(handle, offset + length)


def fd_fdstat_get(wasi: Wasi, memory: HostMemory, fd: int) -> Fdstat:
    """Return a descriptor's type, flags and rights."""
    del memory
    found = wasi.descriptor(fd)
    return Fdstat(found.kind, found.flags, found.rights, found.inheriting)


def fd_fdstat_set_flags(wasi: Wasi, memory: HostMemory, fd: int, flags: FdFlags) -> None:
    """Set a descriptor's flags."""
    del memory
    wasi.descriptor(fd, Rights.FD_FDSTAT_SET_FLAGS)
    wasi.change(fd, flags=flags)


def fd_fdstat_set_rights(
    wasi: Wasi, memory: HostMemory, fd: int, base: Rights, inheriting: Rights
) -> None:
    """Give up rights; ENOTCAPABLE for one that the descriptor does not have."""
    del memory
    found = wasi.descriptor(fd)
    if base & ~found.rights or inheriting & ~found.inheriting:
        raise ErrnoError(Errno.ENOTCAPABLE)
    wasi.change(fd, rights=base, inheriting=inheriting)


def fd_filestat_get(wasi: Wasi, memory: HostMemory, fd: int) -> Filestat:
    """Return the attributes of an open file; a standard stream has no more than its type."""
    del memory
    found = wasi.descriptor(fd, Rights.FD_FILESTAT_GET)
    if found.volume is None:
        return Filestat(0, fd, found.kind, 1, 0, 0, 0, 0)
    return found.volume.stat(found.handle)


def fd_filestat_set_size(wasi: Wasi, memory: HostMemory, fd: int, size: int) -> None:
    """Cut or extend a file."""
    del memory
    _, volume, handle = _seekable(wasi, fd, Rights.FD_FILESTAT_SET_SIZE)
    check_writable(volume)
    _check_offset(size)
    volume.resize(handle, size)


def fd_filestat_set_times(
    wasi: Wasi, memory: HostMemory, fd: int, atim: int, mtim: int, flags: FstFlags
) -> None:
    """Set the times of an open file."""
    del memory
    found = wasi.descriptor(fd, Rights.FD_FILESTAT_SET_TIMES)
    times = new_times(wasi, atim, mtim, flags)
    if found.volume is None:
        raise ErrnoError(Errno.EINVAL)
    check_writable(found.volume)
    found.volume.set_times(found.handle, times)


def new_times(wasi: Wasi, atim: int, mtim: int, flags: FstFlags) -> Times:
    """Return the times to set; EINVAL if one is to be both given and now."""
    for both in (FstFlags.ATIM | FstFlags.ATIM_NOW, FstFlags.MTIM | FstFlags.MTIM_NOW):
        if both in flags:
            raise ErrnoError(Errno.EINVAL)
    times = Times(
        atim if FstFlags.ATIM in flags else None, mtim if FstFlags.MTIM in flags else None
    )
    if FstFlags.ATIM_NOW in flags:
        times = replace(times, atim=wasi.now())
    if FstFlags.MTIM_NOW in flags:
        times = replace(times, mtim=wasi.now())
    return times


def fd_prestat_get(wasi: Wasi, memory: HostMemory, fd: int) -> int:
    """Return the length of a preopened directory's name in bytes."""
    del memory
    return len(_preopen_name(wasi, fd))


def fd_prestat_dir_name(wasi: Wasi, memory: HostMemory, fd: int, path: Buffer) -> None:
    """Write a preopened directory's name, without NUL."""
    name = _preopen_name(wasi, fd)
    if path.size < len(name):
        raise ErrnoError(Errno.ENAMETOOLONG)
    memory.write(path.addr, name)


def _preopen_name(wasi: Wasi, fd: int) -> bytes:
    found = wasi.descriptor(fd)
    if not found.preopen:
        raise ErrnoError(Errno.EBADF)
    return found.path.encode("utf-8", "surrogateescape")


def fd_readdir(wasi: Wasi, memory: HostMemory, fd: int, buf: Buffer, cookie: int) -> int:
    """Fill a buffer with entries; the last may be cut, a buffer not filled is the end."""
    found = wasi.descriptor(fd)
    volume, handle = directory_of(found)
    wasi.descriptor(fd, Rights.FD_READDIR)
    parts: list[bytes] = []
    used = 0
    for entry in volume.entries(handle, cookie):
        raw = lower_dirent(entry)[: buf.size - used]
        parts.append(raw)
        used += len(raw)
        if used >= buf.size:
            break
    if used:
        memory.write(buf.addr, b"".join(parts))
    return used
