"""Functions of preview 1 on paths.

Functions raise ErrnoError, whose number the guest gets.
"""

from __future__ import annotations

from contextlib import contextmanager

from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.descriptor import Descriptor, applicable_rights
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.flags import (
    WRITE_RIGHTS,
    FdFlags,
    FileType,
    FstFlags,
    LookupFlags,
    OFlags,
    Rights,
)
from wasmlab.host.wasi.fs.path import ResolvedPath, resolve
from wasmlab.host.wasi.fs.volume import SELF, How
from wasmlab.host.wasi.preview1_fd import check_writable, directory_of, new_times

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.host.wasi.fs.volume import Volume
    from wasmlab.host.wasi.layout import Filestat
    from wasmlab.host.wasi.values import Buffer
    from wasmlab.host.wasi.wasi import Wasi
    from wasmlab.runtime.host import HostMemory


@contextmanager
def _place(
    wasi: Wasi, fd: int, right: Rights, path: str, *, follow: bool = False
) -> Generator[tuple[Volume, ResolvedPath]]:
    """Yield the volume of a directory descriptor and where path leads in it."""
    volume, handle = directory_of(wasi.descriptor(fd))
    wasi.descriptor(fd, right)
    with resolve(volume, handle, path, follow=follow) as place:
        yield volume, place


def _follows(flags: LookupFlags, path: str) -> bool:
    """Return whether a link at the end is followed: if asked for, or if a slash follows."""
    return LookupFlags.SYMLINK_FOLLOW in flags or path.endswith("/")


def _check_slash(volume: Volume, place: ResolvedPath) -> None:
    """Raise ENOTDIR if the path ends in a slash and leads to something other than a directory."""
    kind = volume.kind(place.parent, place.name)
    if place.slash and kind is not None and kind is not FileType.DIRECTORY:
        raise ErrnoError(Errno.ENOTDIR)


def path_create_directory(wasi: Wasi, memory: HostMemory, fd: int, path: str) -> None:
    """Make a directory."""
    del memory
    with _place(wasi, fd, Rights.PATH_CREATE_DIRECTORY, path) as (volume, place):
        check_writable(volume)
        volume.mkdir(place.parent, place.name)


def path_filestat_get(
    wasi: Wasi, memory: HostMemory, fd: int, flags: LookupFlags, path: str
) -> Filestat:
    """Return the attributes of a file."""
    del memory
    follow = _follows(flags, path)
    with _place(wasi, fd, Rights.PATH_FILESTAT_GET, path, follow=follow) as (volume, place):
        _check_slash(volume, place)
        return volume.stat_at(place.parent, place.name)


def path_filestat_set_times(  # noqa: PLR0913, PLR0917 - the ABI's arguments
    wasi: Wasi,
    memory: HostMemory,
    fd: int,
    flags: LookupFlags,
    path: str,
    atim: int,
    mtim: int,
    fst_flags: FstFlags,
) -> None:
    """Set the times of a file."""
    del memory
    follow = _follows(flags, path)
    with _place(wasi, fd, Rights.PATH_FILESTAT_SET_TIMES, path, follow=follow) as (volume, place):
        times = new_times(wasi, atim, mtim, fst_flags)
        check_writable(volume)
        _check_slash(volume, place)
        volume.set_times_at(place.parent, place.name, times)


def path_link(
    wasi: Wasi,
    memory: HostMemory,
    old_fd: int,
    old_flags: LookupFlags,
    old_path: str,
    new_fd: int,
    new_path: str,
) -> None:
    """Make a hard link; EINVAL if a symbolic link should be followed, which is not offered."""
    del memory
    if LookupFlags.SYMLINK_FOLLOW in old_flags:
        raise ErrnoError(Errno.EINVAL)
    with (
        _place(wasi, old_fd, Rights.PATH_LINK_SOURCE, old_path) as (volume, old),
        _place(wasi, new_fd, Rights.PATH_LINK_TARGET, new_path) as (new_volume, new),
    ):
        _check_same(volume, new_volume)
        _check_slash(volume, old)
        _check_new_name(volume, new)
        volume.link(old.parent, old.name, new.parent, new.name)


def _check_same(volume: Volume, other: Volume) -> None:
    if volume is not other:
        raise ErrnoError(Errno.EXDEV)
    check_writable(volume)


def _check_new_name(volume: Volume, place: ResolvedPath) -> None:
    """Check the name of something new that is no directory: free, and without a slash."""
    kind = volume.kind(place.parent, place.name)
    if kind is not None:
        taken = kind is FileType.DIRECTORY or not place.slash
        raise ErrnoError(Errno.EEXIST if taken else Errno.ENOTDIR)
    if place.slash:
        raise ErrnoError(Errno.ENOENT)


def path_symlink(wasi: Wasi, memory: HostMemory, old_path: str, fd: int, new_path: str) -> None:
    """Make a symbolic link; it may dangle, but an absolute one is refused at once."""
    del memory
    with _place(wasi, fd, Rights.PATH_SYMLINK, new_path) as (volume, place):
        check_writable(volume)
        if not old_path:
            raise ErrnoError(Errno.ENOENT)
        if old_path.startswith("/"):
            raise ErrnoError(Errno.ENOTCAPABLE)
        _check_new_name(volume, place)
        volume.symlink(old_path, place.parent, place.name)


def path_readlink(wasi: Wasi, memory: HostMemory, fd: int, path: str, buf: Buffer) -> int:
    """Write where a link leads, cut to the buffer, without NUL."""
    follow = path.endswith("/")
    with _place(wasi, fd, Rights.PATH_READLINK, path, follow=follow) as (volume, place):
        _check_slash(volume, place)
        target = volume.readlink(place.parent, place.name)
    data = target.encode("utf-8", "surrogateescape")[: buf.size]
    if data:
        memory.write(buf.addr, data)
    return len(data)


def path_remove_directory(wasi: Wasi, memory: HostMemory, fd: int, path: str) -> None:
    """Remove an empty directory."""
    del memory
    with _place(wasi, fd, Rights.PATH_REMOVE_DIRECTORY, path) as (volume, place):
        check_writable(volume)
        volume.rmdir(place.parent, place.name)


def path_unlink_file(wasi: Wasi, memory: HostMemory, fd: int, path: str) -> None:
    """Remove a file or symbolic link."""
    del memory
    with _place(wasi, fd, Rights.PATH_UNLINK_FILE, path) as (volume, place):
        check_writable(volume)
        _check_slash(volume, place)
        volume.unlink(place.parent, place.name)


def path_rename(
    wasi: Wasi, memory: HostMemory, fd: int, old_path: str, new_fd: int, new_path: str
) -> None:
    """Rename a file or directory; EXDEV between granted directories."""
    del memory
    with (
        _place(wasi, fd, Rights.PATH_RENAME_SOURCE, old_path) as (volume, old),
        _place(wasi, new_fd, Rights.PATH_RENAME_TARGET, new_path) as (new_volume, new),
    ):
        _check_same(volume, new_volume)
        kind = volume.kind(old.parent, old.name)
        if (old.slash or new.slash) and kind not in (FileType.DIRECTORY, None):
            raise ErrnoError(Errno.ENOTDIR)
        volume.rename(old.parent, old.name, new.parent, new.name)


def path_open(  # noqa: PLR0913, PLR0917 - the ABI's arguments
    wasi: Wasi,
    memory: HostMemory,
    fd: int,
    dirflags: LookupFlags,
    path: str,
    oflags: OFlags,
    base: Rights,
    inheriting: Rights,
    fdflags: FdFlags,
) -> int:
    """Open a file or directory with rights that the directory hands down."""
    del memory
    directory = wasi.descriptor(fd)
    directory_of(directory)
    _check_handed_down(directory, base, inheriting, fdflags)
    wasi.quotas.check("descriptors", len(wasi.descriptors) + 1)
    how = _how(oflags, base)
    needed = _needed(oflags, directory.inheriting)
    follow = _open_follows(dirflags, oflags, path)
    with _place(wasi, fd, needed, path, follow=follow) as (volume, place):
        if how.write or how.create:
            _check_open_write(volume, place, how)
        if place.slash:
            how = _only_directory(volume, place, how)
        handle, kind = volume.open(place.parent, place.name, how)
    opened = Descriptor(
        kind,
        base & applicable_rights(kind),
        inheriting,
        fdflags,
        _display_path(directory.path, path),
        volume=volume,
        handle=handle,
    )
    return wasi.add(opened)


def _open_follows(dirflags: LookupFlags, oflags: OFlags, path: str) -> bool:
    exclusive = OFlags.CREAT | OFlags.EXCL
    return _follows(dirflags, path) and exclusive not in oflags


def _check_handed_down(
    directory: Descriptor, base: Rights, inheriting: Rights, fdflags: FdFlags
) -> None:
    wanted = base | inheriting
    if fdflags & (FdFlags.SYNC | FdFlags.RSYNC):
        wanted |= Rights.FD_SYNC
    if FdFlags.DSYNC in fdflags:
        wanted |= Rights.FD_DATASYNC
    if wanted & ~(directory.inheriting | directory.rights):
        raise ErrnoError(Errno.ENOTCAPABLE)


def _needed(oflags: OFlags, inheriting: Rights) -> Rights:
    needed = Rights.PATH_OPEN
    if OFlags.CREAT in oflags:
        needed |= Rights.PATH_CREATE_FILE
    # Who may open a file to set its size can truncate it anyway; Go opens directories like that.
    if OFlags.TRUNC in oflags and Rights.FD_FILESTAT_SET_SIZE not in inheriting:
        needed |= Rights.PATH_FILESTAT_SET_SIZE
    return needed


def _how(oflags: OFlags, base: Rights) -> How:
    truncate = OFlags.TRUNC in oflags
    how = How(
        read=bool(base & Rights.FD_READ),
        write=bool(base & WRITE_RIGHTS) or truncate,
        create=OFlags.CREAT in oflags,
        exclusive=OFlags.EXCL in oflags,
        truncate=truncate,
        directory=OFlags.DIRECTORY in oflags,
    )
    if how.directory and (how.create or how.truncate):
        raise ErrnoError(Errno.EINVAL)
    return how


def _check_open_write(volume: Volume, place: ResolvedPath, how: How) -> None:
    """Raise EROFS where opening would change a read-only directory or let a file be written."""
    exists = volume.kind(place.parent, place.name) is not None
    if volume.readonly and (how.truncate or not exists or how.write):
        raise ErrnoError(Errno.EROFS if exists or how.create else Errno.ENOENT)


def _only_directory(volume: Volume, place: ResolvedPath, how: How) -> How:
    if how.create and volume.kind(place.parent, place.name) is not FileType.DIRECTORY:
        raise ErrnoError(Errno.EISDIR)
    return How(how.read, how.write, directory=True)


def _display_path(directory: str, path: str) -> str:
    if path in (SELF, ""):
        return directory
    return f"{directory}{path}" if directory.endswith("/") else f"{directory}/{path}"
