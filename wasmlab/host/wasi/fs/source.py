"""A host directory as the source of an overlay: each part is read once and kept.

Inode numbers are given in the order in which things are first seen, so that they are the same in
every run on the same files.

Functions raise ErrnoError for what cannot be read, NotADirectoryError at the start.
"""

from __future__ import annotations

import os
import stat

from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.host.wasi.errno import Errno, ErrnoError, from_os_error
from wasmlab.host.wasi.flags import FileType
from wasmlab.host.wasi.fs.real import RealHandle, file_type
from wasmlab.host.wasi.fs.tree import FIRST_COOKIE, Entry, Node, Pages, to_pages
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = 1
FILE_LIMIT = 1 << 28
"""Bytes of the longest file that is read; longer ones are EFBIG."""
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_REPARSE = 0x400
"""FILE_ATTRIBUTE_REPARSE_POINT: Windows' junctions and mount points lead elsewhere."""

Parts = tuple[str, ...]


class Stamp(NamedTuple):
    """By what a file of the host is known to be the one that was seen, unchanged."""

    dev: int
    ino: int
    size: int = 0
    """Bytes; 0 for a directory, likewise the time."""
    mtim: int = 0
    """Nanoseconds since 1970."""


def stamp_of(found: os.stat_result) -> Stamp:
    """Return the stamp of attributes."""
    if stat.S_ISDIR(found.st_mode):
        return Stamp(found.st_dev, found.st_ino)
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


class DirectoryReader(Protocol):
    """How a host directory is read; parts are the components of a path below it."""

    def attributes(self) -> os.stat_result:
        """Return the attributes of the directory itself."""
        ...

    def scan(self, parts: Parts) -> list[tuple[str, os.stat_result, str]]:
        """Return (name, attributes, where a symbolic link leads), sorted by name."""
        ...

    def read(self, parts: Parts, size: int) -> bytes:
        """Return up to size bytes of a regular file."""
        ...


class DirFdAccess:
    """Opens one component after the other, following no link."""

    def __init__(self, root: RealHandle) -> None:
        self.root = root

    def attributes(self) -> os.stat_result:
        """Return the attributes of the directory itself."""
        return os.fstat(self.root.fd)

    def _open(self, parts: Parts, flags: int) -> RealHandle:
        handle = self.root
        for number, part in enumerate(parts, 1):
            wanted = flags if number == len(parts) else _DIRECTORY
            handle = RealHandle(os.open(part, wanted, dir_fd=handle.fd))
        return handle

    def scan(self, parts: Parts) -> list[tuple[str, os.stat_result, str]]:
        """Return a directory's entries."""
        handle = self._open(parts, _DIRECTORY)
        found: list[tuple[str, os.stat_result, str]] = []
        with os.scandir(handle.fd) as entries:
            for entry in entries:
                attributes = entry.stat(follow_symlinks=False)
                link = stat.S_ISLNK(attributes.st_mode)
                target = os.readlink(entry.name, dir_fd=handle.fd) if link else ""
                found.append((entry.name, attributes, target))
        return sorted(found, key=lambda row: row[0])

    def read(self, parts: Parts, size: int) -> bytes:
        """Return a file's content."""
        handle = self._open(parts, _READ)
        if not stat.S_ISREG(os.fstat(handle.fd).st_mode):
            raise ErrnoError(Errno.EACCES)
        return _read_all(handle.fd, size)


def _read_all(fd: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class PathAccess:
    """Reads by path, for systems that cannot open relative to a directory."""

    def __init__(self, host: str | os.PathLike[str]) -> None:
        self._root = os.fspath(host)
        if not os.path.isdir(self._root):  # noqa: PTH112 - the os functions beside it need a str
            raise NotADirectoryError(20, "Not a directory", self._root)

    def attributes(self) -> os.stat_result:
        """Return the attributes of the directory itself."""
        return os.stat(self._root)  # noqa: PTH116 - likewise

    def _path(self, parts: Parts) -> str:
        return os.path.join(self._root, *parts)  # noqa: PTH118 - likewise

    def scan(self, parts: Parts) -> list[tuple[str, os.stat_result, str]]:
        """Return a directory's entries; what leads elsewhere by itself is left out."""
        found: list[tuple[str, os.stat_result, str]] = []
        with os.scandir(self._path(parts)) as entries:
            for entry in entries:
                attributes = entry.stat(follow_symlinks=False)
                link = stat.S_ISLNK(attributes.st_mode)
                if not link and getattr(attributes, "st_file_attributes", 0) & _REPARSE:
                    continue
                target = os.readlink(entry.path) if link else ""  # noqa: PTH115 - likewise
                found.append((entry.name, attributes, target.replace("\\", "/")))
        return sorted(found, key=lambda row: row[0])

    def read(self, parts: Parts, size: int) -> bytes:
        """Return a file's content."""
        with open(self._path(parts), "rb") as file:  # noqa: PTH123 - likewise
            return file.read(size)


class HostSource:
    """A Source for a host directory. Raises OSError if the directory cannot be read."""

    def __init__(self, access: DirectoryReader) -> None:
        self.access = access
        root = access.attributes()
        self.places: dict[int, Parts] = {ROOT: ()}
        """Where the files that were seen are on the disk, by inode number."""
        self.stamps: dict[int, Stamp] = {ROOT: stamp_of(root)}
        """What they were when they were seen, or when a commit wrote them."""
        self._seen = 0
        self._nodes: dict[int, Node] = {ROOT: _root_node(root)}
        self._entries: dict[int, Mapping[str, Entry]] = {}
        self._pages: dict[int, Pages] = {}
        self._linked: dict[tuple[int, int], int] = {}
        if isinstance(self.access, PathAccess):
            self.load()

    def node(self, ino: int) -> Node | None:
        """Return a node as first seen."""
        return self._nodes.get(ino)

    def pages(self, ino: int) -> Pages:
        """Return a file's content, cut or filled to the size that was first seen."""
        pages = self._pages.get(ino)
        if pages is None:
            size = self._nodes[ino].size
            if size > FILE_LIMIT:
                raise ErrnoError(Errno.EFBIG)
            try:
                pages = to_pages(self.access.read(self.places[ino], size))
            except OSError as error:
                raise from_os_error(error) from None
            self._pages[ino] = pages
        return pages

    def entries(self, ino: int) -> Mapping[str, Entry]:
        """Return a directory's entries."""
        entries = self._entries.get(ino)
        if entries is None:
            try:
                found = self.access.scan(self.places[ino])
            except OSError as error:
                raise from_os_error(error) from None
            entries = {
                name: (self._add(ino, name, attributes, target), cookie)
                for cookie, (name, attributes, target) in enumerate(found, FIRST_COOKIE)
            }
            self._entries[ino] = entries
        return entries

    def is_read(self, ino: int) -> bool:
        """Return whether a directory's entries were asked for; below others nothing changed."""
        return ino in self._entries

    def load(self) -> None:
        """Read everything now, so that nothing is read while the guest runs."""
        self.load_names()
        for ino, node in list(self._nodes.items()):
            if node.kind is FileType.REGULAR_FILE and node.size <= FILE_LIMIT:
                self.pages(ino)

    def load_names(self) -> None:
        """Read all directories now."""
        todo = [ROOT]
        while todo:
            for ino, _ in self.entries(todo.pop()).values():
                if self._nodes[ino].kind is FileType.DIRECTORY:
                    todo.append(ino)

    def _add(self, parent: int, name: str, found: os.stat_result, target: str) -> int:
        identity = (found.st_dev, found.st_ino)
        kind = file_type(found.st_mode)
        several = found.st_nlink > 1 and kind is FileType.REGULAR_FILE
        if several and identity in self._linked:
            return self._linked[identity]
        self._seen += 1
        ino = 2 * self._seen + 1
        if several:
            self._linked[identity] = ino
        self.places[ino] = (*self.places[parent], name)
        self.stamps[ino] = stamp_of(found)
        size = found.st_size if kind is FileType.REGULAR_FILE else 0
        times = (max(0, found.st_atime_ns), max(0, found.st_mtime_ns), max(0, found.st_ctime_ns))
        self._nodes[ino] = Node(
            kind, max(1, found.st_nlink), size, *times, target=target, parent=parent
        )
        return ino


def _root_node(found: os.stat_result) -> Node:
    times = (max(0, found.st_atime_ns), max(0, found.st_mtime_ns), max(0, found.st_ctime_ns))
    return Node(FileType.DIRECTORY, 2, 0, *times)
