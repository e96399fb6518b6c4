"""The host's own directory as a volume: every access goes through a directory descriptor.

No path is ever put together: each operation names one component below an open directory, with
O_NOFOLLOW, so that nothing that changes in between can lead out.

Functions raise ErrnoError for what a guest may not do, or the host refuses.
"""

from __future__ import annotations

import os
import stat
import weakref
from contextlib import contextmanager

from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.host.wasi.errno import Errno, ErrnoError, from_os_error
from wasmlab.host.wasi.flags import FileType
from wasmlab.host.wasi.fs.tree import FIRST_COOKIE
from wasmlab.host.wasi.fs.volume import SELF, Handle, How, Times
from wasmlab.host.wasi.layout import Dirent, Filestat

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_KINDS = {
    stat.S_IFREG: FileType.REGULAR_FILE,
    stat.S_IFDIR: FileType.DIRECTORY,
    stat.S_IFLNK: FileType.SYMBOLIC_LINK,
    stat.S_IFCHR: FileType.CHARACTER_DEVICE,
    stat.S_IFBLK: FileType.BLOCK_DEVICE,
    stat.S_IFSOCK: FileType.SOCKET_STREAM,
}
# Windows has none of these; has_dir_fd says whether real directories can be served at all.
NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
DIRECTORY = getattr(os, "O_DIRECTORY", 0)
_HARMLESS = NOFOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_SEARCH = getattr(os, "O_PATH", os.O_RDONLY)
_FILE_MODE = 0o666
_DIRECTORY_MODE = 0o777


def has_dir_fd() -> bool:
    """Return whether this system can open files relative to a directory without following links."""
    needed = {os.open, os.stat, os.mkdir, os.rmdir, os.unlink, os.rename, os.link, os.symlink}
    return bool(NOFOLLOW and DIRECTORY) and needed <= os.supports_dir_fd


def file_type(mode: int) -> FileType:
    """Return the WASI type for a mode of the system."""
    return _KINDS.get(stat.S_IFMT(mode), FileType.UNKNOWN)


class RealHandle:
    """An open descriptor of the host; closed when nothing, no snapshot either, holds it."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.listing: tuple[Dirent, ...] | None = None
        """A directory as it was when its reading began, so that cookies keep their meaning."""
        self._closer = weakref.finalize(self, os.close, fd)

    def close(self) -> None:
        """Close at once."""
        self._closer()


def open_directory(host: str | os.PathLike[str]) -> RealHandle:
    """Return a host directory, open; OSError if it cannot be opened."""
    return RealHandle(os.open(host, os.O_RDONLY | DIRECTORY))


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise from_os_error(error) from None
    except (OverflowError, ValueError):
        raise ErrnoError(Errno.EINVAL) from None


def _real(handle: Handle) -> RealHandle:
    return cast("RealHandle", handle)


def _fd(handle: Handle) -> int:
    return _real(handle).fd


def _filestat(found: os.stat_result) -> Filestat:
    times = (max(0, ns) for ns in (found.st_atime_ns, found.st_mtime_ns, found.st_ctime_ns))
    kind = file_type(found.st_mode)
    return Filestat(found.st_dev, found.st_ino, kind, found.st_nlink, found.st_size, *times)


class RealVolume:
    """A Volume that is a directory of the host. A handle is a RealHandle."""

    def __init__(self, root: RealHandle, dev: int, *, readonly: bool = False) -> None:
        self.dev = dev
        self.readonly = readonly
        self.changes = 0
        """How often something on the disk was changed, which cannot be taken back."""
        self.root: Handle = root

    @contextmanager
    def _changing(self) -> Generator[None]:
        with _translated():
            yield
        self.changes += 1

    def kind(self, parent: Handle, name: str) -> FileType | None:
        """Return what name is."""
        try:
            return self.stat_at(parent, name).filetype
        except ErrnoError as error:
            if error.errno is Errno.ENOENT:
                return None
            raise

    def enter(self, parent: Handle, name: str) -> Handle:
        """Return the directory name; a link that took its place is ENOTDIR."""
        with _translated():
            return RealHandle(os.open(name, _SEARCH | DIRECTORY | NOFOLLOW, dir_fd=_fd(parent)))

    def leave(self, handle: Handle) -> None:
        """Close what enter returned."""
        _real(handle).close()

    def readlink(self, parent: Handle, name: str) -> str:
        """Return where a symbolic link leads."""
        with _translated():
            return os.readlink(name, dir_fd=_fd(parent))

    def open(self, parent: Handle, name: str, how: How) -> tuple[Handle, FileType]:
        """Open name; only regular files and directories, EACCES for devices and the like."""
        kind = self.kind(parent, name)
        if kind is FileType.SYMBOLIC_LINK and not (how.exclusive and how.create):
            raise ErrnoError(Errno.ELOOP)
        if kind not in (None, FileType.REGULAR_FILE, FileType.DIRECTORY, FileType.SYMBOLIC_LINK):
            raise ErrnoError(Errno.EACCES)
        with _translated():
            fd = os.open(name, _open_flags(how), _FILE_MODE, dir_fd=_fd(parent))
        self.changes += how.truncate or (how.create and kind is None)
        handle = RealHandle(fd)
        kind = self.stat(handle).filetype
        if kind not in (FileType.REGULAR_FILE, FileType.DIRECTORY):
            handle.close()
            raise ErrnoError(Errno.EACCES)
        return handle, kind

    def close(self, handle: Handle) -> None:
        """Do nothing: the handle closes itself when no snapshot holds it."""

    def stat(self, handle: Handle) -> Filestat:
        """Return the attributes of an open file."""
        with _translated():
            return _filestat(os.fstat(_fd(handle)))

    def stat_at(self, parent: Handle, name: str) -> Filestat:
        """Return the attributes of name."""
        with _translated():
            return _filestat(os.stat(name, dir_fd=_fd(parent), follow_symlinks=False))

    def set_times(self, handle: Handle, times: Times) -> None:
        """Set the times of an open file."""
        old = self.stat(handle)
        with self._changing():
            os.utime(_fd(handle), ns=_both(times, old))

    def set_times_at(self, parent: Handle, name: str, times: Times) -> None:
        """Set the times of name."""
        old = self.stat_at(parent, name)
        with self._changing():
            os.utime(name, ns=_both(times, old), dir_fd=_fd(parent), follow_symlinks=False)

    def read(self, handle: Handle, offset: int, size: int) -> bytes:
        """Return bytes of a file."""
        with _translated():
            left = min(size, max(0, os.fstat(_fd(handle)).st_size - offset))
            return os.pread(_fd(handle), left, offset)

    def write(self, handle: Handle, offset: int | None, data: bytes) -> int:
        """Write to a file."""
        with _translated():
            at = os.fstat(_fd(handle)).st_size if offset is None else offset
            self.changes += bool(data)
            left = memoryview(data)
            while left:
                written = os.pwrite(_fd(handle), left, at)
                at += written
                left = left[written:]
            return at

    def resize(self, handle: Handle, size: int) -> None:
        """Cut or extend a file."""
        with self._changing():
            os.ftruncate(_fd(handle), size)

    def sync(self, handle: Handle, *, data_only: bool) -> None:
        """Bring a file to the disk."""
        flush = getattr(os, "fdatasync", os.fsync) if data_only else os.fsync
        with _translated():
            flush(_fd(handle))

    def entries(self, handle: Handle, cookie: int) -> Iterator[Dirent]:
        """Yield directory entries; cookie 0 reads the directory anew."""
        real = _real(handle)
        if cookie == 0 or real.listing is None:
            real.listing = tuple(self._list(real))
        return iter(real.listing[min(cookie, len(real.listing)) :])

    def _list(self, handle: RealHandle) -> Iterator[Dirent]:
        own = self.stat(handle).ino
        yield Dirent(1, own, FileType.DIRECTORY, b".")
        yield Dirent(2, own, FileType.DIRECTORY, b"..")
        with _translated(), os.scandir(handle.fd) as found:
            names = sorted(found, key=lambda entry: entry.name)
            for number, entry in enumerate(names, FIRST_COOKIE):
                mode = entry.stat(follow_symlinks=False).st_mode
                yield Dirent(number + 1, entry.inode(), file_type(mode), os.fsencode(entry.name))

    def mkdir(self, parent: Handle, name: str) -> None:
        """Make a directory."""
        with self._changing():
            os.mkdir(name, _DIRECTORY_MODE, dir_fd=_fd(parent))

    def rmdir(self, parent: Handle, name: str) -> None:
        """Remove an empty directory."""
        with self._changing():
            os.rmdir(name, dir_fd=_fd(parent))

    def unlink(self, parent: Handle, name: str) -> None:
        """Remove a file or symbolic link; EISDIR for a directory on every system."""
        if self.kind(parent, name) is FileType.DIRECTORY:
            raise ErrnoError(Errno.EISDIR)
        with self._changing():
            os.unlink(name, dir_fd=_fd(parent))

    def symlink(self, target: str, parent: Handle, name: str) -> None:
        """Make a symbolic link."""
        with self._changing():
            os.symlink(target, name, dir_fd=_fd(parent))

    def link(self, old_parent: Handle, old: str, parent: Handle, name: str) -> None:
        """Make a hard link."""
        if self.kind(old_parent, old) is FileType.DIRECTORY:
            raise ErrnoError(Errno.EPERM)
        ends = {"src_dir_fd": _fd(old_parent), "dst_dir_fd": _fd(parent)}
        with self._changing():
            os.link(old, name, **ends, follow_symlinks=False)

    def rename(self, old_parent: Handle, old: str, parent: Handle, name: str) -> None:
        """Rename, replacing what POSIX lets be replaced."""
        if SELF in (old, name):
            raise ErrnoError(Errno.EBUSY)
        with self._changing():
            os.rename(old, name, src_dir_fd=_fd(old_parent), dst_dir_fd=_fd(parent))


def _open_flags(how: How) -> int:
    flags = (os.O_RDWR if how.read else os.O_WRONLY) if how.write else os.O_RDONLY
    flags |= os.O_CREAT if how.create else 0
    flags |= os.O_EXCL if how.exclusive and how.create else 0
    flags |= os.O_TRUNC if how.truncate else 0
    return flags | _HARMLESS | (DIRECTORY if how.directory else 0)


def _both(times: Times, old: Filestat) -> tuple[int, int]:
    atim = old.atim if times.atim is None else times.atim
    mtim = old.mtim if times.mtim is None else times.mtim
    return atim, mtim
