"""A volume whose changes stay in memory: an in-memory tree, or an overlay over a source.

Functions raise ErrnoError for what a guest may not do.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.host.wasi.errno import Errno, ErrnoError
from wasmlab.host.wasi.flags import FileType
from wasmlab.host.wasi.fs.tree import (
    PAGE,
    Entries,
    Entry,
    Node,
    Pages,
    Tree,
    cut_pages,
    read_pages,
    with_entry,
    without_entry,
    write_pages,
)
from wasmlab.host.wasi.fs.volume import SELF, Handle, How, Times
from wasmlab.host.wasi.layout import Dirent, Filestat
from wasmlab.host.wasi.persistent import PersistentMap
from wasmlab.records import dataclass, field, replace
from wasmlab.runtime.memory_budget import MOST_MEMORY, MemoryBudget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wasmlab.host.wasi.fs.tree import TreeSource

ROOT = 1
SIZE_LIMIT = 1 << 44
"""Longest file in bytes; content that was never written takes no memory."""
NODE_BYTES = 1 << 10
"""About how much memory a file takes without its content, with its name and a link's target."""


def _ino(handle: Handle) -> int:
    return cast("int", handle)


@dataclass(slots=True)
class TreeVolume:
    """A Volume; its whole state is the immutable ``tree``. A handle is an inode number.

    Inode numbers are odd for files of the source, even for files made here.
    """

    dev: int
    now: Callable[[], int]
    """Nanoseconds since 1970, for the times of files."""
    source: TreeSource | None = None
    readonly: bool = False
    page_quota: int = 1 << 18
    """Pages of content that may be held; beyond it is ENOSPC."""
    file_quota: int = 1 << 20
    """Files that may be made; beyond it is ENOSPC."""
    budget: MemoryBudget = field(default_factory=lambda: MemoryBudget(MOST_MEMORY))
    """What the program may take in all; beyond it is ENOSPC, for content of the source ENOMEM."""
    tree: Tree = field(default_factory=Tree)
    committed: Tree = field(default_factory=Tree)
    """The tree as the host directory has it: empty until there was a commit."""

    @property
    def root(self) -> Handle:
        """The root's inode number."""
        return ROOT

    # What is there

    def node(self, ino: int) -> Node:
        """Return the node of an inode number; ENOENT if it is gone."""
        node = self.tree.nodes.get(ino)
        if node is None and self.source is not None:
            node = self.source.node(ino)
        if node is None:
            if ino == ROOT:
                return Node(FileType.DIRECTORY, entries=Entries())
            raise ErrnoError(Errno.ENOENT)
        return node

    def entry_map(self, ino: int) -> Mapping[str, Entry]:
        """Return a directory's entries; ENOTDIR if it is none."""
        node = self.node(ino)
        if node.kind is not FileType.DIRECTORY:
            raise ErrnoError(Errno.ENOTDIR)
        if node.entries is None:
            return {} if self.source is None else self.source.entries(ino)
        return node.entries

    def pages(self, ino: int) -> Pages:
        """Return a file's content."""
        pages = self.node(ino).pages
        if pages is None:
            return PersistentMap() if self.source is None else self.source.pages(ino)
        return pages

    def find(self, parent: Handle, name: str) -> int | None:
        """Return the inode number of name; None if there is nothing."""
        ino = _ino(parent)
        if name == SELF:
            return ino
        entry = self.entry_map(ino).get(name)
        return entry[0] if entry else None

    def kind(self, parent: Handle, name: str) -> FileType | None:
        """Return what name is."""
        ino = self.find(parent, name)
        return None if ino is None else self.node(ino).kind

    def enter(self, parent: Handle, name: str) -> Handle:
        """Return the directory name."""
        ino = self._require(parent, name)
        if self.node(ino).kind is not FileType.DIRECTORY:
            raise ErrnoError(Errno.ENOTDIR)
        return ino

    def leave(self, handle: Handle) -> None:
        """Do nothing: inode numbers need no release."""

    def readlink(self, parent: Handle, name: str) -> str:
        """Return where a symbolic link leads."""
        node = self.node(self._require(parent, name))
        if node.kind is not FileType.SYMBOLIC_LINK:
            raise ErrnoError(Errno.EINVAL)
        return node.target

    def _require(self, parent: Handle, name: str) -> int:
        ino = self.find(parent, name)
        if ino is None:
            raise ErrnoError(Errno.ENOENT)
        return ino

    def _content(self, ino: int) -> Pages:
        """Return a file's content, for the guest: ENOMEM if the source's is too much."""
        node, read = self.node(ino), self.tree.read
        if node.pages is not None or ino in read:
            return self.pages(ino)
        if not self.budget.has(node.size):
            raise ErrnoError(Errno.ENOMEM)
        pages = self.pages(ino)
        self.tree = replace(self.tree, read=read.put(ino, len(pages)))
        self.budget.host += len(pages) * PAGE
        return pages

    @property
    def held(self) -> int:
        """About how many bytes of memory the changes take."""
        return self.tree.pages * PAGE + len(self.tree.nodes) * NODE_BYTES

    # Open files

    def open(self, parent: Handle, name: str, how: How) -> tuple[Handle, FileType]:
        """Open or make a file."""
        ino = self.find(parent, name)
        if ino is None:
            if not how.create:
                raise ErrnoError(Errno.ENOENT)
            ino = self._add(parent, name, FileType.REGULAR_FILE)
        else:
            self._check_open(self.node(ino).kind, how)
        if how.truncate:
            self.resize(ino, 0)
        opens = self.tree.opens
        self.tree = replace(self.tree, opens=opens.put(ino, opens.get(ino, 0) + 1))
        return ino, self.node(ino).kind

    def _check_open(self, kind: FileType, how: How) -> None:
        if how.create and how.exclusive:
            raise ErrnoError(Errno.EEXIST)
        if kind is FileType.SYMBOLIC_LINK:
            raise ErrnoError(Errno.ELOOP)
        if kind is FileType.DIRECTORY:
            if how.write or how.truncate or how.create:
                raise ErrnoError(Errno.EISDIR)
        elif how.directory:
            raise ErrnoError(Errno.ENOTDIR)
        elif kind is not FileType.REGULAR_FILE:
            raise ErrnoError(Errno.EACCES)

    def close(self, handle: Handle) -> None:
        """Forget one opening; the last one of a file without a name frees it."""
        ino = _ino(handle)
        left = self.tree.opens.get(ino, 1) - 1
        opens = self.tree.opens.put(ino, left) if left else self.tree.opens.remove(ino)
        self.tree = replace(self.tree, opens=opens)
        self._free(ino)

    def stat(self, handle: Handle) -> Filestat:
        """Return the attributes of an open file."""
        ino = _ino(handle)
        node = self.node(ino)
        size = len(node.target.encode()) if node.kind is FileType.SYMBOLIC_LINK else node.size
        times = (node.atim, node.mtim, node.ctim)
        return Filestat(self.dev, ino, node.kind, node.nlink, size, *times)

    def stat_at(self, parent: Handle, name: str) -> Filestat:
        """Return the attributes of name."""
        return self.stat(self._require(parent, name))

    def set_times(self, handle: Handle, times: Times) -> None:
        """Set the times of an open file."""
        ino = _ino(handle)
        node = self.node(ino)
        atim = node.atim if times.atim is None else times.atim
        mtim = node.mtim if times.mtim is None else times.mtim
        self._put(ino, replace(node, atim=atim, mtim=mtim, ctim=self.now()))

    def set_times_at(self, parent: Handle, name: str, times: Times) -> None:
        """Set the times of name."""
        self.set_times(self._require(parent, name), times)

    def read(self, handle: Handle, offset: int, size: int) -> bytes:
        """Return bytes of a file."""
        ino = _ino(handle)
        node = self.node(ino)
        return read_pages(self._content(ino), offset, max(offset, min(offset + size, node.size)))

    def write(self, handle: Handle, offset: int | None, data: bytes) -> int:
        """Write to a file."""
        ino = _ino(handle)
        node = self.node(ino)
        start = node.size if offset is None else offset
        end = start + len(data)
        if end > SIZE_LIMIT:
            raise ErrnoError(Errno.EFBIG)
        if data:
            self._put_pages(ino, write_pages(self._content(ino), start, data), max(node.size, end))
        return end

    def resize(self, handle: Handle, size: int) -> None:
        """Cut or extend a file."""
        ino = _ino(handle)
        if size > SIZE_LIMIT:
            raise ErrnoError(Errno.EFBIG)
        pages = self._content(ino)
        shorter = size < self.node(ino).size
        self._put_pages(ino, cut_pages(pages, size) if shorter else pages, size)

    def sync(self, handle: Handle, *, data_only: bool) -> None:
        """Do nothing: memory is always in step."""

    def entries(self, handle: Handle, cookie: int) -> Iterator[Dirent]:
        """Yield directory entries."""
        ino = _ino(handle)
        for number, name in enumerate((b".", b"..")):
            if number >= cookie:
                yield Dirent(number + 1, ino, FileType.DIRECTORY, name)
        for name, (child, at) in self.entry_map(ino).items():
            if at >= cookie:
                raw = name.encode("utf-8", "surrogateescape")
                yield Dirent(at + 1, child, self.node(child).kind, raw)

    # Names

    def mkdir(self, parent: Handle, name: str) -> None:
        """Make a directory."""
        if self.find(parent, name) is not None:
            raise ErrnoError(Errno.EEXIST)
        self._add(parent, name, FileType.DIRECTORY)

    def symlink(self, target: str, parent: Handle, name: str) -> None:
        """Make a symbolic link."""
        if self.find(parent, name) is not None:
            raise ErrnoError(Errno.EEXIST)
        self._add(parent, name, FileType.SYMBOLIC_LINK, target)

    def rmdir(self, parent: Handle, name: str) -> None:
        """Remove an empty directory."""
        if name == SELF:
            raise ErrnoError(Errno.EINVAL)
        ino = self._require(parent, name)
        if self.entry_map(ino):
            raise ErrnoError(Errno.ENOTEMPTY)
        self._drop_entry(_ino(parent), name)
        self._unname(ino)

    def unlink(self, parent: Handle, name: str) -> None:
        """Remove a file or symbolic link."""
        ino = self._require(parent, name)
        if self.node(ino).kind is FileType.DIRECTORY:
            raise ErrnoError(Errno.EISDIR)
        self._drop_entry(_ino(parent), name)
        self._unname(ino)

    def link(self, old_parent: Handle, old: str, parent: Handle, name: str) -> None:
        """Make a hard link."""
        ino = self._require(old_parent, old)
        node = self.node(ino)
        if node.kind is FileType.DIRECTORY:
            raise ErrnoError(Errno.EPERM)
        if self.find(parent, name) is not None:
            raise ErrnoError(Errno.EEXIST)
        self._add_entry(_ino(parent), name, ino)
        self._put(ino, replace(node, nlink=node.nlink + 1, ctim=self.now()))

    def rename(self, old_parent: Handle, old: str, parent: Handle, name: str) -> None:
        """Rename, replacing what POSIX lets be replaced."""
        if SELF in (old, name):
            raise ErrnoError(Errno.EBUSY)
        ino = self._require(old_parent, old)
        replaced = self.find(parent, name)
        if replaced == ino:
            return
        if self.node(ino).kind is FileType.DIRECTORY:
            self._check_not_below(ino, _ino(parent), Errno.EINVAL)
        if replaced is not None:
            self._check_not_below(replaced, _ino(old_parent), Errno.ENOTEMPTY)
            self._check_replace(self.node(ino).kind, replaced)
            self._drop_entry(_ino(parent), name)
            self._unname(replaced)
        self._drop_entry(_ino(old_parent), old)
        self._add_entry(_ino(parent), name, ino)
        moved = replace(self.node(ino), parent=_ino(parent), ctim=self.now())
        self._put(ino, moved)

    def _check_replace(self, kind: FileType, replaced: int) -> None:
        onto_directory = self.node(replaced).kind is FileType.DIRECTORY
        if kind is FileType.DIRECTORY:
            if not onto_directory:
                raise ErrnoError(Errno.ENOTDIR)
            if self.entry_map(replaced):
                raise ErrnoError(Errno.ENOTEMPTY)
        elif onto_directory:
            raise ErrnoError(Errno.EISDIR)

    def _check_not_below(self, ino: int, directory: int, errno: Errno) -> None:
        """Raise the error if directory is ino or inside it."""
        while directory:
            if directory == ino:
                raise ErrnoError(errno)
            directory = self.node(directory).parent

    # Changes of the tree

    def _put(self, ino: int, node: Node) -> None:
        self.tree = replace(self.tree, nodes=self.tree.nodes.put(ino, node))

    def _put_pages(self, ino: int, pages: Pages, size: int) -> None:
        node = self.node(ino)
        more = len(pages) - (0 if node.pages is None else len(node.pages))
        held = self.tree.pages + more
        if held > self.page_quota or not self.budget.take_for_host(more * PAGE):
            raise ErrnoError(Errno.ENOSPC)
        now = self.now()
        self._put(ino, replace(node, pages=pages, size=size, mtim=now, ctim=now))
        self.tree = replace(self.tree, pages=held)

    def _add(self, parent: Handle, name: str, kind: FileType, target: str = "") -> int:
        taken = NODE_BYTES + (PAGE if target else 0)
        if self.tree.created >= self.file_quota or not self.budget.has(taken):
            raise ErrnoError(Errno.ENOSPC)
        directory = _ino(parent)
        ino = 2 * (self.tree.created + 1)
        self._add_entry(directory, name, ino)
        self.budget.host += taken
        now = self.now()
        node = Node(kind, 1, 0, now, now, now, target=target, parent=directory)
        if kind is FileType.DIRECTORY:
            node = replace(node, entries=Entries(), nlink=2)
        elif kind is FileType.REGULAR_FILE:
            node = replace(node, pages=PersistentMap())
        held = self.tree.pages + (1 if target else 0)
        self.tree = replace(self.tree, created=self.tree.created + 1, pages=held)
        self._put(ino, node)
        return ino

    def _add_entry(self, directory: int, name: str, ino: int) -> None:
        node = self.node(directory)
        if node.nlink == 0:
            raise ErrnoError(Errno.ENOENT)
        entries = self.entry_map(directory)
        self._put(directory, with_entry(node, entries, name, ino, self.now()))

    def _drop_entry(self, directory: int, name: str) -> None:
        entries = self.entry_map(directory)
        self._put(directory, without_entry(self.node(directory), entries, name, self.now()))

    def _unname(self, ino: int) -> None:
        """Take one name from a node; directories lose their last at once."""
        node = self.node(ino)
        nlink = 0 if node.kind is FileType.DIRECTORY else node.nlink - 1
        self._put(ino, replace(node, nlink=nlink, ctim=self.now()))
        self._free(ino)

    def _free(self, ino: int) -> None:
        node = self.tree.nodes.get(ino)
        if node is None or node.nlink or ino in self.tree.opens:
            return
        freed = 0 if node.pages is None else len(node.pages)
        freed += 1 if node.target and not ino % 2 else 0
        self.budget.host -= freed * PAGE + (0 if ino % 2 else NODE_BYTES)
        held = self.tree.pages - freed
        gone = replace(node, pages=PersistentMap(), entries=Entries(), target="")
        # A file of the source keeps an empty node, so that the source's own does not show again.
        nodes = self.tree.nodes.put(ino, gone) if ino % 2 else self.tree.nodes.remove(ino)
        self.tree = replace(self.tree, nodes=nodes, pages=held)
