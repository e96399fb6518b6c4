"""Staging: what an overlay brings is written beside its place, under a name of its own.

A file of the host that only moved is staged as a hard link, so that it keeps all that it has and
takes no space; where the system makes none, as a copy.
"""

from __future__ import annotations

import errno
from contextlib import closing, suppress

from wasmlab.errors import CommitError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.flags import FileType
from wasmlab.host.wasi.fs.changes import same_content
from wasmlab.host.wasi.fs.commit.disk import Directories, is_directory, write_all
from wasmlab.host.wasi.fs.commit.journal import is_component
from wasmlab.host.wasi.fs.real import RealHandle
from wasmlab.host.wasi.fs.source import HostSource, Stamp, stamp_of
from wasmlab.host.wasi.fs.tree import PAGE

if TYPE_CHECKING:
    import os

    from wasmlab.host.wasi.fs.commit.disk import Disk, Parts
    from wasmlab.host.wasi.fs.memory import TreeVolume

DEEPEST = 1000
"""Directories inside each other that are written; opening a path takes time for each."""
_COPIED = 1 << 20
"""Bytes that are copied at a time."""
_PERMISSIONS = 0o777
_NO_LINK = {errno.EPERM, errno.EACCES, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS}
"""What systems answer that make no hard link to this file, but may copy it."""


class Staging:
    """Writes what is new in a volume; ``before`` shows what its host directory holds."""

    def __init__(self, directories: Directories, before: TreeVolume, volume: TreeVolume) -> None:
        self._directories = directories
        self._disk: Disk = directories.disk
        self._before = before
        self._volume = volume
        self.stamps: dict[int, Stamp] = {}
        """What was staged, by inode number."""
        self._staged: dict[int, tuple[Parts, str]] = {}
        self._made: list[tuple[Parts, int]] = []

    @property
    def _source(self) -> HostSource | None:
        source = self._volume.source
        return source if isinstance(source, HostSource) else None

    # Is the host's directory still as it was?

    def check(self, parts: Parts, name: str, ino: int) -> None:
        """Raise CommitError unless name is, with all below it, what the overlay knows as ino.

        With 0 for ino, nothing may be there.
        """
        todo = [(parts, name, ino)]
        while todo:
            parts, name, ino = todo.pop()
            found = self._directories.stat(parts, name)
            if not self._is(found, ino):
                raise _changed((*parts, name))
            if found is not None and is_directory(found):
                todo.extend(self._below((*parts, name), ino))

    def _is(self, found: os.stat_result | None, ino: int) -> bool:
        if found is None or not ino or self._source is None:
            return found is None and not ino
        return stamp_of(found) == self._source.stamps.get(ino)

    def _below(self, parts: Parts, ino: int) -> list[tuple[Parts, str, int]]:
        names = self._disk.names(self._directories.at(parts))
        known = {name: child for name, (child, _) in self._before.entry_map(ino).items()}
        return [(parts, name, known.get(name, 0)) for name in {*names, *known}]

    # What is new

    def stage(self, parts: Parts, name: str, ino: int) -> None:
        """Make name what ino is, with all below it, and bring it to the disk."""
        self._made = []
        todo = [(parts, name, ino)]
        while todo:
            parts, name, ino = todo.pop()
            node = self._volume.node(ino)
            if node.kind is FileType.DIRECTORY:
                todo.extend(self._directory(parts, name, ino))
            else:
                self._file(parts, name, ino)
            self._note(parts, name, ino)
        for parts, ino in reversed(self._made):
            old = self._old(ino)
            if old is not None:
                self._disk.permit(self._directories.at(parts), old.st_mode & _PERMISSIONS)
            self._disk.sync(self._directories.at(parts))

    def _note(self, parts: Parts, name: str, ino: int) -> None:
        found = self._directories.stat(parts, name)
        if found is not None:
            self.stamps[ino] = stamp_of(found)

    def _directory(self, parts: Parts, name: str, ino: int) -> list[tuple[Parts, str, int]]:
        below = (*parts, name)
        if len(below) > DEEPEST:
            raise CommitError(f"directories are nested deeper than {DEEPEST}")
        self._disk.mkdir(self._directories.at(parts), name)
        self._made.append((below, ino))
        children = [(name, child) for name, (child, _) in self._volume.entry_map(ino).items()]
        for child, _ in children:
            check_name(child)
        return [(below, child, number) for child, number in children]

    def _file(self, parts: Parts, name: str, ino: int) -> None:
        place = self._staged.get(ino) or self._kept(ino)
        node = self._volume.node(ino)
        linked = place is not None and self._link(place, parts, name)
        if not linked and node.kind is FileType.SYMBOLIC_LINK:
            self._disk.symlink(node.target, self._directories.at(parts), name)
        elif place is None:
            self._write(parts, name, ino)
        elif not linked:
            self._copy(place, parts, name, ino)
        self._staged.setdefault(ino, (parts, name))

    def _kept(self, ino: int) -> tuple[Parts, str] | None:
        """Return where the host has a file with this content; None if it has not."""
        source = self._source
        if source is None or ino not in source.places:
            return None
        if not same_content(self._before, self._volume, ino):
            return None
        *directory, name = source.places[ino]
        self.check(tuple(directory), name, ino)
        return tuple(directory), name

    def _link(self, place: tuple[Parts, str], parts: Parts, name: str) -> bool:
        """Link to a file; return whether the system does that."""
        directory, old = place
        # Two descriptors at once: the first must not be closed for the second.
        held = self._directories.held(directory)
        try:
            self._disk.link(held.fd, old, self._directories.at(parts), name)
        except OSError as error:
            if error.errno in _NO_LINK:
                return False
            raise
        return True

    def _copy(self, place: tuple[Parts, str], parts: Parts, name: str, ino: int) -> None:
        directory, old = place
        if self._volume.node(ino).kind is not FileType.REGULAR_FILE:
            raise CommitError(
                f"{'/'.join((*directory, old))} is not a regular file and cannot be copied"
            )
        disk, at = self._disk, 0
        held = self._directories.held(directory)
        with (
            closing(RealHandle(disk.open(held.fd, old))) as given,
            closing(RealHandle(disk.create(self._directories.at(parts), name))) as made,
        ):
            while data := disk.read(given.fd, _COPIED):
                write_all(disk, made.fd, data, at)
                at += len(data)
            found = disk.stat(held.fd, old)
            self._like(made.fd, found)
            disk.date(made.fd, found.st_atime_ns, found.st_mtime_ns)
            disk.sync(made.fd)

    def _write(self, parts: Parts, name: str, ino: int) -> None:
        disk, volume = self._disk, self._volume
        pages = volume.pages(ino)
        old = self._old(ino)
        with closing(RealHandle(disk.create(self._directories.at(parts), name))) as made:
            for number, page in pages.items():
                write_all(disk, made.fd, page, number * PAGE)
            disk.resize(made.fd, volume.node(ino).size)
            if old is not None:
                self._like(made.fd, old)
            disk.sync(made.fd)

    def _old(self, ino: int) -> os.stat_result | None:
        """Return the attributes of what the host has under this number; None for something new."""
        source = self._source
        if source is None or ino not in source.places:
            return None
        *directory, name = source.places[ino]
        found = self._directories.stat(tuple(directory), name)
        same = found is not None and stamp_of(found) == source.stamps[ino]
        return found if same else None

    def _like(self, fd: int, old: os.stat_result) -> None:
        """Give a file the owner, where that is allowed, and the permissions of another."""
        with suppress(PermissionError):
            self._disk.own(fd, old.st_uid, old.st_gid)
        self._disk.permit(fd, old.st_mode & _PERMISSIONS)


def check_name(name: str) -> None:
    """Raise CommitError for a name that the host would not take, or that a commit keeps for itself.

    A guest that could make a journal could have the next commit do what it likes.
    """
    if not is_component(name):
        raise CommitError(f"the name {name!r} is reserved for commits")


def _changed(parts: Parts) -> CommitError:
    path = "/".join(parts)
    return CommitError(f"{path} has changed since the program saw it", hint="run the program again")
