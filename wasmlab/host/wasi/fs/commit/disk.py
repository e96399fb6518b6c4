"""The system calls of a commit: each names one component below an open directory.

No call follows a symbolic link, so that neither a link that the guest made nor one that was put in
place meanwhile leads out of the granted directory.
"""

from __future__ import annotations

import os
import stat
from importlib import import_module

from wasmlab.host.wasi.fs.real import DIRECTORY, NOFOLLOW, RealHandle
from wasmlab.notes import forget_note, read_note, write_note

Parts = tuple[str, ...]
"""The components of a path below a granted directory."""
_FILE_MODE = 0o666
_DIRECTORY_MODE = 0o777
_COMMITS = "commits"
"""The kind of notes of commits: a digest is the name of each."""
_HELD = 64
"""Directories that are kept open."""


class Disk:
    """What a commit asks of the system; the one place at which tests let it fail."""

    def lock(self, fd: int) -> None:
        """Lock a directory until its descriptor is closed; BlockingIOError if it is locked.

        Systems and file systems that know no locks are not locked.
        """
        try:
            fcntl = import_module("fcntl")  # not every system has it
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except (OSError, ImportError):
            return

    def enter(self, at: int, name: str) -> int:
        """Return a descriptor of the directory name."""
        return os.open(name, os.O_RDONLY | DIRECTORY | NOFOLLOW, dir_fd=at)

    def create(self, at: int, name: str) -> int:
        """Return a descriptor of a file that did not exist, for writing."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOFOLLOW
        return os.open(name, flags, _FILE_MODE, dir_fd=at)

    def open(self, at: int, name: str) -> int:
        """Return a descriptor of a file, for reading; a pipe is not waited for."""
        return os.open(name, os.O_RDONLY | os.O_NONBLOCK | NOFOLLOW, dir_fd=at)

    def read(self, fd: int, size: int) -> bytes:
        """Return the next bytes of a file, none at its end."""
        return os.read(fd, size)

    def write(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        """Return how many bytes were written at offset."""
        return os.pwrite(fd, data, offset)

    def resize(self, fd: int, size: int) -> None:
        """Cut or extend a file."""
        os.ftruncate(fd, size)

    def own(self, fd: int, uid: int, gid: int) -> None:
        """Set a file's owner and group."""
        os.fchown(fd, uid, gid)

    def permit(self, fd: int, mode: int) -> None:
        """Set a file's permissions."""
        os.fchmod(fd, mode)

    def date(self, fd: int, atim: int, mtim: int) -> None:
        """Set a file's times, in nanoseconds since 1970."""
        os.utime(fd, ns=(atim, mtim))

    def sync(self, fd: int) -> None:
        """Bring a file or directory to the disk."""
        os.fsync(fd)

    def stat(self, at: int, name: str) -> os.stat_result:
        """Return the attributes of name itself."""
        return os.stat(name, dir_fd=at, follow_symlinks=False)

    def names(self, fd: int) -> list[str]:
        """Return the names in a directory."""
        return os.listdir(fd)

    def mkdir(self, at: int, name: str) -> None:
        """Make a directory."""
        os.mkdir(name, _DIRECTORY_MODE, dir_fd=at)

    def symlink(self, target: str, at: int, name: str) -> None:
        """Make a symbolic link."""
        os.symlink(target, name, dir_fd=at)

    def link(self, old_at: int, old: str, at: int, name: str) -> None:
        """Make a hard link."""
        os.link(old, name, src_dir_fd=old_at, dst_dir_fd=at, follow_symlinks=False)

    def rename(self, at: int, old: str, name: str) -> None:
        """Rename within a directory."""
        os.rename(old, name, src_dir_fd=at, dst_dir_fd=at)

    def unlink(self, at: int, name: str) -> None:
        """Remove a name that is no directory's."""
        os.unlink(name, dir_fd=at)

    def rmdir(self, at: int, name: str) -> None:
        """Remove an empty directory."""
        os.rmdir(name, dir_fd=at)

    def note(self, digest: str) -> None:
        """Note, outside all granted directories, the digest of a journal that is to be believed."""
        write_note(_COMMITS, digest, "")

    def has_noted(self, digest: str) -> bool:
        """Return whether the digest of a journal is noted."""
        return read_note(_COMMITS, digest) is not None

    def forget(self, digest: str) -> None:
        """Remove the note of a journal, if there is one."""
        forget_note(_COMMITS, digest)


DISK = Disk()


class Directories:
    """The directories below an open one, opened a component at a time; some are kept open."""

    def __init__(self, disk: Disk, root: RealHandle, host: str) -> None:
        self.disk = disk
        self.root = root
        self.host = host
        """The path of root, for messages only."""
        self.believed = ""
        """Digest of the journal in the granted directory that is believed; "" for none yet."""
        self._open: dict[Parts, RealHandle] = {}

    def at(self, parts: Parts) -> int:
        """Return the descriptor of a directory, valid until the next call; OSError as held."""
        return self.held(parts).fd

    def held(self, parts: Parts) -> RealHandle:
        """Return a directory, open as long as it is held.

        Raises OSError if a component is no directory: a symbolic link is none.
        """
        handle, known = self.root, 0
        for count in range(len(parts), 0, -1):
            found = self._open.get(parts[:count])
            if found is not None:
                handle, known = found, count
                break
        for count in range(known, len(parts)):
            handle = RealHandle(self.disk.enter(handle.fd, parts[count]))
            self._keep(parts[: count + 1], handle)
        return handle

    def _keep(self, parts: Parts, handle: RealHandle) -> None:
        self._open.pop(parts, None)
        self._open[parts] = handle
        if len(self._open) > _HELD:
            del self._open[next(iter(self._open))]

    def stat(self, parts: Parts, name: str) -> os.stat_result | None:
        """Return the attributes of a name; None if there is nothing."""
        try:
            return self.disk.stat(self.at(parts), name)
        except FileNotFoundError:
            return None


def is_directory(found: os.stat_result) -> bool:
    """Return whether attributes are a directory's."""
    return stat.S_ISDIR(found.st_mode)


def remove(directories: Directories, parts: Parts, name: str) -> None:
    """Remove a name and all that is below it; nothing if it is not there."""
    made: list[tuple[Parts, str]] = []
    todo = [(parts, name)]
    while todo:
        parts, name = todo.pop()
        found = directories.stat(parts, name)
        if found is not None and is_directory(found):
            made.append((parts, name))
            below = (*parts, name)
            at = directories.at(below)
            if found.st_mode & stat.S_IRWXU != stat.S_IRWXU:
                directories.disk.permit(at, stat.S_IRWXU)
            todo.extend((below, child) for child in directories.disk.names(at))
        elif found is not None:
            directories.disk.unlink(directories.at(parts), name)
    for parts, name in reversed(made):
        directories.disk.rmdir(directories.at(parts), name)


def write_all(disk: Disk, fd: int, data: bytes, offset: int) -> None:
    """Write all of data at offset, in as many calls as the system needs."""
    left = memoryview(data)
    while left:
        written = disk.write(fd, left, offset)
        offset += written
        left = left[written:]
